"""What requests handed over, from hand-made events of a ward of two beds of five requests each."""

from __future__ import annotations

import numpy as np

from edge_aibench.model.workload import ArrivalPlan
from edge_aibench.record.assemble import Timeline
from edge_aibench.record.data import Sent
from edge_aibench.record.event_table import EventTable
from edge_aibench.record.events import Kind
from edge_aibench.record.sent_messages import sent_messages
from edge_aibench.testing.events import EventScript
from edge_aibench.testing.ward import NAMES

S = 1_000_000_000
ORIGIN_NS = 5 * S
NODES = ("ward-1", "ward-2", "edge", "cloud")
GROUPS = ("ward", "ward", "edge", "cloud")


def found(
    *, warmup: int = 0, end_s: int = 60, cut_short: bool = False, answers: bool = False
) -> dict[str, Sent]:
    instants_ns = np.arange(5, dtype=np.int64) * S
    plan = ArrivalPlan(
        sensor="monitor", instants_ns=(instants_ns, instants_ns), warmup_ns=warmup * S
    )
    script = EventScript(NAMES, NODES, origin_ns=ORIGIN_NS)
    for bed in (0, 1):
        for number in range(5):
            request = (bed, number)
            ward = f"ward-{bed + 1}"
            script.add(Kind.SENT, "monitor", ward, number * S, request=request, size=144)
            if answers and bed == 0:
                # One word in two is that there is nothing to say; none of them is received.
                size = 2000 * (number % 2)
                script.add(Kind.SENT, "first", "edge", number * S, request=request, size=size)
    table = EventTable(script.events(), plan, names=NAMES, group_of_node=GROUPS)
    timeline = Timeline(
        origin_ns=ORIGIN_NS, dilation=1.0, end_ns=ORIGIN_NS + end_s * S, cut_short=cut_short
    )
    return sent_messages([plan], {"monitor": table}, timeline)


def test_every_message_counts_with_its_headers() -> None:
    # 144 bytes of payload and MQTT's 45, with 66 of headers.
    assert found() == {"monitor": Sent(messages=10, bits=10 * 8 * 255.0)}


def test_what_never_came_and_says_nothing_was_sent() -> None:
    sent = found(answers=True)["first"]
    # Three of 45 + 66 bytes, two of 2000 + 45 in two segments of 66 more each.
    assert sent == Sent(messages=5, bits=8 * (3 * 111.0 + 2 * 2177.0))


def test_warm_up_is_left_out() -> None:
    assert found(warmup=3)["monitor"].messages == 4


def test_of_a_run_cut_short_what_was_due_counts() -> None:
    assert found(end_s=2)["monitor"].messages == 10
    assert found(end_s=2, cut_short=True)["monitor"].messages == 4


def test_before_anything_is_measured_nothing_was_sent() -> None:
    assert found(warmup=9) == {}
