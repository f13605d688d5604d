"""How good a loaded task is on a split, by the official metrics, on the runtime in use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from edge_aibench.errors import ConfigError
from edge_aibench.tasks.sample import Sample, chunks, read_samples

if TYPE_CHECKING:
    from edge_aibench.inference.pipeline import LoadedTask
    from edge_aibench.tasks.sample import Samples

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The judge's metrics over *cases* samples, and the samples that could not be read."""

    metrics: Mapping[str, float]
    cases: int
    problems: tuple[ConfigError, ...]


def evaluate(
    loaded: LoadedTask,
    samples: Samples[Any, Any],
    *,
    batch: int = 1,
    progress: Progress | None = None,
) -> Evaluation:
    """Answer every sample of a split and judge the answers.

    The judge is given the samples without their raw part, of which a split may hold more than
    memory does. Raises ConfigError if *batch* is less than 1 or no sample can be read.
    """
    if batch < 1:
        raise ConfigError("must be at least 1", where="evaluate", key="batch", value=batch)
    pairs: list[tuple[Sample[Any, Any], Any]] = []
    problems: list[ConfigError] = []
    for chunk in chunks(len(samples), batch):
        read = read_samples(samples, chunk)
        problems += read.problems
        if read.samples:
            answers = loaded.pipeline.answers([sample.raw for sample in read.samples])
            pairs += zip((replace(s, raw=None) for s in read.samples), answers, strict=True)
        if progress is not None:
            progress(chunk.stop, len(samples))
    if not pairs:
        raise (
            problems[0]
            if problems
            else ConfigError(
                "must hold at least one sample", where=f"task {loaded.component.task.name}"
            )
        )
    return Evaluation(
        metrics=loaded.component.judge(samples, pairs),
        cases=len(pairs),
        problems=tuple(problems),
    )
