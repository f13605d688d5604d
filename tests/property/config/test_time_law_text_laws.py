"""Laws of the small languages of options: what is written is read, and nothing else passes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.config.disturbance_text import Ground, parse_background, parse_fault
from edge_aibench.config.time_law_text import FORMS, parse_service
from edge_aibench.errors import ConfigError
from edge_aibench.model.disturbances import Fault
from edge_aibench.model.time_law import MeasuredTimes, TimeLaw
from edge_aibench.testing.ward import three_tiers

GROUND = Ground(topology=three_tiers(), instances=3, run_s=33.0)
microseconds = st.integers(min_value=1, max_value=10**9)
units = st.sampled_from(["us", " us"])
words = st.sampled_from(
    [
        *FORMS,
        *("2", "ms", "-1", "nan", "4", "marginal", "passes", "unscaled", "%", "é"),
        *("node", "link", "edge", "access/1", "at", "10 s", "for"),
        *("up", "down", "1 Mbit/s", "packet", "1500 B"),
    ]
)
anything = st.one_of(st.text(max_size=30), st.lists(words, max_size=8).map(" ".join))


def one_second(_name: str, _stage: str) -> TimeLaw:
    return MeasuredTimes(measured_s=(1.0,))


@given(microseconds, microseconds, units)
def test_a_written_law_has_the_mean_that_is_written(first: int, second: int, unit: str) -> None:
    short, long = sorted((first, second))
    laws = {
        f"constant {first}{unit}": first,
        f"exponential {first}{unit}": first,
        f"uniform {short}{unit} {long}{unit}": (short + long) / 2,
        f"lognormal {first}{unit} {second}{unit}": first,
        f"erlang {first}{unit} 3": first,
    }
    for text, mean_us in laws.items():
        mean_s = parse_service(text, "death", measured=one_second).work.mean_s
        assert abs(mean_s - mean_us * 1e-6) <= 1e-12 * mean_us * 1e-6


@given(anything)
def test_a_text_is_a_law_or_an_error_of_ours(text: str) -> None:
    try:
        times = parse_service(text, "death", measured=one_second)
    except ConfigError:
        return
    assert text.split(maxsplit=1)[0] in {*FORMS, "unscaled"}
    assert 0 <= times.work.mean_s <= 1e6
    assert 0 <= times.passes <= 1


@given(anything)
def test_a_text_is_a_disturbance_or_an_error_of_ours(text: str) -> None:
    try:
        fault = parse_fault(text, ground=GROUND)
    except ConfigError:
        pass
    else:
        assert fault.at_s < GROUND.run_s
    try:
        traffic = parse_background(text, ground=GROUND)
    except ConfigError:
        return
    assert traffic.up_bps + traffic.down_bps > 0


@given(
    st.sampled_from(["edge", "cloud", "ward", "ward-1", "ward-3"]),
    st.integers(min_value=0, max_value=32_999),
    st.none() | st.integers(min_value=1, max_value=10**6),
)
def test_a_written_fault_is_read(name: str, at_ms: int, lasts_ms: int | None) -> None:
    lasts = "" if lasts_ms is None else f" for {lasts_ms} ms"
    found = parse_fault(f"node {name} at {at_ms} ms{lasts}", ground=GROUND)
    lasts_s = None if lasts_ms is None else lasts_ms / 1000
    assert found == Fault(kind="node", name=name, at_s=at_ms / 1000, lasts_s=lasts_s)
