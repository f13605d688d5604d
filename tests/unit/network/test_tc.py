from __future__ import annotations

import numpy as np
import pytest

from edge_aibench.errors import InternalError
from edge_aibench.model.link import Jitter, JitterLaw, LinkDirection
from edge_aibench.network.tc import DelayTable, netem_arguments


def _words(direction: LinkDirection) -> str:
    return " ".join(netem_arguments("h1-eth0", direction).arguments)


def test_an_empty_direction_still_keeps_order_by_a_high_rate() -> None:
    assert _words(LinkDirection()) == (
        "qdisc replace dev h1-eth0 root netem limit 1000 delay 0.000us rate 100000000000bit"
    )


def test_bits_are_bits_and_times_are_exact() -> None:
    direction = LinkDirection(delay_s=0.0005, rate_bps=100e6, loss=1e-5)
    # (1 s queue + 0.5 ms) * 100 Mbit/s / 12112 bit = 8260.4 frames.
    assert _words(direction) == (
        "qdisc replace dev h1-eth0 root netem limit 8261 delay 500.000us "
        "loss random 0.001000000% rate 100000000bit"
    )


def test_slow_links_get_the_least_limit_and_long_fast_ones_a_large_one() -> None:
    assert " limit 1000 " in _words(LinkDirection(delay_s=0.8, rate_bps=26e3))
    # 20 ms * 10 Gbit/s / 12112 bit = 16512.5 frames.
    assert " limit 16513 " in _words(LinkDirection(delay_s=0.02))


@pytest.mark.parametrize("law", ["uniform", "normal", "lognormal"])
def test_table_and_jitter_make_the_law_the_kernel_draws(law: JitterLaw) -> None:
    from scipy import stats

    mean_s, spread_s = 0.008, 0.002
    direction = LinkDirection(delay_s=mean_s, jitter=Jitter(law=law, spread_s=spread_s))
    rendered = netem_arguments("eth0", direction)
    table = rendered.table
    assert table is not None
    words = rendered.arguments
    assert words[words.index("distribution") + 1] == table.name
    jitter_us = words[words.index("delay") + 2]
    assert jitter_us.endswith("us")
    assert len(table.values) == 4096
    assert max(map(abs, table.values)) <= 32767
    # The kernel's tabledist: mean + jitter * value / 8192, each value equally likely.
    drawn_s = mean_s + float(jitter_us[:-2]) * 1e-6 * np.array(table.values) / 8192
    assert drawn_s.mean() == pytest.approx(mean_s, rel=1e-3)
    assert drawn_s.std() == pytest.approx(spread_s, rel=1e-2)
    s = np.sqrt(np.log1p((spread_s / mean_s) ** 2))
    oracle = {
        "uniform": stats.uniform(mean_s - 3**0.5 * spread_s, 2 * 3**0.5 * spread_s),
        "normal": stats.norm(mean_s, spread_s),
        "lognormal": stats.lognorm(s, scale=mean_s * np.exp(-(s**2) / 2)),
    }[law]
    # Four of the 4096 values lie beyond the last share: its quantile is that coarse.
    for share in (0.01, 0.5, 0.99, 0.999):
        expected = oracle.ppf(share)
        assert np.quantile(drawn_s, share) == pytest.approx(expected, rel=1e-2)


def test_table_file_holds_every_value_once() -> None:
    text = DelayTable("x", tuple(range(-10, 10))).text()
    assert [int(word) for word in text.split()] == list(range(-10, 10))
    assert max(len(line.split()) for line in text.splitlines()) == 8


def test_tables_of_different_shapes_have_different_names() -> None:
    names = {
        netem_arguments(
            "eth0", LinkDirection(delay_s=0.01, jitter=Jitter(law=law, spread_s=spread_s))
        ).table.name  # type: ignore[union-attr]
        for law in ("normal", "lognormal")
        for spread_s in (0.001, 0.002)
    }
    assert len(names) == 4


def test_an_outage_that_loses_is_a_loss_of_everything_and_one_that_holds_is_not_rendered() -> None:
    assert " loss random 100.000000000% " in _words(LinkDirection(loss=0.01, outage="lost"))
    with pytest.raises(InternalError, match="holds no packets"):
        _words(LinkDirection(outage="held"))
