"""The generated site, and components over it, made once for all tests of the scenario."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from edge_aibench.config.folders import cache_folder
from edge_aibench.config.load import load_scenario
from edge_aibench.model.components import Context
from edge_aibench.model.scenario import Scenario
from edge_aibench.scenarios.camera.parameters import VideoParameters
from edge_aibench.scenarios.camera.site import Site, generated_site
from edge_aibench.scenarios.camera.stages import CameraComponents, components
from edge_aibench.scenarios.camera.street.site_folder import generated_folder

MakeComponents = Callable[..., CameraComponents]


@pytest.fixture(scope="session")
def folder() -> Path:
    return generated_folder(cache_folder())


@pytest.fixture(scope="session")
def site(folder: Path) -> Site:
    return generated_site(folder, VideoParameters(), seed=1)


@pytest.fixture
def make_components() -> MakeComponents:
    """Make components; `parameters` maps the name of a sensor or stage to changed ones."""

    def make(
        *,
        instances: int = 2,
        frames: int = 120,
        seed: int = 1,
        inference: str = "window",
        data_root: Path | None = None,
        parameters: Mapping[str, Mapping[str, Any]] | None = None,
        presets: Mapping[str, str] | None = None,
    ) -> CameraComponents:
        return components(
            Context(
                scenario=_changed(parameters or {}, presets or {}),
                instances=instances,
                observations={"video": frames},
                seed=seed,
                inference=inference,
                runtime="auto",
                data_root=data_root,
            )
        )

    return make


def _changed(parameters: Mapping[str, Mapping[str, Any]], presets: Mapping[str, str]) -> Scenario:
    scenario = load_scenario("camera").scenario
    sensors, stages = dict(scenario.sensors), dict(scenario.stages)
    for name, changed in parameters.items():
        if name in sensors:
            merged = {**sensors[name].parameters, **changed}
            sensors[name] = sensors[name].model_copy(update={"parameters": merged})
        else:
            merged = {**stages[name].parameters, **changed}
            stages[name] = stages[name].model_copy(update={"parameters": merged})
    for name, preset in presets.items():
        stages[name] = stages[name].model_copy(update={"preset": preset})
    return scenario.model_copy(update={"sensors": sensors, "stages": stages})
