"""`edge_aibench.compare`: runs against each other, as a table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from edge_aibench.api.comparing.report import Candidate, compare_candidates
from edge_aibench.api.run import Run
from edge_aibench.errors import ConfigError
from edge_aibench.report.comparison import COLUMNS, NUMBERS, rows

if TYPE_CHECKING:
    import pandas as pd


def compare(
    runs: Mapping[str, Run | Sequence[Run]],
    *,
    baseline: str | None = None,
    allow_mixed: bool = False,
) -> pd.DataFrame:
    """Hold runs against each other: a row a measure and candidate, columns as of the command.

    *runs* gives each candidate's run, or its runs in the order of their seeds. Candidates with the
    same arrivals (seed, instances, interval) are compared in pairs. Numbers are NaN where there is
    nothing to say, and infinite where requests were never answered; `attrs["notes"]` says in what
    the candidates differ besides.

    Raises ConfigError for fewer than two candidates, an unknown *baseline*, different scenarios,
    runs without tables, and simulated beside emulated runs unless *allow_mixed*.
    """
    import pandas as pd

    report = compare_candidates(
        [Candidate(label, _runs(label, given)) for label, given in runs.items()],
        baseline=baseline,
        allow_mixed=allow_mixed,
    )
    table = pd.DataFrame(list(rows(report)), columns=list(COLUMNS))
    for name in NUMBERS:
        table[name] = [_read(text) for text in table[name]]
    table.attrs["notes"] = report.notes
    return table


def _read(text: str) -> float:
    if text == "never":
        return math.inf
    return float(text) if text else math.nan


def _runs(label: str, given: Run | Sequence[Run]) -> tuple[Run, ...]:
    found = (given,) if isinstance(given, Run) else tuple(given)
    if not found:
        raise ConfigError("has no run", where="compare()", value=label)
    return found
