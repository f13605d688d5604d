"""What a comparison says: every candidate against the baseline, measure by measure."""

from __future__ import annotations

from typing import Literal

from edge_aibench.record.comparison import Difference
from edge_aibench.record.values import Entry


class Compared(Entry):
    """One candidate. *invalid* says why runs cannot be trusted; then nothing is concluded.

    *end_to_end* and *communication* are the outcomes of the budgets over all runs (the worst).
    *paired* says that it had the arrivals of the baseline. *differences* is empty for the baseline.
    """

    label: str
    engine: Literal["simulate", "emulate"]
    runs: tuple[str, ...]
    requests: int
    valid: bool
    invalid: tuple[str, ...]
    end_to_end: str | None
    communication: str | None
    paired: bool
    measures: dict[str, float | None]
    differences: tuple[Difference, ...]


class ComparisonReport(Entry):
    """All candidates against *baseline*; *notes* say in what they differ that was not meant."""

    schema_version: Literal[1] = 1
    scenario: str
    baseline: str
    notes: tuple[str, ...]
    candidates: tuple[Compared, ...]
    repeat_command: str = ""
