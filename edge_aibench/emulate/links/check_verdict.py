"""What a link check found, and whether it is what was asked.

Tolerances, and why:

- **Delay**: the median one-way delay lies within 5 % of what was asked, and within 0.1 ms where
  that is more: 0.2 ms there and back is the accuracy that the project promises, a fifth of its
  smallest budget (1 ms). A link asked to take less than 0.5 ms may be up to 0.25 ms late: there
  the relay has no time to be woken up ahead of the instant. The time it takes to send a test
  frame at the asked rate is taken off first. With jitter a median of n frames scatters: its
  99.9 % range, the law's quantiles at 1/2 -+ 3.29 / (2 sqrt n), is allowed for.
- **Jitter**: the standard deviation lies within 0.1 ms + 5 % of what was asked, plus 3.29
  standard errors, spread sqrt((kurtosis - 1) / 4n). Without asked jitter it is told, not judged:
  it then is the noise of the machine, of which the run's validity is judged elsewhere. With
  fewer than 50 frames it is not judged either.
- **Rate**: within 5 % of what was asked, plus 3.5 spread / duration of the train: jitter moves
  the frames of a train together, since they keep their order (of 200 simulated trains of each
  law, 99 % are off by less). A link faster than 500 Mbit/s, or unlimited, is tested at 625 and
  has to reach 500, which is what the user-space relay promises: its rate reads "at least".
- **Loss**: the number lost lies in the central 99.9 % of the binomial law. With no loss asked,
  every frame must arrive.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_aibench.network.law import link_law
from edge_aibench.units import format_duration, format_rate

if TYPE_CHECKING:
    from edge_aibench.emulate.links.backend import Way
    from edge_aibench.model.link import LinkDirection

PROMISED_RATE_BPS = 500e6
"""What the relay reaches on two cores; a faster link is tested and judged at this rate."""

_DELAY_S = 0.1e-3
_SHORTEST_PROMISED_S = 0.5e-3
_WAKE_UP_S = 0.25e-3
_SHARE = 0.05
_Z = 3.29
"""Standard normal quantile of 99.95 %: 99.9 % lie within it on both sides."""
_TRAIN_JITTER = 3.5
_ENOUGH_FOR_JITTER = 50
_ENOUGH_FOR_P99 = 100


@dataclass(frozen=True)
class Findings:
    """What was measured on one direction.

    *delays_s* are one-way, without the time to send the frame. *rate_bps* is None if too few
    frames of the train came through, *train_s* its duration as asked.
    """

    delays_s: tuple[float, ...]
    rate_bps: float | None
    train_s: float
    sent: int
    lost: int


@dataclass(frozen=True)
class LinkCheck:
    """One attempt at one direction of one wire: asked, achieved, and what is wrong with it.

    *delay_p99_s* is None with fewer than 100 frames, *rate_bps* if no rate could be measured.
    """

    wire: str
    direction: Way
    attempt: int
    asked: LinkDirection
    delay_mean_s: float
    delay_p50_s: float
    delay_p99_s: float | None
    jitter_s: float
    rate_bps: float | None
    loss_observed: float
    sent: int
    lost: int
    within: bool
    problems: tuple[str, ...]


def judge(
    wire: str, direction: Way, asked: LinkDirection, found: Findings, *, attempt: int = 1
) -> LinkCheck:
    """Compare what was *found* on a direction with what was *asked*."""
    delays_s = sorted(found.delays_s)
    n = len(delays_s)
    mean_s = math.fsum(delays_s) / n if n else math.nan
    std_s = math.sqrt(math.fsum((d - mean_s) ** 2 for d in delays_s) / n) if n else math.nan
    problems: list[str] = []
    if n:
        problems += _delay_problems(asked, _percentile(delays_s, 50), n)
        problems += _jitter_problems(asked, std_s, n)
    else:
        problems.append("no test frame for the delay came through")
    problems += _rate_problems(asked, found)
    problems += _loss_problems(asked, found)
    return LinkCheck(
        wire=wire,
        direction=direction,
        attempt=attempt,
        asked=asked,
        delay_mean_s=mean_s,
        delay_p50_s=_percentile(delays_s, 50) if n else math.nan,
        delay_p99_s=_percentile(delays_s, 99) if n >= _ENOUGH_FOR_P99 else None,
        jitter_s=std_s,
        rate_bps=found.rate_bps,
        loss_observed=found.lost / found.sent if found.sent else math.nan,
        sent=found.sent,
        lost=found.lost,
        within=not problems,
        problems=tuple(problems),
    )


def binomial_range(n: int, share: float, *, outside: float = 0.001) -> tuple[int, int]:
    """Give the least and the most of *n* that happen at chance *share*, both ends likely.

    Below the least, and above the most, lies at most half of *outside* each.
    """
    if share == 0.0 or n == 0:
        return 0, 0
    low, high, below = 0, n, 0.0
    log_p, log_q = math.log(share), math.log1p(-share)
    for k in range(n + 1):
        log_choose = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
        below += math.exp(log_choose + k * log_p + (n - k) * log_q)
        if below <= outside / 2:
            low = k + 1
        if below >= 1 - outside / 2:
            high = k
            break
    return low, high


def _delay_problems(asked: LinkDirection, median_s: float, n: int) -> list[str]:
    law = link_law(asked)
    half = min(_Z * 0.5 / math.sqrt(n), 0.499)
    least_s = _DELAY_S if asked.delay_s >= _SHORTEST_PROMISED_S else _WAKE_UP_S
    tolerance_s = max(least_s, _SHARE * asked.delay_s)
    low_s = law.delay_quantile_s(0.5 - half) - tolerance_s
    high_s = law.delay_quantile_s(0.5 + half) + tolerance_s
    if low_s <= median_s <= high_s:
        return []
    return [
        (
            f"median delay {format_duration(median_s)}, asked {format_duration(asked.delay_s)}, "
            f"allowed {format_duration(max(low_s, 0.0))} to {format_duration(high_s)}"
        )
    ]


def _jitter_problems(asked: LinkDirection, std_s: float, n: int) -> list[str]:
    spread_s = asked.jitter.spread_s
    if spread_s == 0 or n < _ENOUGH_FOR_JITTER:
        return []
    error_s = spread_s * math.sqrt((_kurtosis(asked) - 1) / (4 * n))
    tolerance_s = _DELAY_S + _SHARE * spread_s + _Z * error_s
    if abs(std_s - spread_s) <= tolerance_s:
        return []
    return [
        (
            f"jitter {format_duration(std_s)}, asked {format_duration(spread_s)}, "
            f"allowed +-{format_duration(tolerance_s)}"
        )
    ]


def _kurtosis(asked: LinkDirection) -> float:
    match asked.jitter.law:
        case "uniform" | "none":
            return 1.8
        case "normal":
            return 3.0
        case "lognormal":
            # With w = exp(s^2) = 1 + (spread / delay)^2.
            w = 1 + (asked.jitter.spread_s / asked.delay_s) ** 2
            return w**4 + 2 * w**3 + 3 * w**2 - 3


def _rate_problems(asked: LinkDirection, found: Findings) -> list[str]:
    wanted_bps = asked.rate_bps
    if found.rate_bps is None:
        return ["too few frames of the train came through to tell the rate"]
    if wanted_bps is None or wanted_bps > PROMISED_RATE_BPS:
        if found.rate_bps >= PROMISED_RATE_BPS * (1 - _SHARE):
            return []
        text = "unlimited" if wanted_bps is None else format_rate(wanted_bps)
        promised = format_rate(PROMISED_RATE_BPS)
        return [f"rate {format_rate(found.rate_bps)}, asked {text}, promised {promised}"]
    share = _SHARE + _TRAIN_JITTER * asked.jitter.spread_s / found.train_s
    if abs(found.rate_bps - wanted_bps) <= share * wanted_bps:
        return []
    return [
        (
            f"rate {format_rate(found.rate_bps)}, asked {format_rate(wanted_bps)}, "
            f"allowed +-{100 * share:.1f} %"
        )
    ]


def _loss_problems(asked: LinkDirection, found: Findings) -> list[str]:
    low, high = binomial_range(found.sent, asked.loss)
    if low <= found.lost <= high:
        return []
    return [
        (
            f"lost {found.lost} of {found.sent} frames, asked {100 * asked.loss:g} %, "
            f"allowed {low} to {high}"
        )
    ]


def _percentile(ordered: Sequence[float], percent: float) -> float:
    """Nearest rank: an observed value, never an interpolation."""
    return ordered[max(math.ceil(len(ordered) * percent / 100) - 1, 0)]
