"""Both engines against closed forms.

Each case has PARTS independent parts, and a figure's interval is Student's over the means of the
parts, wide enough that a right engine fails less than once in 10^4 (`measure.RISK`). Seeds are
fixed. So that a test can fail, no interval may be too wide. docs/theory.md holds the same cases
run longer.
"""

from __future__ import annotations

from functools import partial

import pytest

from tests.statistical.simulate.case import Case
from tests.statistical.simulate.cases import CASES, HEAVY
from tests.statistical.simulate.closed_forms import fork_join_approximated_s, fork_join_bounds_s
from tests.statistical.simulate.engines import ENGINES, simulate
from tests.statistical.simulate.measure import Estimate, Run, half_width
from tests.statistical.simulate.network_cases import fork_and_join, joined

PARTS = 40

SCATTER = 1.5
"""How much wider than foretold an interval may be: the root of chi-square over 39, which a spread
of 40 means has, is greater less than once in 10^4.
"""


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.law)
def test_closed_form(case: Case, engine: str) -> None:
    """n = 40,000 requests of each sensor; intervals of at most ± 50 %, most of ± 5 to 20 %."""
    _judge(simulate(engine, case, parts=PARTS, requests=1000), case, widest=0.5)


@pytest.mark.long
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", [*CASES, *HEAVY], ids=lambda case: case.law)
def test_closed_form_with_a_million_requests(case: Case, engine: str) -> None:
    """n = 1,000,000; intervals of at most ± 25 %, most of ± 1 to 3 %, or what theory foretells."""
    _judge(simulate(engine, case, parts=PARTS, requests=25_000), case, widest=0.25)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("servers", [3, 5])
def test_fork_and_join_of_many_stays_within_its_bounds(servers: int, engine: str) -> None:
    """n = 20,000, use 0.5. The bounds are exact; the approximation is within 5 % of the truth for
    up to 32 servers (Nelson and Tantawi).
    """
    made = partial(fork_and_join, servers, 0.5)
    case = Case(f"fork and join of {servers}", made, ())
    run = simulate(engine, case, parts=PARTS, requests=500)
    found = Estimate.of(run.parts("source", joined(run)))
    below_s, above_s = fork_join_bounds_s(100.0, 0.005, servers)
    near_s = fork_join_approximated_s(100.0, 0.005, servers)
    assert below_s < found.mean < above_s
    assert abs(found.mean - near_s) <= 0.05 * near_s + found.half_width
    assert found.half_width <= 0.1 * near_s


def _judge(run: Run, case: Case, *, widest: float) -> None:
    for figure in case.figures:
        found = Estimate.of(figure.measure(run))
        wide = widest * figure.exact
        if figure.variance is not None:
            foretold = half_width(figure.variance, run.measured(case.sensor), PARTS)
            assert foretold < figure.exact, (figure.name, foretold)
            wide = max(wide, SCATTER * foretold)
        assert found.half_width <= wide, (figure.name, found)
        assert found.holds(figure.exact), (figure.name, found, figure.exact)
