"""The task as the rest of the package meets it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.home.tasks.face.component import component
from edge_aibench.scenarios.home.tasks.face.networks import build
from edge_aibench.scenarios.home.tasks.face.presets import SHAPES
from edge_aibench.scenarios.home.tasks.face.recipes import RECIPES
from edge_aibench.scenarios.home.tasks.face.task import FACE
from edge_aibench.tasks.component import Component


def test_the_task_gives_its_component() -> None:
    assert FACE.component is not None
    given = FACE.component()
    assert isinstance(given, Component)
    assert given.task == FACE
    assert given.headline in FACE.metrics


def test_every_preset_is_described_shaped_and_trainable() -> None:
    assert set(component().presets) == set(FACE.parameters) == set(SHAPES) == set(RECIPES)


def test_the_network_has_the_stated_shapes() -> None:
    preset = component().presets["lite"]
    network = build("lite", 0)
    assert network.input_shape == (None, *preset.inputs[0].shape)
    assert network.output_shape == (None, *preset.outputs[0].shape)


def test_an_unknown_preset_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean lite"):
        component().processing("light")


def test_listing_and_inferring_load_no_training_framework() -> None:
    program = (
        "import sys\n"
        "from edge_aibench.scenarios.home.tasks.face.task import FACE\n"
        "assert 'numpy' not in sys.modules\n"
        "FACE.component().processing('lite')\n"
        "loaded = {'tensorflow', 'keras', 'torch', 'cv2', 'scipy'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
