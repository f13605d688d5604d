"""All that chance decides in a simulated run, by request: both engines are given the same numbers.

Every method takes arrays of *instances* and *sequences*, which name requests of one sensor, and
gives float64 nanoseconds (or booleans) of their shape. What a request draws depends on the seed, on
what it draws for, on its instance and on its sequence, and on nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from edge_aibench import rng
from edge_aibench.clock import NS_PER_S
from edge_aibench.model.experiment import plan_all
from edge_aibench.model.time_law import ConstantTime
from edge_aibench.model.timings import between
from edge_aibench.network.law import link_law
from edge_aibench.simulate.plan import FRAME_PAYLOAD_BYTES, HEADERS_BYTES, PUBLISH_BYTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.model.time_law import TimeLaw
    from edge_aibench.model.timings import Moments, SizedTime
    from edge_aibench.simulate.plan import Carriage, Crossing, PlannedStage, SimulationPlan

    Requests = NDArray[np.int64]
    Times = NDArray[np.float64]

# Linux waits at least so long, and a round trip, for an acknowledgement before it sends the last
# segment again (RFC 6298 with the kernel's TCP_RTO_MIN); what is followed by other segments is
# sent again after a round trip and a quarter (RFC 8985, RACK). On a connection that carries many
# messages the next one follows soon: without it, one lost packet in 16,000 messages over a WAN held
# 2 % of them up for 0.2 s in simulation, and none in emulation.
LEAST_TIMEOUT_NS = 0.2 * NS_PER_S
RACK_ROUND_TRIPS = 1.25

_LEAST_SHARE = 2.0**-54


class Draws:
    """The numbers of one run of *plan*."""

    def __init__(self, plan: SimulationPlan) -> None:
        experiment = plan.experiment
        self._plan = plan
        self._experiment = experiment
        self._scenario = experiment.scenario
        self._timings = experiment.timings
        self._seed = experiment.workload.seed
        self._ranks: dict[str, Requests] = {}
        self._due_ns: dict[str, tuple[Requests, Requests]] = {}

    def payload_bytes(self, output: str) -> float:
        """Size of an output of sensor or stage *output*."""
        times = self._timings.stages.get(output)
        if times is None or times.payload_bytes is None:
            return self._scenario.payload_bytes(output)
        return times.payload_bytes

    def frames(self, output: str) -> int:
        """How many Ethernet frames a message with *output* takes."""
        return math.ceil((self.payload_bytes(output) + PUBLISH_BYTES) / FRAME_PAYLOAD_BYTES)

    def wire_bytes(self, output: str) -> float:
        """Bytes on the wire of a message with *output*, all frames together."""
        return self.payload_bytes(output) + PUBLISH_BYTES + HEADERS_BYTES * self.frames(output)

    def service_ns(self, stage: PlannedStage, instances: Requests, sequences: Requests) -> Times:
        """Time of *stage*'s work on one request alone, on the hardware of its group."""
        replay = self._timings.replay
        if replay is not None and stage.name in replay.columns:
            rows = self._rows(stage.origin, instances, sequences)
            return self._logged_s[stage.name][rows] * NS_PER_S
        times = self._timings.stages.get(stage.name)
        if times is None:
            return _always(0.0, instances)
        factor = NS_PER_S if times.scaled else NS_PER_S / stage.speed
        shares = self._stage_shares(times.work, "service", stage, instances, sequences)
        work_ns = _times(times.work, shares, instances) * factor
        shares = self._stage_shares(times.handling, "handling", stage, instances, sequences)
        return work_ns + _times(times.handling, shares, instances) * NS_PER_S

    def batch_factor(self, stage: PlannedStage, batch: int) -> float:
        """How many times longer *batch* requests take together than the first one alone."""
        replay = self._timings.replay
        if replay is not None and stage.name in replay.columns:
            # A log tells of single requests: nothing is known to be gained by working on several.
            return float(batch)
        times = self._timings.stages.get(stage.name)
        return 1.0 if times is None else times.work.batch_factor(batch)

    def passes(
        self, stage: PlannedStage, instances: Requests, sequences: Requests
    ) -> NDArray[np.bool_]:
        """Whether the stage passes something on."""
        times = self._timings.stages.get(stage.name)
        if times is None or times.passes >= 1.0:
            return np.broadcast_to(np.True_, np.shape(instances))
        return self._uniforms(f"passes/{stage.name}", instances, sequences) < times.passes

    def encode_ns(self, output: str, instances: Requests, sequences: Requests) -> Times:
        """The maker's work until the message is ready."""
        messages = self._timings.messages
        if messages.encode_by_size:
            sized = messages.encode_by_size
            return self._sized_ns(sized, f"encode/{output}", output, instances, sequences)
        return self._message_ns(messages.encode, "encode", output, instances, sequences)

    def publish_ns(self, output: str, instances: Requests, sequences: Requests) -> Times:
        """The maker's work to hand the message over."""
        law = self._timings.messages.publish
        return self._message_ns(law, "publish", output, instances, sequences)

    @property
    def broker_ns(self) -> float:
        """The broker's work on one message, which delays the messages behind it."""
        return self._timings.messages.broker_s * NS_PER_S

    def transfer_ns(
        self, output: str, target: str, instances: Requests, sequences: Requests
    ) -> Times:
        """The rest of a message's way to *target*, besides links and the broker's work."""
        sized = self._timings.messages.transfer
        if not sized:
            return _always(0.0, instances)
        purpose = f"transfer/{output}/{target}"
        times_ns = self._sized_ns(sized, purpose, output, instances, sequences)
        return np.maximum(times_ns - self.broker_ns, 0.0)

    def _sized_ns(
        self,
        sized: tuple[SizedTime, ...],
        purpose: str,
        output: str,
        instances: Requests,
        sequences: Requests,
    ) -> Times:
        """What *sized* says of messages with *output*, between two sizes by quantile."""
        low, high, share = between(sized, self.payload_bytes(output))
        shares = self._shares(low.time, purpose, instances, sequences)
        times = _times(low.time, shares, instances)
        if share > 0.0:
            times = times + (_times(high.time, shares, instances) - times) * share
        return times * NS_PER_S

    def delay_ns(
        self, carriage: Carriage, crossing: Crossing, instances: Requests, sequences: Requests
    ) -> Times:
        """How long the last bit of a message is under way on a link, after it was sent."""
        law = link_law(crossing.direction)
        if crossing.direction.jitter.law == "none":
            return _always(law.mean_delay_s * NS_PER_S, instances)
        shares = self.delay_shares(carriage, crossing, instances, sequences)
        return law.delays_s(shares) * NS_PER_S

    def delay_shares(
        self, carriage: Carriage, crossing: Crossing, instances: Requests, sequences: Requests
    ) -> Times:
        """Where in the delay's law each message lies, from 0 to 1, exclusive."""
        purpose = f"delay/{carriage.purpose}/{crossing.link}/{crossing.way}"
        return np.maximum(self._uniforms(purpose, instances, sequences), _LEAST_SHARE)

    def recovery_ns(
        self, carriage: Carriage, output: str, instances: Requests, sequences: Requests
    ) -> Times:
        """How much later a message arrives because packets of it were lost and sent again."""
        loss, frames = carriage.loss, self.frames(output)
        if loss == 0.0:
            return _always(0.0, instances)
        hit = -math.expm1(frames * math.log1p(-loss))
        shares = self._uniforms(f"loss/{carriage.purpose}", instances, sequences)
        round_trip_ns = 2 * carriage.delay_s * NS_PER_S
        timeout_ns = LEAST_TIMEOUT_NS + round_trip_ns
        # The last segment is missed once the next message's arrives; the others, by those behind.
        behind_ns = self._until_next_ns(carriage, instances, sequences)
        behind_ns = np.where(shares / hit * frames < 1.0, behind_ns, 0.0)
        late = np.minimum(timeout_ns, behind_ns + RACK_ROUND_TRIPS * round_trip_ns)
        again = self._uniforms(f"loss-again/{carriage.purpose}", instances, sequences)
        # How often what was sent again is lost once more: each time the wait doubles.
        more = np.floor(np.log(np.maximum(again, _LEAST_SHARE)) / math.log(loss))
        late = late + timeout_ns * (np.exp2(more + 1.0) - 2.0)
        return np.where(shares < hit, late, 0.0)

    def _until_next_ns(self, carriage: Carriage, instances: Requests, sequences: Requests) -> Times:
        """How long until the next message on the connection, as if they came independently."""
        rate_per_s = self._rates_per_s[carriage.connection]
        shares = self._uniforms(f"loss-next/{carriage.purpose}", instances, sequences)
        waits: Times = -np.log1p(-shares) * (NS_PER_S / rate_per_s)
        return waits

    @cached_property
    def _rates_per_s(self) -> dict[str, float]:
        """Messages a second on each connection, of one instance where each has its own."""
        rates: dict[str, float] = {}
        for sent in self._plan.publications.values():
            times = self._timings.stages.get(sent.output)
            sensor = self._scenario.sensors[self._scenario.origin(sent.output)]
            each_per_s = (1.0 if times is None else times.passes) / sensor.arrivals.interval_s
            ways = [
                way for to in sent.deliveries for way in (to.bridge, to.last) if way is not None
            ]
            for way in {found.purpose: found for found in (sent.first, *ways)}.values():
                number = 1 if way.each else self._experiment.instances
                rates[way.connection] = rates.get(way.connection, 0.0) + each_per_s * number
        # A stage may pass nothing on at all.
        return {name: max(rate, _LEAST_SHARE) for name, rate in rates.items()}

    @cached_property
    def _logged_s(self) -> dict[str, Times]:
        """The columns of the replay as arrays: the vector engine asks for them piece by piece."""
        replay = self._timings.replay
        columns = {} if replay is None else replay.columns
        return {stage: np.asarray(times_s) for stage, times_s in columns.items()}

    def _rows(self, sensor: str, instances: Requests, sequences: Requests) -> Requests:
        """The places of requests in the order in which all of *sensor*'s are scheduled."""
        offsets, scheduled = self._scheduled(sensor)
        if sensor not in self._ranks:
            ranks = np.empty(len(scheduled), np.int64)
            ranks[np.argsort(scheduled, kind="stable")] = np.arange(len(scheduled))
            self._ranks[sensor] = ranks
        rows: Requests = self._ranks[sensor][offsets[instances] + sequences]
        return rows

    def _scheduled(self, sensor: str) -> tuple[Requests, Requests]:
        """When all of *sensor*'s requests are due (ns), and where each instance's begin."""
        if sensor not in self._due_ns:
            arrivals = next(plan for plan in plan_all(self._experiment) if plan.sensor == sensor)
            counts = [len(row) for row in arrivals.instants_ns]
            offsets = np.concatenate([[0], np.cumsum(counts)])
            self._due_ns[sensor] = (offsets, np.concatenate(arrivals.instants_ns))
        return self._due_ns[sensor]

    def _stage_shares(
        self,
        law: TimeLaw,
        what: str,
        stage: PlannedStage,
        instances: Requests,
        sequences: Requests,
    ) -> Times | None:
        """Those of *what* a stage does; one row for all stages of a request where there are rows.

        Rows with moments are those measured about the moment that stands for the request's own.
        """
        timings = self._timings
        if not timings.rows:
            return self._shares(law, f"{what}/{stage.name}", instances, sequences)
        if timings.moments is None:
            return self._shares(law, "row", instances, sequences)
        offsets, due_ns = self._scheduled(stage.origin)
        due_s = due_ns[offsets[instances] + sequences] / NS_PER_S
        near = self._uniforms("row", instances, sequences)

        def begin(stretches: Requests) -> Times:
            return self._uniforms("stretch", np.zeros_like(stretches), stretches)

        return moment_shares(timings.moments, due_s, near, begin)

    def _message_ns(
        self, law: TimeLaw, what: str, output: str, instances: Requests, sequences: Requests
    ) -> Times:
        shares = self._shares(law, f"{what}/{output}", instances, sequences)
        return _times(law, shares, instances) * NS_PER_S

    def _shares(
        self, law: TimeLaw, purpose: str, instances: Requests, sequences: Requests
    ) -> Times | None:
        """None for a law that needs none."""
        if isinstance(law, ConstantTime):
            return None
        return self._uniforms(purpose, instances, sequences)

    def _uniforms(self, purpose: str, instances: Requests, sequences: Requests) -> Times:
        return rng.uniforms(rng.key(self._seed, purpose), instances, sequences)


def moment_shares(
    moments: Moments, due_s: Times, near: Times, begin: Callable[[Requests], Times]
) -> Times:
    """The shares at which rows lie that stand for requests due at *due_s*.

    *near* (uniform) chooses among the rows of about one moment; *begin* gives a uniform number for
    each stretch by its number, from which it begins.
    """
    at_s = np.asarray(moments.at_s)
    length_s = at_s[-1] - at_s[0]
    stretch_s = min(moments.stretch_s, length_s) if length_s > 0 else moments.stretch_s
    stretches, numbers = np.unique(
        np.floor_divide(due_s, stretch_s).astype(np.int64), return_inverse=True
    )
    # A stretch begins at any row, so that rows count alike however close they lie, and behind the
    # last row the first one follows.
    begins_s = at_s[(begin(stretches) * len(at_s)).astype(np.int64)] - at_s[0]
    since_s = begins_s[numbers] + np.mod(due_s, stretch_s)
    moment_s = at_s[0] + (np.mod(since_s, length_s) if length_s > 0 else 0.0)
    first = np.searchsorted(at_s, moment_s - moments.near_s, side="left")
    last = np.searchsorted(at_s, moment_s + moments.near_s, side="right")
    # Where nothing was measured about that moment, the next row stands for it.
    rows = np.minimum(first + np.floor(near * np.maximum(last - first, 1)), len(at_s) - 1)
    shares: Times = (rows + 0.5) / len(at_s)
    return shares


def _times(law: TimeLaw, shares: Times | None, instances: Requests) -> Times:
    return _always(law.mean_s, instances) if shares is None else law.times_s(shares)


def _always(time: float, instances: Requests) -> Times:
    """The same for all, without the memory for it."""
    return np.broadcast_to(np.float64(time), np.shape(instances))
