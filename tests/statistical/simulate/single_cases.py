"""Single stations: one worker or several, by the law of their times and arrivals."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import numpy as np

from edge_aibench.model.experiment import Experiment
from edge_aibench.model.scenario import Sensor, Serving
from edge_aibench.model.time_law import (
    ConstantTime,
    ErlangTime,
    ExponentialTime,
    LognormalTime,
    MeasuredTimes,
    TimeLaw,
    UniformTime,
)
from edge_aibench.record.events import Kind
from tests.statistical.simulate import closed_forms as theory
from tests.statistical.simulate.build import (
    build,
    exponential,
    hosts,
    periodic,
    poisson,
    work,
)
from tests.statistical.simulate.case import (
    INTERVAL_S,
    RATE,
    Case,
    Figure,
    beyond,
    mean,
    sojourn,
    wait,
)
from tests.statistical.simulate.measure import Numbers, Run


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
        Figure(
            f"beyond p{100 * (1 - left):g} of time there",
            left,
            beyond(sojourn, limit_s),
            "",
            theory.mm1_tail_variance(use, left),
        )
        for left, limit_s in ((p, -math.log(p) * sojourn_s) for p in tails)
    )
    return _single(
        f"M/M/1, use {use:g}" + (f", speed {speed:g}" if speed != 1 else ""),
        exponential(mean_s * speed),
        (
            Figure("mean wait", theory.mm1_wait_s(RATE, mean_s), mean(wait)),
            Figure("share that waits", use, beyond(wait, 0.0), ""),
            *quantiles,
            # Who comes in a Poisson stream sees what is there on the average: Little's law.
            Figure("number found there", RATE * sojourn_s, mean(_seen), ""),
            Figure("finds 5 or more", use**5, beyond(_seen, 4.5), ""),
        ),
        speed=speed,
    )


def _mg1(law: str, times: TimeLaw, square: float) -> Case:
    wait_s = theory.pollaczek_khinchine_s(RATE, times.mean_s, square)
    return _single(law, times, (Figure("mean wait", wait_s, mean(wait)),))


def _pool(law: str, times: TimeLaw, servers: int, *figures: Figure) -> Case:
    return _single(law, times, figures, serving=Serving(workers=servers))


def _mmc(servers: int, use: float) -> Case:
    mean_s = servers * use * INTERVAL_S
    return _pool(
        f"M/M/{servers} of a pool, use {use:g}",
        exponential(mean_s),
        servers,
        Figure("mean wait", theory.mmc_wait_s(RATE, mean_s, servers), mean(wait)),
        Figure("share that waits", theory.erlang_c(RATE, mean_s, servers), beyond(wait, 0.0), ""),
    )


def _mdc(servers: int, use: float) -> Case:
    time_s = servers * use * INTERVAL_S
    return _pool(
        f"M/D/{servers} of a pool, use {use:g}",
        ConstantTime(time_s=time_s),
        servers,
        Figure("mean wait", theory.mdc_wait_s(RATE, time_s, servers), mean(wait)),
    )


def _dm1(use: float) -> Case:
    mean_s = use * INTERVAL_S
    return _single(
        f"D/M/1, use {use:g}",
        exponential(mean_s),
        (
            Figure("mean wait", theory.dm1_wait_s(INTERVAL_S, mean_s), mean(wait)),
            Figure("share that waits", theory.dm1_root(use), beyond(wait, 0.0), ""),
        ),
        sensor=periodic("host", INTERVAL_S),
    )


def _batches(size: int, mean_s: float) -> Case:
    """Exponential times that do not depend on how many are worked on together."""
    wait_s = theory.batches_wait_s(RATE, mean_s, size)
    return _single(
        f"M/M(1,{size})/1, load {mean_s * RATE:g}",
        ExponentialTime(mean=mean_s, marginal=0.0),
        (Figure("mean wait", wait_s, mean(wait)),),
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
        (Figure("share given up", exact, mean(dropped), ""),),
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
            Figure("mean wait of one", wait_s, mean(wait)),
            Figure("mean wait of the other", wait_s, mean(other, "other")),
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


HEAVY = tuple(
    replace(case, warmup=4000)
    for case in (
        _mm1(0.8, tails=(0.5, 0.1, 0.01)),
        # At 0.9 a million requests leave p99 within ± 94 % only, which would say nothing.
        _mm1(0.9),
        _mg1("M/LN/1, use 0.7", LognormalTime(mean=0.007, spread_s=0.0105), 0.007**2 * 3.25),
        _mmc(8, 0.9),
        _mdc(8, 0.9),
    )
)
"""Cases that need a million requests for an interval that says something."""
