"""What a task is: one AI component of a scenario, with its network, data and quality measures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edge_aibench.errors import ConfigError, unknown_name

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    import numpy as np
    from numpy.typing import NDArray

REFERENCE = "reference"
"""The preset that every task has: the published network."""

LITE = "lite"
"""The same layers, thinner, trained here on generated data."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """An AI component by name.

    *parameters* gives the number of trainable parameters of each preset. *outputs* names the
    entries of a prediction where it has names, *headline* the one that the task is called
    after. *streams* says whether the network can run one step a time with carried state.

    *component* gives the task's `edge_aibench.tasks.component.Component`, *factory* the
    `edge_aibench.inference.load.NetworkLoader` of one that reads windows of measurements;
    whatever is expensive to import is imported there, so that a task can be listed at no cost.
    *weights_root* gives the folder of the weights that come with the task, None if it has none.
    """

    name: str
    title: str
    network: str
    framework: str
    dataset: str
    parameters: Mapping[str, int]
    metrics: tuple[str, ...]
    outputs: tuple[str, ...] = ()
    headline: str = ""
    component: Callable[[], object] | None = field(default=None, repr=False, compare=False)
    factory: Callable[[], object] | None = field(default=None, repr=False, compare=False)
    weights_root: Callable[[], Traversable] | None = field(default=None, repr=False, compare=False)
    streams: bool = False

    def __post_init__(self) -> None:
        if REFERENCE not in self.parameters:
            raise ConfigError(
                f"must say how many parameters the preset `{REFERENCE}` has",
                where=f"task {self.name}",
                key="parameters",
                value=dict(self.parameters),
            )
        if self.outputs and self.headline not in self.outputs:
            raise unknown_name("output", self.headline, self.outputs, where=f"task {self.name}")

    def check_preset(self, preset: str) -> None:
        """Raise ConfigError, with the nearest names, unless the task has *preset*."""
        if preset not in self.parameters:
            raise unknown_name("preset", preset, self.parameters, where=f"task {self.name}")

    def probability(self, prediction: NDArray[np.float32]) -> float:
        """The headline entry of a prediction, shape (outputs,)."""
        return float(prediction[self.outputs.index(self.headline)])
