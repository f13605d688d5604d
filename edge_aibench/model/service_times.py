"""Service times of a stage's network as a profile measured them, for profiled mode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator

from edge_aibench.config.values import BrokenRuleError, DocumentValue

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class ServiceTimes(DocumentValue):
    """The raw calls of a profile, by how many samples each took; nanoseconds.

    *measured_on* names the hardware. *scale* is what each time is multiplied by to stand for the
    node's hardware: 1 for a profile of that hardware itself. *contended* says that something else
    had the processor while it was measured.
    """

    task: str
    preset: str
    runtime: str
    precision: str
    threads: Annotated[int, Field(ge=1)]
    measured_on: str
    scale: Annotated[float, Field(gt=0)] = 1.0
    contended: bool = False
    calls_ns: dict[int, tuple[int, ...]] = Field(min_length=1)

    @model_validator(mode="after")
    def _calls_were_measured(self) -> Self:
        for batch, calls in self.calls_ns.items():
            if batch < 1 or not calls or min(calls) < 0:
                raise BrokenRuleError(
                    "needs at least one call, of one sample or more, and no negative time",
                    key=("calls-ns", batch),
                    value=f"{len(calls)} calls",
                    next_step="measure again: `edge-aibench task profile`",
                )
        return self

    def drawn_ns(self, batch: int, share: float) -> float:
        """A call's time for *batch* samples: the measured call at *share* (0 to 1) of the list.

        Where the batch was not measured, the next larger one that was counts, as a runtime that
        pads would take it; beyond the largest, as many times longer as there are more samples.
        """
        calls, longer = self._calls_for(batch)
        return calls[min(len(calls) - 1, int(share * len(calls)))] * longer

    def mean_s(self, batch: int = 1) -> float:
        """Mean time of a call with *batch* samples, in seconds."""
        calls, longer = self._calls_for(batch)
        return sum(calls) / len(calls) * longer / 1e9

    def _calls_for(self, batch: int) -> tuple[tuple[int, ...], float]:
        """The measured calls that stand for *batch*, and how many times longer they take."""
        larger = [measured for measured in sorted(self.calls_ns) if measured >= batch]
        taken = larger[0] if larger else max(self.calls_ns)
        return self.calls_ns[taken], self.scale * max(1.0, batch / taken)

    def __str__(self) -> str:
        scaled = "" if self.scale == 1 else f", scaled by {self.scale:.3g}"
        contended = ", CONTENDED" if self.contended else ""
        return (
            f"profile of {self.task} {self.preset} {self.precision} in {self.runtime}, "
            f"{self.threads} threads, on {self.measured_on}{scaled}{contended}"
        )


def shares(seed: int, stage: str, instance: int, count: int) -> NDArray[np.float64]:
    """Which measured call each request of an instance draws, as shares of the list.

    The same seed gives the same draws in every engine.
    """
    import numpy as np

    from edge_aibench import rng

    return rng.uniforms(rng.key(seed, f"service/{stage}"), instance, np.arange(count))
