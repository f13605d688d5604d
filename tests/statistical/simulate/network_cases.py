"""Stations one after the other, networks that split and merge, fork and join."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from edge_aibench.model.experiment import Experiment
from edge_aibench.model.scenario import Serving, Stage
from edge_aibench.model.timings import StageTimes
from edge_aibench.record.events import Kind
from tests.statistical.simulate import closed_forms as theory
from tests.statistical.simulate.build import (
    build,
    exponential,
    hosts,
    link,
    meet,
    poisson,
    work,
)
from tests.statistical.simulate.case import INTERVAL_S, RATE, Case, Figure, beyond, mean, sojourn
from tests.statistical.simulate.measure import Numbers, Run


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
    share = 5.0 * math.exp(-4.0)
    return Case(
        law,
        made,
        (
            Figure("mean wait at the second", theory.mm1_wait_s(RATE, 0.006), mean(second_wait)),
            Figure("mean time at both", 2.0 * mean_s, mean(both)),
            Figure("beyond twice that", share, beyond(both, limit_s), ""),
            Figure(
                "product of both times",
                1e6 * mean_s * mean_s,
                mean(lambda run: 1e6 * sojourn(run) * second(run)),
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
            Figure("mean wait where they meet", third - 0.008, mean(where_they_meet)),
            Figure("mean end to end", first + third, mean(end_to_end)),
            Figure("from the side", side + third, mean(from_the_side, "other")),
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
        (Figure("mean until both are done", exact_s, mean(joined)),),
    )


NETWORKS = (_over_a_hub(), _within_a_host(), _jackson(), _fork_join())
