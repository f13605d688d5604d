"""Runs candidates on the same arrivals, in turn and back again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from edge_aibench.api.comparing.report import Candidate
from edge_aibench.api.notices import Notices

if TYPE_CHECKING:
    from edge_aibench.api.choices import Choices
    from edge_aibench.api.emulation import Prepared
    from edge_aibench.api.run import Run
    from edge_aibench.api.simulation import Simulation, SimulationChoices
    from edge_aibench.emulate.outcome import Observer

RunOnce = Callable[[str, int], "Run"]
"""Runs a candidate with the seed of that repeat."""


def turns(labels: Sequence[str], repeats: int) -> Iterator[tuple[str, int]]:
    """A B C, C B A, A B C ...: what drifts in the meantime meets all candidates alike."""
    for repeat in range(repeats):
        for label in labels if repeat % 2 == 0 else reversed(labels):
            yield label, repeat


def run_all(labels: Sequence[str], repeats: int, run_once: RunOnce) -> tuple[Candidate, ...]:
    """Run every candidate *repeats* times.

    After an interrupt all repeats count that every candidate has done; none of them gives nothing.
    """
    done: dict[str, dict[int, Run]] = {label: {} for label in labels}
    for label, repeat in turns(labels, repeats):
        try:
            run = run_once(label, repeat)
        except KeyboardInterrupt:
            break
        if run.interrupted:
            break
        done[label][repeat] = run
    whole = [r for r in range(repeats) if all(r in runs for runs in done.values())]
    if not whole:
        return ()
    return tuple(Candidate(label, tuple(done[label][r] for r in whole)) for label in labels)


@dataclass(frozen=True)
class Simulated:
    """Candidates that are ready to be simulated; with *out* every run is saved there."""

    prepared: Mapping[str, Simulation]
    out: Path | None = None

    @classmethod
    def prepare(
        cls,
        candidates: Mapping[str, Choices],
        only: SimulationChoices,
        *,
        out: Path | None = None,
        notices: Notices | None = None,
    ) -> Simulated:
        """Resolve all. What was rehearsed for one counts for all that run the same networks.

        Raises what `Simulation.prepare` raises.
        """
        from edge_aibench.api.simulation import Simulation

        prepared: dict[str, Simulation] = {}
        known: dict[tuple[object, ...], SimulationChoices] = {}
        for label, choices in candidates.items():
            # Times are those of hardware of speed 1, wherever a stage is placed; a calibration
            # and a profile depend on the placement, and are read each time.
            networks = (choices.settings, choices.runtime, choices.inference)
            wanted = known.get(networks, only)
            prepared[label] = Simulation.prepare(choices, wanted, notices)
            if only.calibration is None and not choices.profiles:
                timings = prepared[label].experiment.timings
                known[networks] = replace(only, timings=timings, services=(), service_times=None)
        return cls(prepared, out)

    def run_once(self, label: str, repeat: int) -> Run:
        """Simulate one candidate."""
        from edge_aibench.api.calls import run_once

        run = run_once(self.prepared[label], repeat)
        if self.out is not None:
            run = replace(run, folder=run.save(self.out))
        return run


@dataclass(frozen=True)
class Emulated:
    """Candidates that this machine can emulate; every run is saved in *out*."""

    prepared: Mapping[str, Prepared]
    out: Path
    observer: Callable[[], Observer]
    command: str = ""

    @classmethod
    def prepare(
        cls,
        candidates: Mapping[str, Choices],
        *,
        out: Path,
        observer: Callable[[], Observer],
        command: str = "",
        notices: Notices | None = None,
    ) -> Emulated:
        """Resolve and check all before the first is run. Raises what `Prepared.of` raises."""
        from edge_aibench.api.choices import resolve
        from edge_aibench.api.emulation import Prepared

        prepared = {
            label: Prepared.of(resolve(choices, notices)) for label, choices in candidates.items()
        }
        return cls(prepared, out, observer, command)

    def run_once(self, label: str, repeat: int) -> Run:
        """Emulate one candidate. Raises KeyboardInterrupt if it was stopped."""
        from edge_aibench.api.run import Run
        from edge_aibench.record.opened import open_run

        seeded = self.prepared[label].seeded(repeat)
        result = seeded.run(out=self.out, observer=self.observer(), command=self.command)
        if result.interrupted:
            raise KeyboardInterrupt
        return Run.of_folder(open_run(result.folder))
