"""Links: which combinations of delay, jitter, loss and rate make sense."""

from __future__ import annotations

import math

import pytest
from pydantic import ValidationError

from edge_aibench.model.link import Jitter, JitterLaw, LinkDirection


def test_a_direction_does_nothing_unless_told() -> None:
    direction = LinkDirection()
    assert (direction.delay_s, direction.loss, direction.rate_bps) == (0.0, 0.0, None)
    assert direction.jitter == Jitter(law="none", spread_s=0.0)


@pytest.mark.parametrize(("law", "spread_s"), [("none", 0.001), ("normal", 0.0)])
def test_jitter_has_law_and_spread_or_neither(law: JitterLaw, spread_s: float) -> None:
    with pytest.raises(ValidationError, match="both a law and a spread"):
        Jitter(law=law, spread_s=spread_s)


@pytest.mark.parametrize(("law", "multiple"), [("uniform", math.sqrt(3)), ("normal", 3.0)])
def test_a_delay_is_long_enough_for_its_jitter(law: JitterLaw, multiple: float) -> None:
    jitter = Jitter(law=law, spread_s=0.001)
    assert LinkDirection(delay_s=multiple * 0.001, jitter=jitter).delay_s == multiple * 0.001
    with pytest.raises(ValidationError, match="times its spread"):
        LinkDirection(delay_s=multiple * 0.00099, jitter=jitter)


def test_lognormal_jitter_may_exceed_the_delay_but_not_stand_alone() -> None:
    jitter = Jitter(law="lognormal", spread_s=0.01)
    assert LinkDirection(delay_s=0.001, jitter=jitter).jitter == jitter
    with pytest.raises(ValidationError, match="delay above 0"):
        LinkDirection(jitter=jitter)


def test_a_link_carries_something_at_some_rate() -> None:
    with pytest.raises(ValidationError, match="below 100 %"):
        LinkDirection(loss=1.0)
    with pytest.raises(ValidationError, match="at least 1 kbit/s"):
        LinkDirection(rate_bps=999.0)


def test_code_gives_si_numbers_and_none_that_make_no_sense() -> None:
    assert LinkDirection(delay_s=0.002).delay_s == 0.002
    for delay_s in (-1.0, math.nan, math.inf):
        with pytest.raises(ValidationError, match="finite number of at least 0"):
            LinkDirection(delay_s=delay_s)


def test_a_direction_never_changes() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        LinkDirection().loss = 0.5  # type: ignore[misc]
