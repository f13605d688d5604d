"""Writes a table of docs/theory.md: `python -m tests.statistical.simulate.table ENGINE [REQUESTS]`.

REQUESTS is how many each of the 40 parts of a case has (25,000 by default).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.statistical.simulate.case import Case, Figure
from tests.statistical.simulate.cases import CASES, HEAVY
from tests.statistical.simulate.engines import simulate
from tests.statistical.simulate.measure import Estimate

PARTS = 40


def rows(case: Case, engine: str, requests: int) -> Iterator[str]:
    """One line of the table for each figure of *case*."""
    run = simulate(engine, case, parts=PARTS, requests=requests)
    for figure in case.figures:
        found = Estimate.of(figure.measure(run))
        yield (
            f"| {case.law} | {figure.name} | {run.measured(case.sensor):,} | "
            f"{_shown(figure, figure.exact)} | {_shown(figure, found.mean)} | "
            f"± {_shown(figure, found.half_width)} | {found.mean / figure.exact - 1:+.2%} | "
            f"{'yes' if found.holds(figure.exact) else 'NO'} |"
        )


def _shown(figure: Figure, value: float) -> str:
    return f"{1000 * value:.4g} ms" if figure.unit == "ms" else f"{value:.4g}"


def main() -> None:
    """Write all rows that the engine can express."""
    engine = sys.argv[1]
    requests = int(sys.argv[2]) if len(sys.argv) > 2 else 25_000
    for case in (*CASES, *HEAVY):
        try:
            for row in rows(case, engine, requests):
                sys.stdout.write(row + "\n")
                sys.stdout.flush()
        except pytest.skip.Exception as skipped:
            sys.stdout.write(f"{case.law}: {skipped}\n")


if __name__ == "__main__":
    main()
