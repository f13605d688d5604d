"""Which runs a validation makes: placements, loads, and what they are for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from edge_aibench.errors import ConfigError
from edge_aibench.record.values import Entry

if TYPE_CHECKING:
    from edge_aibench.fidelity.validation import Role

FILE = "cells.json"
LARGEST_LOAD = 0.95


@dataclass(frozen=True)
class Asked:
    """One run to make: its placement, the use of the fullest worker, and the number of the run."""

    role: Role
    place: str
    load: float
    repeat: int


class Made(Entry):
    """A run that was made for a cell; *folder* is relative to the validation's own."""

    role: Literal["calibration", "held-out"]
    place: str
    load: float
    folder: str


class MadeCells(Entry):
    """All runs of a validation: with them it can be judged again without a new run."""

    schema_version: Literal[1] = 1
    command: str
    made: tuple[Made, ...] = ()


def plan_grid(
    places: Sequence[str],
    calibrate_at: Sequence[float],
    predict_at: Sequence[float],
    repeats: int,
) -> Iterator[Asked]:
    """All runs, interleaved: what drifts on this machine meets every cell alike.

    Raises ConfigError for a load that is none, or both calibrated on and held out.
    """
    for option, loads in (("--calibrate-at", calibrate_at), ("--predict-at", predict_at)):
        for load in loads:
            if not 0.0 < load <= LARGEST_LOAD:
                raise ConfigError(
                    f"must be a share above 0 and at most {LARGEST_LOAD:g}: a fuller worker's "
                    "queue tells how long the run was",
                    where=option,
                    value=load,
                )
    for load in predict_at:
        if load in calibrate_at:
            raise ConfigError(
                "must not be calibrated on as well: a cell that was seen is no test",
                where="--predict-at",
                value=load,
                next_step="take another load",
            )
    roles: dict[float, Role] = dict.fromkeys(calibrate_at, "calibration")
    roles |= dict.fromkeys(predict_at, "held-out")
    for repeat in range(repeats):
        for place in places:
            # The lightest load first: it tells how long work takes, without a queue.
            for load in sorted(roles):
                yield Asked(role=roles[load], place=place, load=load, repeat=repeat)


def interval_s(load: float, *, known_interval_s: float, known_use: float) -> float:
    """The interval between observations that brings the fullest worker to *load*.

    Rounded to three digits, so that a command can repeat it.
    """
    return float(f"{known_interval_s * known_use / load:.3g}")
