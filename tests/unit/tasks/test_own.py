"""A task made of a network and two functions: what is known of it without building it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.inference.pipeline import get_component, load_task
from edge_aibench.inference.prepared import NetworkChoice, build_native, find_weights
from edge_aibench.tasks.array_data import ArrayData
from edge_aibench.tasks.component import TensorSpec
from edge_aibench.tasks.generated import generator_digest, source_digest
from edge_aibench.tasks.own import own_task
from edge_aibench.tasks.task import Task

LISTED_WITHOUT_TORCH = """
import sys
from edge_aibench.tasks.registry import get_task
assert dict(get_task(sys.argv[1]).parameters) == {"reference": 6}
sys.exit("torch" in sys.modules)
"""


def build() -> Any:
    import torch

    network = torch.nn.Linear(2, 2)
    network.load_state_dict(
        {"weight": torch.tensor([[1.0, 2.0], [3.0, 4.0]]), "bias": torch.tensor([0.5, -0.5])}
    )
    return network


def make(rng: np.random.Generator, count: int) -> tuple[Any, Any]:
    return rng.normal(size=(count, 2)), np.zeros(count)


def affine(**parts: Any) -> Task:
    return own_task(
        "affine",
        framework="torch",
        build=build,
        inputs=[TensorSpec(name="x", shape=(2,))],
        outputs=[TensorSpec(name="y", shape=(2,))],
        preprocess=lambda raw: (np.array([raw], np.float32),),
        postprocess=lambda outputs, _raw: outputs[0][0].tolist(),
        **parts,
    )


def test_parameters_are_counted_or_believed_until_the_network_is_built() -> None:
    assert affine().parameters == {"reference": 6}
    wrong = affine(parameters=7)
    assert wrong.parameters == {"reference": 7}
    component = get_component(wrong)
    weights = find_weights(component, NetworkChoice(preset="reference"))
    with pytest.raises(ConfigError) as caught:
        build_native(component, "reference", weights)
    assert "task affine: parameters: must be the network's own number, 6" in str(caught.value)


@pytest.mark.parametrize("has_weights", [True, False])
def test_a_network_is_called_trained_if_its_maker_says_so(has_weights: bool) -> None:
    component = get_component(affine(parameters=6, has_weights=has_weights))
    loaded = load_task(component, NetworkChoice(preset="reference", runtime="torch"))
    assert loaded.trained is has_weights
    # By hand: 1 + 2 * 10 + 0.5 and 3 + 4 * 10 - 0.5.
    assert loaded.pipeline.answer([1, 10]) == [21.5, 42.5]


def test_with_its_parameters_said_a_task_is_found_without_its_framework(tmp_path: Path) -> None:
    text = Path(__file__).read_text(encoding="utf-8") + "\nTASK = affine(parameters=6)\n"
    (tmp_path / "mine.py").write_text(text)
    command = [sys.executable, "-c", LISTED_WITHOUT_TORCH, f"{tmp_path / 'mine.py'}:TASK"]
    assert subprocess.run(command, check=False).returncode == 0


def test_generated_arrays_belong_to_the_function_that_makes_them() -> None:
    data = ArrayData(shape=(2,), make=make, counts={"test": 4})
    assert generator_digest(get_component(affine(data=data))) == source_digest(make)
