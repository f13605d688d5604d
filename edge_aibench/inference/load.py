"""From a task's name to a network that answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.tasks.registry import get_task
from edge_aibench.tasks.task import REFERENCE, Task

if TYPE_CHECKING:
    from pathlib import Path

    from edge_aibench.inference.predictor import Predictor, StreamingPredictor

LITERT = "litert"
TENSORFLOW = "tensorflow"


@runtime_checkable
class NetworkLoader(Protocol):
    """What a task's factory gives: its network, loaded into a runtime."""

    @property
    def runtimes(self) -> tuple[str, ...]:
        """The runtimes that can run the network."""

    def load(
        self, *, runtime: str, preset: str, threads: int, weights_root: Path | None
    ) -> Predictor:
        """Load the window network; None means the shipped weights."""

    def load_streaming(
        self, *, runtime: str, preset: str, threads: int, weights_root: Path | None
    ) -> StreamingPredictor:
        """Load the step network; only called for tasks that stream."""


def load_predictor(
    task: str | Task,
    *,
    runtime: str = LITERT,
    preset: str = REFERENCE,
    threads: int = 1,
    weights_root: Path | None = None,
) -> Predictor:
    """Load the window network of *task*.

    *weights_root* is a folder with a manifest, by default the shipped one. Raises ConfigError
    for an unknown task, runtime or preset and for missing or altered weights; HostError if the
    runtime is not installed.
    """
    _, loader = _loader(task, runtime=runtime, preset=preset)
    return loader.load(runtime=runtime, preset=preset, threads=threads, weights_root=weights_root)


def load_streaming_predictor(
    task: str | Task,
    *,
    runtime: str = LITERT,
    preset: str = REFERENCE,
    threads: int = 1,
    weights_root: Path | None = None,
) -> StreamingPredictor:
    """Load the step network of *task*; raises as `load_predictor`.

    Also raises ConfigError for a task that cannot stream.
    """
    found, loader = _loader(task, runtime=runtime, preset=preset)
    if not found.streams:
        raise ConfigError(
            "cannot stream: its network reads the window in both directions, so that each new "
            "step changes every earlier one",
            where=f"task {found.name}",
            next_step="use the window network (load_predictor)",
        )
    return loader.load_streaming(
        runtime=runtime, preset=preset, threads=threads, weights_root=weights_root
    )


def _loader(task: str | Task, *, runtime: str, preset: str) -> tuple[Task, NetworkLoader]:
    found = task if isinstance(task, Task) else get_task(task)
    found.check_preset(preset)
    loader = None if found.factory is None else found.factory()
    if not isinstance(loader, NetworkLoader):
        raise ConfigError(
            "the factory must give an edge_aibench.inference.load.NetworkLoader",
            where=f"task {found.name}",
            value=type(loader).__name__,
        )
    if runtime not in loader.runtimes:
        raise unknown_name("runtime", runtime, loader.runtimes, where=f"task {found.name}")
    return found, loader
