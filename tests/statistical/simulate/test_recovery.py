"""How much later messages come because packets were lost, against the geometric law.

With a loss of q on each of f frames a message is hit with 1 - (1 - q)^f. Its last frame is missed
1.25 round trips after the next message, or sent again after the timeout T; what is sent again is
lost with q once more, and each time the wait doubles. Each test states n, the closed form and the
interval that true draws leave at most once in 1,000 seeds; the seed is fixed.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from edge_aibench.model.experiment import Experiment
from edge_aibench.model.link import LinkDirection
from edge_aibench.model.placement import place
from edge_aibench.model.scenario import Arrivals
from edge_aibench.model.time_law import ConstantTime
from edge_aibench.model.timings import StageTimes, Timings
from edge_aibench.simulate.draws import Draws
from edge_aibench.simulate.plan import SimulationPlan
from edge_aibench.testing.ward import small_ward, three_tiers

LEVEL = 0.001
N = 200_000
DELAY_MS = 10.0
ROUND_TRIP_MS = 2 * DELAY_MS
TIMEOUT_MS = 200 + ROUND_TRIP_MS
# Three frames of 1448 bytes, of which 45 are MQTT's.
THREE_FRAMES_BYTES = 3 * 1448 - 45
# So rare that no next message comes before the timeout, but in 2 of a million cases.
RARE_S = 1e5


def late_ms(
    loss: float, payload_bytes: float, *, interval_s: float = RARE_S
) -> NDArray[np.float64]:
    """The recovery of 200,000 messages on one lossy link."""
    ward, topology = small_ward(), three_tiers()
    rare = ward.sensors["monitor"].model_copy(
        update={"arrivals": Arrivals(law="poisson", interval_s=interval_s)}
    )
    ward = ward.model_copy(update={"sensors": {"monitor": rare}})
    lossy = LinkDirection(delay_s=DELAY_MS / 1e3, loss=loss)
    access = topology.links["access"].model_copy(update={"up": lossy})
    topology = topology.model_copy(update={"links": {**topology.links, "access": access}})
    sized = StageTimes(work=ConstantTime(time_s=0.0), payload_bytes=payload_bytes)
    experiment = Experiment(
        source="w",
        scenario=ward,
        topology=topology,
        placement=place(ward, topology, "edge"),
        instances=1,
        timings=Timings(stages={"monitor": sized}),
    )
    plan = SimulationPlan.of(experiment)
    carriage = plan.publications["monitor", "ward"].first
    who, when = np.divmod(np.arange(N, dtype=np.int64), 400)
    return Draws(plan).recovery_ns(carriage, "monitor", who, when) / 1e6


@pytest.mark.parametrize("loss", [0.001, 0.02, 0.3])
@pytest.mark.parametrize(("payload_bytes", "frames"), [(100, 1), (THREE_FRAMES_BYTES, 3)])
def test_as_many_messages_are_hit_as_lose_a_frame(
    loss: float, payload_bytes: float, frames: int
) -> None:
    # n = 200,000: binomial with 1 - (1 - q)^f; 99.9 % interval.
    hit = int((late_ms(loss, payload_bytes) > 0).sum())
    low, high = stats.binom(N, 1 - (1 - loss) ** frames).interval(1 - LEVEL)
    assert low <= hit <= high


@pytest.mark.parametrize("loss", [0.02, 0.3])
def test_the_losses_of_a_message_are_geometric(loss: float) -> None:
    # Of a single frame: k losses in a row wait T (2^k - 1) and come with q^(k - 1) (1 - q).
    # n = those that were hit; chi-square over 1, 2 and more losses, 2 degrees of freedom.
    waits_ms = late_ms(loss, 100)
    waits_ms = waits_ms[waits_ms > 0]
    losses = np.rint(np.log2(waits_ms / TIMEOUT_MS + 1)).astype(int)
    assert waits_ms == pytest.approx(TIMEOUT_MS * (2.0**losses - 1), rel=1e-9)
    counts = [int((losses == k).sum()) for k in (1, 2)]
    counts.append(len(losses) - sum(counts))
    expected = np.array([1 - loss, loss * (1 - loss), loss**2]) * len(losses)
    low, high = stats.chi2(2).interval(1 - LEVEL)
    assert low <= stats.chisquare(counts, expected).statistic <= high


def test_only_the_last_frame_waits_for_the_timeout() -> None:
    # A lost frame that others follow is sent again after 1.25 round trips: two of three.
    # n = those that were hit and lost nothing again; binomial with 1/3; 99.9 % interval.
    waits_ms = late_ms(0.02, THREE_FRAMES_BYTES)
    early = int(np.isclose(waits_ms, 1.25 * ROUND_TRIP_MS).sum())
    timed_out = int(np.isclose(waits_ms, TIMEOUT_MS).sum())
    low, high = stats.binom(early + timed_out, 1 / 3).interval(1 - LEVEL)
    assert low <= timed_out <= high


@pytest.mark.parametrize("loss", [0.02, 0.2])
def test_the_mean_wait(loss: float) -> None:
    # E = q T sum_k (2^k - 1) q^(k-1) (1 - q) = q T / (1 - 2 q) for q < 1/2; its spread is finite
    # for q < 1/4. n = 200,000: normal, with the spread of the sample; 99.9 % interval.
    waits_ms = late_ms(loss, 100)
    expected_ms = loss * TIMEOUT_MS / (1 - 2 * loss)
    error_ms = float(np.std(waits_ms)) / np.sqrt(N)
    assert abs(float(waits_ms.mean()) - expected_ms) < stats.norm.ppf(1 - LEVEL / 2) * error_ms


@pytest.mark.parametrize("interval_s", [0.05, 0.2])
def test_the_next_message_shows_that_one_is_missing(interval_s: float) -> None:
    # The wait for it is exponential: the timeout comes first with exp(-(T - 1.25 R) / interval).
    # n = those that were hit and lost nothing again; binomial; 99.9 % interval.
    waits_ms = late_ms(0.02, 100, interval_s=interval_s)
    once_ms = waits_ms[(waits_ms > 0) & (waits_ms <= TIMEOUT_MS)]
    timed_out = int(np.isclose(once_ms, TIMEOUT_MS).sum())
    share = np.exp(-(TIMEOUT_MS - 1.25 * ROUND_TRIP_MS) / (1e3 * interval_s))
    low, high = stats.binom(len(once_ms), share).interval(1 - LEVEL)
    assert low <= timed_out <= high
    # What is missed before is exponential, cut off where the timeout comes.
    missed_ms = once_ms[once_ms < TIMEOUT_MS * (1 - 1e-9)] - 1.25 * ROUND_TRIP_MS
    longest = (TIMEOUT_MS - 1.25 * ROUND_TRIP_MS) / (1e3 * interval_s)
    law = stats.truncexpon(longest, scale=1e3 * interval_s)
    assert stats.kstest(missed_ms, law.cdf).pvalue > LEVEL
