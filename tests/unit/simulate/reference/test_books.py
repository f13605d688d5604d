"""Whatever a small experiment looks like: the books are right and time runs forward."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from edge_aibench.model.disturbances import BackgroundTraffic, Disturbances, Fault
from edge_aibench.model.experiment import Experiment
from edge_aibench.model.link import Jitter, LinkDirection
from edge_aibench.model.scenario import Discipline, Sensor, Serving, Stage
from edge_aibench.model.time_law import (
    ConstantTime,
    ErlangTime,
    ExponentialTime,
    LognormalTime,
    MeasuredTimes,
    TimeLaw,
    UniformTime,
)
from edge_aibench.model.timings import MessageTimes, SizedTime, StageTimes
from edge_aibench.record.accounting import accounting_problems, count
from edge_aibench.record.data import RunData
from edge_aibench.record.events import Kind
from edge_aibench.simulate.outcome import Simulated
from edge_aibench.simulate.plan import SimulationPlan
from edge_aibench.simulate.reference.engine import run_reference
from edge_aibench.simulate.results import to_run_data
from tests.statistical.simulate.build import build, hosts, link, periodic, poisson

HOSTS = ("device", "hub", "far")


def times() -> st.SearchStrategy[TimeLaw]:
    some_s = st.sampled_from([0.0, 0.001, 0.004, 0.01])
    more_s = st.sampled_from([0.001, 0.003, 0.01])
    shares = st.sampled_from([0.0, 0.5, 1.0])
    laws: list[st.SearchStrategy[TimeLaw]] = [
        st.tuples(some_s, shares).map(lambda p: ConstantTime(time_s=p[0], marginal=p[1])),
        more_s.map(lambda mean_s: ExponentialTime(mean=mean_s)),
        more_s.map(lambda longest_s: UniformTime(shortest_s=0.0, longest_s=longest_s)),
        more_s.map(lambda mean_s: LognormalTime(mean=mean_s, spread_s=mean_s)),
        more_s.map(lambda mean_s: ErlangTime(mean=mean_s, phases=3)),
        st.lists(some_s, min_size=1, max_size=4).map(
            lambda measured_s: MeasuredTimes(measured_s=tuple(measured_s))
        ),
    ]
    return st.one_of(laws)


def directions() -> st.SearchStrategy[LinkDirection]:
    jitter = st.sampled_from(
        [
            Jitter(),
            Jitter(law="uniform", spread_s=0.001),
            Jitter(law="normal", spread_s=0.001),
            Jitter(law="lognormal", spread_s=0.003),
        ]
    )
    return st.tuples(
        st.sampled_from([0.003, 0.01]),
        jitter,
        st.sampled_from([0.0, 0.0, 0.1]),
        st.sampled_from([None, 1e6, 1e8]),
    ).map(lambda p: LinkDirection(delay_s=p[0], jitter=p[1], loss=p[2], rate_bps=p[3]))


def servings() -> st.SearchStrategy[Serving | None]:
    queues: list[Discipline] = ["fifo", "deadline-first", "drop-late"]
    single = st.tuples(st.integers(1, 3), st.sampled_from(queues)).map(
        lambda p: Serving(workers=p[0], queue=p[1])
    )
    batches = st.tuples(single, st.integers(2, 4), st.sampled_from([0.0, 0.005])).map(
        lambda p: p[0].model_copy(update={"max_batch": p[1], "max_wait_s": p[2]})
    )
    return st.one_of(st.none(), st.none(), single, batches)


def sensors() -> st.SearchStrategy[Sensor]:
    return st.builds(
        lambda law, interval_s, payload_bytes: law(
            "device", interval_s, payload_bytes=payload_bytes
        ),
        st.sampled_from([periodic, poisson]),
        st.sampled_from([0.005, 0.02]),
        st.sampled_from([100.0, 5000.0]),
    )


@st.composite
def stages_of(draw: st.DrawFn, sensor: str, partners: tuple[str, ...]) -> dict[str, Stage]:
    """One to four stages that work for requests of *sensor*, each on what was there before it."""
    made: dict[str, Stage] = {}
    for number in range(draw(st.integers(1, 4))):
        known = [sensor, *made]
        needs = draw(st.lists(st.sampled_from(known), min_size=1, max_size=2, unique=True))
        within = draw(st.lists(st.sampled_from(partners), max_size=1)) if partners else []
        made[f"{sensor}-{number}"] = Stage(
            kind=draw(st.sampled_from(["preprocess", "fuse"])),
            needs=(*needs, *within),
            place=draw(st.sampled_from(HOSTS)),
            payload_bytes=draw(st.sampled_from([0.0, 3000.0])),
            channel=draw(st.sampled_from(["main", "main", "alarm", "bulk"])),
            serving=draw(servings()),
            within_s=dict.fromkeys(within, 0.01),
        )
    return made


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    """Up to two sensors with up to four stages each on three hosts in a row."""
    found = {"one": draw(sensors())}
    stages = draw(stages_of("one", ()))
    ends = {"one": draw(st.sampled_from(list(stages)))}
    if draw(st.booleans()):
        found["two"] = draw(sensors())
        others = draw(stages_of("two", ("one", *stages)))
        ends["two"] = draw(st.sampled_from(list(others)))
        stages |= others
    disturbances = Disturbances()
    if draw(st.integers(0, 3)) == 0:
        fault = Fault(
            kind="node",
            name=draw(st.sampled_from(HOSTS)),
            at_s=draw(st.sampled_from([0.0, 0.05])),
            lasts_s=draw(st.sampled_from([0.02, None])),
        )
        broken = Fault(kind="link", name="first", at_s=0.1, lasts_s=0.05)
        traffic = BackgroundTraffic(link="second", up_bps=5e5, down_bps=1e5)
        disturbances = Disturbances(faults=(fault, broken), background=(traffic,))
    transfer = (SizedTime(payload_bytes=1.0, time=draw(times())),)
    return build(
        sensors={
            name: sensor.model_copy(update={"done_at": ends[name]})
            for name, sensor in found.items()
        },
        stages=stages,
        nodes=hosts(*HOSTS, each=("device",)),
        links={
            "first": link("device", "hub", up=draw(directions()), down=draw(directions())),
            "second": link("hub", "far", up=draw(directions()), down=draw(directions())),
        },
        done_at=ends["one"],
        works={
            name: StageTimes(work=draw(times()), passes=draw(st.sampled_from([1.0, 1.0, 0.5])))
            for name in stages
        },
        messages=MessageTimes(
            encode=draw(times()),
            publish=draw(times()),
            transfer=transfer,
            broker_s=draw(st.sampled_from([0.0, 0.001])),
        ),
        disturbances=disturbances,
        instances=draw(st.integers(1, 3)),
        duration_s=0.2,
        warmup_s=0.02,
        seed=draw(st.integers(0, 1000)),
        timeout_s=draw(st.sampled_from([0.03, 10.0])),
        qos=draw(st.sampled_from([0, 1])),
    )


def every_request_ended_once(data: RunData) -> None:
    counts = count(data)
    assert accounting_problems(data, counts) == ()
    assert counts.planned == len(data.requests) == data.planned
    assert counts.unaccounted == 0
    assert counts.planned == counts.warmup + counts.measured + counts.filtered


def parts_add_up(data: RunData) -> None:
    """The hops of an answer follow each other without gap from its schedule to its end."""
    hops = data.hops
    assert (hops["end_ns"] >= hops["start_ns"]).all()
    critical = hops[hops["critical"]].sort_values(["request", "index"], kind="stable")
    answered = data.requests[data.requests["status"] == "answered"]
    columns = [answered[name].tolist() for name in ("request", "scheduled_ns", "done_ns")]
    for request, scheduled_ns, done_ns in zip(*columns, strict=True):
        mine = critical[critical["request"] == request]
        ends = mine["end_ns"].tolist()
        assert mine["start_ns"].tolist() == [scheduled_ns, *ends[:-1]]
        assert ends[-1] == done_ns


def no_worker_does_two_things(experiment: Experiment, simulated: Simulated) -> None:
    """Of the stages without workers of their own that share a host."""
    plan = SimulationPlan.of(experiment)
    for group in plan.groups.values():
        if not group.computes:
            continue
        spans: dict[int, list[tuple[int, int]]] = {}
        for stage in group.stages:
            if stage.serving is not None:
                continue
            table = simulated.tables[stage.origin]
            row = table.row(Kind.SERVED, stage.name, group.name)
            for r in row.there.nonzero()[0].tolist():
                host = int(table.instances()[r]) if group.each else 0
                spans.setdefault(host, []).append((int(row.start_ns[r]), int(row.end_ns[r])))
        for found in spans.values():
            found.sort()
            for before, after in pairwise(found):
                assert after[0] >= before[1] or before[0] == after[0] == before[1]


def messages_come_after_they_were_sent(experiment: Experiment, simulated: Simulated) -> None:
    for sent in SimulationPlan.of(experiment).publications.values():
        table = simulated.tables[experiment.scenario.origin(sent.output)]
        made = table.row(Kind.SENT, sent.output, sent.source)
        assert (made.end_ns[made.there] >= made.start_ns[made.there]).all()
        for delivery in sent.deliveries:
            came = table.row(Kind.RECEIVED, sent.output, delivery.target)
            assert made.there[came.there].all()
            assert (came.end_ns[came.there] >= made.start_ns[came.there]).all()


@settings(max_examples=60)
@given(experiments())
def test_the_laws_of_every_run(experiment: Experiment) -> None:
    simulated = run_reference(SimulationPlan.of(experiment))
    data = to_run_data(experiment, simulated)
    every_request_ended_once(data)
    parts_add_up(data)
    no_worker_does_two_things(experiment, simulated)
    messages_come_after_they_were_sent(experiment, simulated)


@settings(max_examples=15)
@given(experiments())
def test_a_run_repeats_to_the_bit(experiment: Experiment) -> None:
    plan = SimulationPlan.of(experiment)
    first, second = (
        to_run_data(experiment, run_reference(plan)),
        to_run_data(experiment, run_reference(plan)),
    )
    assert first.requests.equals(second.requests)
    assert first.hops.equals(second.hops)
