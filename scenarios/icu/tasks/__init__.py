"""The three tasks of the ICU scenario; importing this imports no framework."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Final

from edge_aibench.scenarios.icu.phenotypes import HEART_FAILURE as HEART_FAILURE_LABEL
from edge_aibench.scenarios.icu.phenotypes import PHENOTYPES
from edge_aibench.tasks.task import REFERENCE, Task

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_DATASET = "MIMIC-III benchmark (generated cohort by default)"
_METRICS = ("auroc", "auprc", "min_precision_sensitivity", "accuracy")
_FRAMEWORK = "TensorFlow/Keras"


def shipped_weights() -> Traversable:
    """The folder of the weights trained for this project."""
    return resources.files("edge_aibench.scenarios.icu") / "weights"


def _loader(task: str) -> object:
    """Make a task's loader; imported here because listing tasks must stay cheap."""
    from edge_aibench.scenarios.icu.tasks import networks
    from edge_aibench.scenarios.icu.tasks.loader import IcuNetworkLoader

    shapes = {
        DEATH.name: networks.DEATH,
        DECOMPENSATION.name: networks.DECOMPENSATION,
        HEART_FAILURE.name: networks.HEART_FAILURE,
    }
    return IcuNetworkLoader(task=task, network=shapes[task])


def _component(name: str) -> object:
    """Make a task's component; imported here because listing tasks must stay cheap."""
    from edge_aibench.scenarios.icu.tasks.component import icu_component

    return icu_component(next(task for task in TASKS if task.name == name))


DEATH: Final = Task(
    name="death",
    title="Death prediction: in-hospital mortality from the first 48 hours",
    network="bidirectional LSTM 2 x 8, LSTM 16",
    framework=_FRAMEWORK,
    dataset=_DATASET,
    parameters={REFERENCE: 7_569},
    metrics=_METRICS,
    outputs=("death",),
    headline="death",
    component=lambda: _component("death"),
    factory=lambda: _loader("death"),
    weights_root=shipped_weights,
)
DECOMPENSATION: Final = Task(
    name="decompensation",
    title="Decompensation prediction: death within the next 24 hours, each hour",
    network="LSTM 128",
    framework=_FRAMEWORK,
    dataset=_DATASET,
    parameters={REFERENCE: 105_089},
    metrics=_METRICS,
    outputs=("decompensation",),
    headline="decompensation",
    component=lambda: _component("decompensation"),
    factory=lambda: _loader("decompensation"),
    weights_root=shipped_weights,
    streams=True,
)
HEART_FAILURE: Final = Task(
    name="heart-failure",
    title="Heart failure prediction: one of 25 phenotypes of the stay",
    network="LSTM 256, 25 outputs",
    framework=_FRAMEWORK,
    dataset=_DATASET,
    parameters={REFERENCE: 347_417},
    metrics=_METRICS,
    outputs=PHENOTYPES,
    headline=HEART_FAILURE_LABEL,
    component=lambda: _component("heart-failure"),
    factory=lambda: _loader("heart-failure"),
    weights_root=shipped_weights,
    streams=True,
)

TASKS: Final = (DEATH, DECOMPENSATION, HEART_FAILURE)
