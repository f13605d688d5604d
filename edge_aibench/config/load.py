"""From a name or a path, and what the command line changes, to checked values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_aibench.config import catalogue
from edge_aibench.config.document import Document, read_document, shown_path
from edge_aibench.config.expand import expand_preset, expand_topology
from edge_aibench.config.forms import HardwareFile, LinkPreset, PresetFile, TopologyForm
from edge_aibench.config.overrides import NO_OVERRIDES, Overrides
from edge_aibench.config.problems import validate
from edge_aibench.config.values import Value
from edge_aibench.errors import ConfigError
from edge_aibench.model.scenario import Scenario
from edge_aibench.model.topology import Hardware, Topology


@dataclass(frozen=True)
class LoadedScenario:
    """A *scenario* with the *folder* of its file; *source* is what to call it in a record."""

    scenario: Scenario
    folder: Path
    source: str


def load_scenario(name_or_path: str, overrides: Overrides = NO_OVERRIDES) -> LoadedScenario:
    """Load a scenario of the package by name, or one of the user's by path.

    Raises ConfigError for whatever is wrong with the file or the *overrides*.
    """
    place = catalogue.find_scenario(name_or_path)
    document = read_document(place.file, shown=place.source)
    scenario = scenario_from_document(document, overrides, folder=place.folder)
    return LoadedScenario(scenario=scenario, folder=place.folder, source=place.source)


def load_topology(
    name_or_path: str, overrides: Overrides = NO_OVERRIDES, *, near: Path | None = None
) -> Topology:
    """Load a topology by path, or by name from scenario folder *near* or the package.

    Raises ConfigError for whatever is wrong with the file or the *overrides*.
    """
    place = catalogue.find_topology(name_or_path, near)
    document = read_document(place.file, shown=place.source)
    return topology_from_document(document, overrides, folder=place.folder)


def scenario_from_document(
    document: Document, overrides: Overrides = NO_OVERRIDES, *, folder: Path | None = None
) -> Scenario:
    """Make a scenario of its *document*; raises ConfigError for the first problem in it.

    Files of tasks are looked for in *folder*; without it they stay as they are written.
    """
    document = overrides.for_scenario(document)
    scenario = validate(Scenario, document, kind="scenario")
    if "/" in scenario.topology or scenario.topology.endswith(".yaml"):
        # A path here would mean something else in every working folder.
        raise ConfigError(
            "must be a name, not a path",
            where=document.where(("topology",)),
            key="topology",
            value=scenario.topology,
            next_step="put the file into topologies/ beside scenario.yaml and give its name "
            "without '.yaml', or name it on the command line with --topology",
        )
    return scenario if folder is None else _with_task_files(scenario, document, folder)


def _with_task_files(scenario: Scenario, document: Document, folder: Path) -> Scenario:
    """Name the files of tasks by their absolute paths, which mean the same in every folder."""
    stages = dict(scenario.stages)
    for name, stage in scenario.stages.items():
        file, separator, attribute = (stage.task or "").rpartition(":")
        if not separator:
            continue
        path = (folder / file).resolve()
        if not path.is_file():
            key = ("stages", name, "task")
            raise ConfigError(
                "there is no such file",
                where=document.where(key),
                key=shown_path(key),
                value=file,
                next_step=f"it is looked for in {folder}",
            )
        stages[name] = stage.model_copy(update={"task": f"{path}:{attribute}"})
    return scenario.model_copy(update={"stages": stages})


def topology_from_document(
    document: Document, overrides: Overrides = NO_OVERRIDES, *, folder: Path | None = None
) -> Topology:
    """Make a topology of its *document*, which lies in *folder*: its traces are found from there.

    Raises ConfigError for the first problem in it.
    """
    document = overrides.for_topology(document)
    validate(TopologyForm, document, kind="topology")
    expanded = expand_topology(
        document, presets=load_link_presets(), hardware=load_hardware(), folder=folder
    )
    return validate(Topology, expanded, kind="topology")


def load_link_presets() -> dict[str, LinkPreset]:
    """Load the link presets of the package, in the order of their file."""
    document = _read(catalogue.links_file())
    validate(PresetFile, document, kind="links")
    return {
        name: validate(LinkPreset, expand_preset(document.part(name)), kind="links")
        for name in document.data
    }


def load_hardware() -> dict[str, Hardware]:
    """Load the hardware of the package, in the order of its file."""
    document = _read(catalogue.hardware_file())
    file = validate(HardwareFile, document, kind="hardware")
    return {name: Hardware(name=name, **dict(entry)) for name, entry in file.root.items()}


def document_form(value: Value) -> dict[str, Any]:
    """Write *value* as a document that loads again to an equal value."""
    form: Mapping[str, Any] = value.model_dump(mode="json", by_alias=True)
    return dict(form)


def _read(place: catalogue.Place) -> Document:
    return read_document(place.file, shown=place.source)
