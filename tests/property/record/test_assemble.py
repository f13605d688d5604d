"""Whatever the instants: the parts of an answered request add up to its latency, to the last ns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_aibench.model.placement import place
from edge_aibench.model.workload import ArrivalPlan
from edge_aibench.record.assemble import Assembled, Assembler, Timeline
from edge_aibench.record.event_table import EventTable
from edge_aibench.record.events import Kind
from edge_aibench.testing.events import EventScript
from edge_aibench.testing.ward import NAMES, small_ward, three_tiers

BEDS = 2
NODES = ("ward-1", "ward-2", "edge", "cloud")
GROUPS = ("ward", "ward", "edge", "cloud")
PLACES = ("ward", "edge", "cloud")


@dataclass(frozen=True)
class Run:
    """One made-up run, with what became of each of its requests."""

    assembled: Assembled
    done: dict[int, int]


class Story:
    """Writes the events of one request, each at or after what it follows."""

    def __init__(
        self, script: EventScript, request: tuple[int, int], draw: st.DrawFn, *, holds: bool
    ) -> None:
        self._script = script
        self._request = request
        self._draw = draw
        self._holds = holds
        self._free: dict[str, int] = {}

    def gap(self) -> int:
        return self._draw(st.integers(0, 10_000_000))

    def observe(self, due: int) -> int:
        made = due + self.gap()
        self._add(Kind.OBSERVED, "monitor", "ward", due, made)
        return made

    def send(self, name: str, source: str, since: int) -> int:
        handed = since + self.gap()
        self._add(Kind.SENT, name, source, handed, handed + self.gap())
        return handed

    def receive(self, name: str, target: str, handed: int) -> int:
        arrived = handed + self.gap()
        self._add(Kind.RECEIVED, name, target, arrived, arrived)
        return arrived

    def serve(self, name: str, group: str, since: int) -> int:
        start = max(since, self._free.get(group, 0)) + self.gap()
        end = start + self.gap()
        self._add(Kind.SERVED, name, group, start, end)
        if self._holds:
            released = end + self.gap()
            self._add(Kind.HELD, name, group, end, released)
            end = released
        self._free[group] = end
        return end

    def _add(self, kind: Kind, name: str, group: str, start: int, end: int) -> None:
        node = f"ward-{self._request[0] + 1}" if group == "ward" else group
        self._script.add(kind, name, node, start, end, request=self._request)


@st.composite
def runs(draw: st.DrawFn) -> Run:
    groups = {task: draw(st.sampled_from(PLACES)) for task in ("first", "second")}
    choice = ",".join(f"{task}={group}" for task, group in groups.items())
    dilation = draw(st.sampled_from([1.0, 1.7, 3.0, 10.0]))
    script = EventScript(NAMES, NODES, origin_ns=draw(st.integers(0, 2**50)), dilation=dilation)
    holds = draw(st.booleans())
    instants = tuple(
        np.array(sorted(draw(st.lists(st.integers(0, 10**9), max_size=3))), dtype=np.int64)
        for _ in range(BEDS)
    )
    plan = ArrivalPlan(sensor="monitor", instants_ns=instants, warmup_ns=0)
    done: dict[int, int] = {}
    for number, (request, due) in enumerate(_requests(plan)):
        answered = draw(st.booleans())
        end = _tell(Story(script, request, draw, holds=holds), due, groups, answered=answered)
        if answered:
            done[number] = end
    scenario, topology = small_ward(), three_tiers()
    table = EventTable(script.events(), plan, names=NAMES, group_of_node=GROUPS)
    timeline = Timeline(origin_ns=script._origin_ns, dilation=dilation, end_ns=0, cut_short=False)
    assembler = Assembler(
        scenario, topology, place(scenario, topology, choice), plan, table, timeline
    )
    return Run(assembler.assemble(), done)


def _requests(plan: ArrivalPlan) -> Iterator[tuple[tuple[int, int], int]]:
    for instance, row in enumerate(plan.instants_ns):
        for sequence, due in enumerate(row.tolist()):
            yield (instance, sequence), due


def _tell(story: Story, due: int, groups: dict[str, str], *, answered: bool) -> int:
    """One request through the ward; unanswered ones stop before the bedside."""
    made = story.observe(due)
    at_hand = {"ward": made}
    if set(groups.values()) - {"ward"}:
        handed = story.send("monitor", "ward", made)
        at_hand |= {
            group: story.receive("monitor", group, handed)
            for group in sorted(set(groups.values()) - {"ward"})
        }
    windows = {
        group: story.serve("window", group, at_hand[group])
        for group in sorted(set(groups.values()))
    }
    arrived = []
    for task, group in groups.items():
        end = story.serve(task, group, windows[group])
        if group != "ward":
            end = story.receive(task, "ward", story.send(task, group, end))
        arrived.append(end)
    return story.serve("bedside", "ward", max(arrived)) if answered else 0


@settings(max_examples=30)
@given(runs())
def test_the_parts_of_a_request_add_up_to_its_latency_exactly(run: Run) -> None:
    critical = run.assembled.hops[run.assembled.hops["critical"]].sort_values("index")
    for request in run.assembled.requests.to_dict("records"):
        if request["status"] != "answered":
            continue
        spans = critical[critical["request"] == request["request"]]
        instants = [request["scheduled_ns"], *spans["end_ns"].tolist()]
        assert spans["start_ns"].tolist() == instants[:-1], "a gap or an overlap"
        assert instants[-1] == request["done_ns"]
        assert (spans["end_ns"] >= spans["start_ns"]).all()


@settings(max_examples=30)
@given(runs())
def test_every_request_ends_exactly_once_and_at_its_own_instant(run: Run) -> None:
    requests = run.assembled.requests
    assert requests["request"].tolist() == list(range(len(requests)))
    assert run.assembled.planned == len(requests)
    for request in requests.to_dict("records"):
        if request["request"] in run.done:
            assert request["status"] == "answered"
            # Wall instants are whole nanoseconds, so a virtual one is off by half at most.
            assert abs(request["done_ns"] - run.done[request["request"]]) <= 1
        else:
            assert request["status"] == "timeout"


@settings(max_examples=30)
@given(runs())
def test_no_hop_stands_twice_and_numbers_order_each_branch(run: Run) -> None:
    hops = run.assembled.hops
    assert not hops.duplicated(["request", "branch", "index"]).any()
    foreground = hops[hops["branch"] != "background"].sort_values(["request", "branch", "index"])
    for _, branch in foreground.groupby(["request", "branch"]):
        starts = branch["start_ns"].to_numpy()
        assert (np.diff(starts) >= 0).all()
