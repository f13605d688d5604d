"""Experiments whose figures theory knows in closed form.

A case gives the same figures at every length; the tests run it short, the table of
docs/theory.md long.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from edge_aibench.model.experiment import Experiment
from edge_aibench.model.link import LinkDirection
from edge_aibench.model.scenario import Sensor, Serving, Stage
from edge_aibench.model.time_law import (
    ConstantTime,
    ErlangTime,
    ExponentialTime,
    LognormalTime,
    MeasuredTimes,
    TimeLaw,
    UniformTime,
)
from edge_aibench.model.timings import MessageTimes, StageTimes
from edge_aibench.record.events import Kind
from tests.statistical.simulate import closed_forms as theory
from tests.statistical.simulate.build import (
    build,
    exponential,
    hosts,
    link,
    meet,
    periodic,
    poisson,
    work,
)
from tests.statistical.simulate.measure import Numbers, Run, share_beyond

INTERVAL_S = 0.01
RATE = 1.0 / INTERVAL_S
Measure = Callable[[Run], Numbers]
"""One number for each part of a run."""


@dataclass(frozen=True)
class Figure:
    """Something theory knows; *unit* is "ms" for times in seconds, "" for shares and counts."""

    name: str
    exact: float
    measure: Measure
    unit: str = "ms"


@dataclass(frozen=True)
class Case:
    """An experiment by how long it lasts (s) and how many instances it has, and its figures.

    A case with *shared* stations has so many *instances* and is cut into parts by time; others
    have an instance for each part. A request comes every *interval_s* at the station, and *warmup*
    of them come before those that count: 19 times what M/M/1 at a use of 0.7 takes to forget how
    it began, 1 / (1 - sqrt(use))^2 service times.
    """

    law: str
    experiment: Callable[..., Experiment]
    figures: tuple[Figure, ...]
    sensor: str = "source"
    shared: bool = False
    instances: int = 1
    interval_s: float = INTERVAL_S
    warmup: int = 500

    def made(self, *, parts: int, requests: int) -> Experiment:
        """The experiment with *parts* of about *requests* each after its warm-up."""
        span_s = requests * self.interval_s
        return self.experiment(
            instances=self.instances if self.shared else parts,
            duration_s=parts * span_s if self.shared else span_s,
            warmup_s=self.warmup * self.interval_s,
        )


def _station(
    law: TimeLaw, *, sensor: Sensor, serving: Serving | None, speed: float = 1.0, **chosen: float
) -> Experiment:
    """A sensor and a stage on the same host, one for each instance."""
    return build(
        sensors={"source": sensor},
        stages={"work": work("source", on="host", serving=serving)},
        nodes=hosts("host", each=("host",), speeds={"host": speed}),
        done_at="work",
        works={"work": law},
        **chosen,  # type: ignore[arg-type]
    )


def _wait(run: Run) -> Numbers:
    return run.wait_s("work", "host", after="source", kind=Kind.OBSERVED)


def _sojourn(run: Run) -> Numbers:
    came_s = run.end_s(Kind.OBSERVED, "source", "host")
    return run.end_s(Kind.SERVED, "work", "host") - came_s


def _mean(of: Callable[[Run], Numbers], sensor: str = "source") -> Measure:
    return lambda run: run.parts(sensor, of(run))


def _beyond(of: Callable[[Run], Numbers], limit: float, sensor: str = "source") -> Measure:
    return lambda run: run.parts(sensor, share_beyond(of(run), limit))


def _seen(run: Run) -> Numbers:
    left_s = run.end_s(Kind.SERVED, "work", "host")
    return run.seen("source", run.due_s("source"), left_s)


def _single(
    law: str,
    times: TimeLaw,
    figures: tuple[Figure, ...],
    *,
    sensor: Sensor | None = None,
    serving: Serving | None = None,
    speed: float = 1.0,
) -> Case:
    made = partial(
        _station,
        times,
        sensor=sensor or poisson("host", INTERVAL_S),
        serving=serving,
        speed=speed,
    )
    return Case(law, made, figures)


def _mm1(use: float, *, speed: float = 1.0, tails: tuple[float, ...] = (0.5, 0.1)) -> Case:
    mean_s = use * INTERVAL_S
    sojourn_s = theory.mm1_sojourn_s(RATE, mean_s)
    quantiles = tuple(
        Figure(f"beyond p{100 * (1 - left):g} of time there", left, _beyond(_sojourn, limit_s), "")
        for left, limit_s in ((p, -math.log(p) * sojourn_s) for p in tails)
    )
    return _single(
        f"M/M/1, use {use:g}" + (f", speed {speed:g}" if speed != 1 else ""),
        exponential(mean_s * speed),
        (
            Figure("mean wait", theory.mm1_wait_s(RATE, mean_s), _mean(_wait)),
            Figure("share that waits", use, _beyond(_wait, 0.0), ""),
            *quantiles,
            # Who comes in a Poisson stream sees what is there on the average: Little's law.
            Figure("number found there", RATE * sojourn_s, _mean(_seen), ""),
            Figure("finds 5 or more", use**5, _beyond(_seen, 4.5), ""),
        ),
        speed=speed,
    )


def _mg1(law: str, times: TimeLaw, square: float) -> Case:
    wait_s = theory.pollaczek_khinchine_s(RATE, times.mean_s, square)
    return _single(law, times, (Figure("mean wait", wait_s, _mean(_wait)),))


def _pool(law: str, times: TimeLaw, servers: int, *figures: Figure) -> Case:
    return _single(law, times, figures, serving=Serving(workers=servers))


def _mmc(servers: int, use: float) -> Case:
    mean_s = servers * use * INTERVAL_S
    return _pool(
        f"M/M/{servers} of a pool, use {use:g}",
        exponential(mean_s),
        servers,
        Figure("mean wait", theory.mmc_wait_s(RATE, mean_s, servers), _mean(_wait)),
        Figure("share that waits", theory.erlang_c(RATE, mean_s, servers), _beyond(_wait, 0.0), ""),
    )


def _mdc(servers: int, use: float) -> Case:
    time_s = servers * use * INTERVAL_S
    return _pool(
        f"M/D/{servers} of a pool, use {use:g}",
        ConstantTime(time_s=time_s),
        servers,
        Figure("mean wait", theory.mdc_wait_s(RATE, time_s, servers), _mean(_wait)),
    )


def _dm1(use: float) -> Case:
    mean_s = use * INTERVAL_S
    return _single(
        f"D/M/1, use {use:g}",
        exponential(mean_s),
        (
            Figure("mean wait", theory.dm1_wait_s(INTERVAL_S, mean_s), _mean(_wait)),
            Figure("share that waits", theory.dm1_root(use), _beyond(_wait, 0.0), ""),
        ),
        sensor=periodic("host", INTERVAL_S),
    )


def _batches(size: int, mean_s: float) -> Case:
    """Exponential times that do not depend on how many are worked on together."""
    wait_s = theory.batches_wait_s(RATE, mean_s, size)
    return _single(
        f"M/M(1,{size})/1, load {mean_s * RATE:g}",
        ExponentialTime(mean=mean_s, marginal=0.0),
        (Figure("mean wait", wait_s, _mean(_wait)),),
        serving=Serving(max_batch=size),
    )


def _dropping(use: float, patience_s: float) -> Case:
    mean_s = use * INTERVAL_S

    def dropped(run: Run) -> Numbers:
        given_up = ~np.isnan(run.end_s(Kind.DROPPED, "work", "host"))
        return given_up.astype(np.float64)

    made = partial(
        _station,
        exponential(mean_s),
        sensor=poisson("host", INTERVAL_S),
        serving=Serving(queue="drop-late"),
        budget_s=patience_s,
    )
    exact = theory.given_up(RATE, mean_s, patience_s)
    return Case(
        f"M/M/1, use {use:g}, gives up after {1000 * patience_s:g} ms",
        made,
        (Figure("share given up", exact, _mean(dropped), ""),),
    )


def _two_sensors(**chosen: float) -> Experiment:
    """Streams of two sensors through one worker, which is exponential with another mean for each:
    M/G/1 with a hyperexponential time.
    """
    return build(
        sensors={
            "source": poisson("host", 1 / 60),
            "other": poisson("host", 1 / 40, done_at="slow"),
        },
        stages={"work": work("source", on="host"), "slow": work("other", on="host")},
        nodes=hosts("host", each=("host",)),
        done_at="work",
        works={"work": exponential(0.004), "slow": exponential(0.008)},
        **chosen,  # type: ignore[arg-type]
    )


def _merging() -> Case:
    square = (60 * 2 * 0.004**2 + 40 * 2 * 0.008**2) / 100
    wait_s = theory.pollaczek_khinchine_s(100.0, 0.0056, square)

    def other(run: Run) -> Numbers:
        return run.wait_s("slow", "host", after="other", kind=Kind.OBSERVED)

    return Case(
        "M/H2/1 of two sensors",
        _two_sensors,
        (
            Figure("mean wait of one", wait_s, _mean(_wait)),
            Figure("mean wait of the other", wait_s, _mean(other, "other")),
        ),
    )


SINGLE = (
    _mm1(0.5),
    _mm1(0.7),
    _mm1(0.6, speed=2.0),
    _mg1("M/D/1, use 0.7", ConstantTime(time_s=0.007), 0.007**2),
    _mg1("M/U/1, use 0.7", UniformTime(shortest_s=0.0, longest_s=0.014), 0.014**2 / 3),
    _mg1("M/E4/1, use 0.7", ErlangTime(mean=0.007, phases=4), 0.007**2 * 1.25),
    _mg1("M/LN/1, use 0.5", LognormalTime(mean=0.005, spread_s=0.005), 0.005**2 * 2.0),
    _mg1(
        "M/G/1, two values, use 0.5",
        MeasuredTimes(measured_s=(0.002,) * 9 + (0.032,)),
        (9 * 0.002**2 + 0.032**2) / 10,
    ),
    _merging(),
    _dm1(0.7),
    _mmc(2, 0.7),
    _mmc(4, 0.7),
    _mdc(1, 0.7),
    _mdc(3, 0.8),
    _batches(2, 0.012),
    _batches(4, 0.021),
    _dropping(0.7, 0.015),
)


def _tandem(stages: dict[str, Stage], nodes: tuple[str, ...], **chosen: float) -> Experiment:
    return build(
        sensors={"source": poisson("host", INTERVAL_S)},
        stages=stages,
        nodes=hosts("host", *nodes, each=("host", "second")),
        links={
            name: link(*name.split("-")) for name in ("host-hub", "second-hub") if "hub" in nodes
        },
        done_at="next",
        works={"work": exponential(0.006), "next": exponential(0.006)},
        **chosen,  # type: ignore[arg-type]
    )


def _in_a_row(
    law: str, made: Callable[..., Experiment], group: str, came: tuple[str, Kind]
) -> Case:
    """Two equal exponential servers one after the other.

    What leaves the first is a Poisson stream (Burke), and the times that a customer spends at
    the two are independent (Reich): together they are Erlang with two phases.
    """
    mean_s = theory.mm1_sojourn_s(RATE, 0.006)

    def second_wait(run: Run) -> Numbers:
        return run.wait_s("next", group, after=came[0], kind=came[1])

    def second(run: Run) -> Numbers:
        return run.end_s(Kind.SERVED, "next", group) - run.end_s(came[1], came[0], group)

    def both(run: Run) -> Numbers:
        return run.end_s(Kind.SERVED, "next", group) - run.due_s("source")

    limit_s = 4.0 * mean_s
    beyond = 5.0 * math.exp(-4.0)
    return Case(
        law,
        made,
        (
            Figure("mean wait at the second", theory.mm1_wait_s(RATE, 0.006), _mean(second_wait)),
            Figure("mean time at both", 2.0 * mean_s, _mean(both)),
            Figure("beyond twice that", beyond, _beyond(both, limit_s), ""),
            Figure(
                "product of both times",
                1e6 * mean_s * mean_s,
                _mean(lambda run: 1e6 * _sojourn(run) * second(run)),
                "",
            ),
        ),
    )


def _over_a_hub() -> Case:
    stages = {"work": work("source", on="host"), "next": work("work", on="second")}
    made = partial(_tandem, stages, ("hub", "second"))
    return _in_a_row("M/M/1 -> M/M/1 on two hosts", made, "second", ("work", Kind.RECEIVED))


def _within_a_host() -> Case:
    stages = {
        "work": work("source", on="host", serving=Serving()),
        "next": work("work", on="host", serving=Serving()),
    }
    made = partial(_tandem, stages, ())
    return _in_a_row("M/M/1 -> M/M/1 in one host", made, "host", ("work", Kind.SERVED))


def _jackson_network(**chosen: float) -> Experiment:
    """Half of what leaves one host, and all that leaves another, meet on a third."""
    return build(
        sensors={
            "source": poisson("host", 0.01),
            "other": poisson("side", 0.025, done_at="side-next"),
        },
        stages={
            "work": work("source", on="host"),
            "next": work("work", on="second"),
            "side-work": work("other", on="side"),
            "side-next": work("side-work", on="second"),
        },
        nodes=hosts("host", "side", "second", "hub", each=("host", "side", "second")),
        links={name: link(name, "hub") for name in ("host", "side", "second")},
        done_at="next",
        works={
            "work": StageTimes(work=exponential(0.006), passes=0.5),
            "side-work": exponential(0.015),
            "next": exponential(0.008),
            "side-next": exponential(0.008),
        },
        **chosen,  # type: ignore[arg-type]
    )


def _jackson() -> Case:
    # 100/s through the first, of which 50/s go on, and 40/s through the side.
    first, side = theory.mm1_sojourn_s(100, 0.006), theory.mm1_sojourn_s(40, 0.015)
    third = theory.mm1_sojourn_s(90, 0.008)

    def end_to_end(run: Run) -> Numbers:
        return run.end_s(Kind.SERVED, "next", "second") - run.due_s("source")

    def from_the_side(run: Run) -> Numbers:
        return run.end_s(Kind.SERVED, "side-next", "second") - run.due_s("other")

    def where_they_meet(run: Run) -> Numbers:
        return run.wait_s("next", "second", after="work", kind=Kind.RECEIVED)

    return Case(
        "open Jackson network: split, merge",
        _jackson_network,
        (
            Figure("mean wait where they meet", third - 0.008, _mean(where_they_meet)),
            Figure("mean end to end", first + third, _mean(end_to_end)),
            Figure("from the side", side + third, _mean(from_the_side, "other")),
        ),
    )


def fork_and_join(servers: int, use: float, **chosen: float) -> Experiment:
    """Each request goes to *servers* hosts with one worker each, and is done when all have been."""
    hands = [f"hand-{number}" for number in range(servers)]
    return build(
        sensors={"source": poisson("host", INTERVAL_S)},
        stages={
            **{hand: work("source", on=hand) for hand in hands},
            "both": meet(*hands, on="host"),
        },
        nodes=hosts("host", *hands, "hub", each=("host", *hands)),
        links={name: link(name, "hub") for name in ("host", *hands)},
        done_at="both",
        works={hand: exponential(use * INTERVAL_S) for hand in hands},
        **chosen,  # type: ignore[arg-type]
    )


def joined(run: Run) -> Numbers:
    """From an observation to its end where all meet."""
    return run.end_s(Kind.SERVED, "both", "host") - run.due_s("source")


def _fork_join() -> Case:
    exact_s = theory.fork_join_of_two_s(RATE, 0.007)
    return Case(
        "fork and join of 2 M/M/1, use 0.7",
        partial(fork_and_join, 2, 0.7),
        (Figure("mean until both are done", exact_s, _mean(joined)),),
    )


NETWORKS = (_over_a_hub(), _within_a_host(), _jackson(), _fork_join())


def _sending(
    *,
    direction: LinkDirection,
    payloads: Mapping[str, tuple[float, float]],
    messages: MessageTimes | None = None,
    **chosen: float,
) -> Experiment:
    """Sensors by interval and size of payload, which speak to a hub over one wire an instance."""
    stages = {f"at-{name}": meet(name, on="hub") for name in payloads}
    return build(
        sensors={
            name: poisson("host", interval_s, done_at=f"at-{name}", payload_bytes=payload_bytes)
            for name, (interval_s, payload_bytes) in payloads.items()
        },
        stages=stages,
        nodes=hosts("host", "hub", each=("host",)),
        links={"wire": link("host", "hub", up=direction)},
        done_at="at-source",
        messages=messages,
        **chosen,  # type: ignore[arg-type]
    )


def _under_way(run: Run, name: str = "source") -> Numbers:
    return run.start_s(Kind.RECEIVED, name, "hub") - run.end_s(Kind.SENT, name, "host")


def _link(delay_s: float) -> Case:
    # 1000 B of payload, 45 of publishing and 66 of headers in one frame are 8888 bits: 7 ms.
    rate_bps = 8 * 1111 / 0.007
    made = partial(
        _sending,
        direction=LinkDirection(rate_bps=rate_bps, delay_s=delay_s),
        payloads={"source": (INTERVAL_S, 1000.0)},
    )
    exact_s = theory.pollaczek_khinchine_s(RATE, 0.007, 0.007**2) + 0.007 + delay_s
    return Case(
        f"link, use 0.7, {1000 * delay_s:g} ms long: M/D/1",
        made,
        (Figure("mean time of a message", exact_s, _mean(_under_way)),),
    )


def _link_of_two_sizes() -> Case:
    # 1111 and 2000 + 45 + 2 * 66 = 2177 B on the wire, at 1 B in 3 us.
    made = partial(
        _sending,
        direction=LinkDirection(rate_bps=8 / 3e-6),
        payloads={"source": (1 / 60, 1000.0), "other": (1 / 60, 2000.0)},
    )
    times = (1111 * 3e-6, 2177 * 3e-6)
    wait_s = theory.constant_classes_wait_s([(60.0, times[0]), (60.0, times[1])])
    return Case(
        "link with messages of two sizes: M/G/1",
        made,
        (
            Figure("mean time of small ones", wait_s + times[0], _mean(_under_way)),
            Figure(
                "mean time of large ones",
                wait_s + times[1],
                _mean(lambda run: _under_way(run, "other"), "other"),
            ),
        ),
    )


def _broker() -> Case:
    made = partial(
        _sending,
        direction=LinkDirection(),
        payloads={"source": (50 * INTERVAL_S, 100.0)},
        messages=MessageTimes(broker_s=0.008),
    )
    exact_s = theory.pollaczek_khinchine_s(RATE, 0.008, 0.008**2) + 0.008
    return Case(
        "broker of 50 senders, use 0.8: M/D/1",
        made,
        (Figure("mean time of a message", exact_s, _mean(_under_way)),),
        shared=True,
        instances=50,
    )


def _lost(share: float) -> Case:
    """One frame a message: each loss on end doubles what TCP waits, so that a message that is lost
    k times is 2^k - 1 timeouts of 200 ms and a round trip late.
    """
    made = partial(
        _sending,
        direction=LinkDirection(loss=share, delay_s=0.01),
        payloads={"source": (1000.0, 100.0)},
    )
    timeout_s = 0.2 + 0.02

    def late(times: int) -> Figure:
        limit_s = 0.01 + (2**times - 1) * timeout_s - 1e-3
        return Figure(f"lost {times} times or more", share**times, _beyond(_under_way, limit_s), "")

    figures = tuple(late(k) for k in (1, 2, 3))
    return Case(f"link that loses {share:.0%}", made, figures, interval_s=1000.0)


LINKS = (_link(0.0), _link(0.1), _link_of_two_sizes(), _broker(), _lost(0.3))

CASES = (*SINGLE, *NETWORKS, *LINKS)

HEAVY = tuple(
    replace(case, warmup=4000)
    for case in (
        _mm1(0.8, tails=(0.5, 0.1, 0.01)),
        _mm1(0.9, tails=(0.5, 0.1, 0.01)),
        _mg1("M/LN/1, use 0.7", LognormalTime(mean=0.007, spread_s=0.0105), 0.007**2 * 3.25),
        _mmc(8, 0.9),
        _mdc(8, 0.9),
    )
)
"""Cases that need a million requests for an interval that says something."""
