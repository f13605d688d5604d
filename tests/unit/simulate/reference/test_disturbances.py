"""Hosts and links that fail, links that change, and packets of others, by hand.

A message of 1,337 B is one frame: 45 B of publishing and 66 of headers make 1,448 on the wire,
1.448 ms at 8 Mbit/s.
"""

from __future__ import annotations

from typing import Literal

import pytest

from edge_aibench.model.disturbances import BackgroundTraffic, Disturbances, Fault
from edge_aibench.model.experiment import Experiment
from edge_aibench.model.link import Link, LinkDirection
from edge_aibench.model.outage import Outage
from edge_aibench.model.scenario import Serving
from edge_aibench.model.time_law import ConstantTime
from edge_aibench.model.trace_table import TraceColumns, TraceTable
from edge_aibench.record.events import Kind
from tests.statistical.simulate.build import build, hosts, link, meet, periodic, work

from .conftest import Scheduled

MBIT_8 = LinkDirection(rate_bps=8e6)


def faulty(
    kind: Literal["node", "link"],
    name: str,
    *,
    at_ms: float,
    lasts_ms: float | None,
    serving: Serving | None = None,
    qos: Literal[0, 1] = 1,
    instances: int = 1,
) -> Experiment:
    """A sensor, and a stage of 10 ms on a host that it reaches over a link of 1 ms."""
    fault = Fault(
        kind=kind, name=name, at_s=at_ms / 1e3, lasts_s=None if lasts_ms is None else lasts_ms / 1e3
    )
    return build(
        sensors={"source": periodic("host", 1.0)},
        stages={"work": work("source", on="far", serving=serving)},
        nodes=hosts("host", "hub", "far", each=("host", "far")),
        links={
            "wire": link("host", "hub", up=LinkDirection(delay_s=0.001)),
            "rest": link("hub", "far"),
        },
        done_at="work",
        works={"work": ConstantTime(time_s=0.01)},
        disturbances=Disturbances(faults=(fault,)),
        qos=qos,
        instances=instances,
        timeout_s=10.0,
    )


def test_a_host_that_fails_loses_what_it_had_taken_in(scheduled: Scheduled) -> None:
    """It is at the second request, has taken in the third, and is up again for the fourth."""
    experiment = faulty("node", "far", at_ms=25, lasts_ms=15)
    seen = scheduled(experiment, {"source": [[0, 15, 20, 45]]})
    assert seen.spans(Kind.SERVED, "work", "far") == [(1, 11), None, None, (46, 56)]
    assert seen.statuses() == ["answered", "timeout", "timeout", "answered"]


@pytest.mark.parametrize(("qos", "expected"), [(1, (40, 50)), (0, None)])
def test_what_comes_meanwhile_is_kept_at_qos_1_only(
    scheduled: Scheduled, qos: Literal[0, 1], expected: tuple[float, float] | None
) -> None:
    experiment = faulty("node", "far", at_ms=25, lasts_ms=15, qos=qos)
    seen = scheduled(experiment, {"source": [[30]]})
    assert seen.spans(Kind.SERVED, "work", "far") == [expected]


def test_a_host_that_stays_away_answers_nobody_any_more(scheduled: Scheduled) -> None:
    experiment = faulty("node", "far", at_ms=25, lasts_ms=None)
    seen = scheduled(experiment, {"source": [[0, 30]]})
    assert seen.statuses() == ["answered", "timeout"]


def test_a_fault_of_one_host_leaves_its_group_alone(scheduled: Scheduled) -> None:
    experiment = faulty("node", "far-2", at_ms=0, lasts_ms=None, instances=2)
    seen = scheduled(experiment, {"source": [[5], [5]]})
    assert seen.statuses() == ["answered", "timeout"]


def test_the_host_of_a_sensor_that_is_down_observes_nothing(scheduled: Scheduled) -> None:
    experiment = faulty("node", "host", at_ms=10, lasts_ms=10)
    seen = scheduled(experiment, {"source": [[5, 15, 25]]})
    assert seen.spans(Kind.OBSERVED, "source", "host") == [(5, 5), None, (25, 25)]
    assert seen.statuses() == ["answered", "timeout", "answered"]


def test_workers_of_a_stage_go_down_with_their_host(scheduled: Scheduled) -> None:
    experiment = faulty("node", "far", at_ms=25, lasts_ms=15, serving=Serving())
    seen = scheduled(experiment, {"source": [[0, 15, 20, 30, 60]]})
    assert seen.spans(Kind.SERVED, "work", "far") == [(1, 11), None, None, (40, 50), (61, 71)]


def test_a_batch_that_waits_goes_down_with_its_host(scheduled: Scheduled) -> None:
    """The worker waits from 1 to 101 ms for more; its host fails at 25 and is back at 40."""
    serving = Serving(max_batch=4, max_wait_s=0.1)
    experiment = faulty("node", "far", at_ms=25, lasts_ms=15, serving=serving)
    seen = scheduled(experiment, {"source": [[0, 200]]})
    assert seen.spans(Kind.SERVED, "work", "far") == [None, (301, 311)]


def test_a_request_that_waits_for_a_partner_is_lost_with_its_host(scheduled: Scheduled) -> None:
    fault = Fault(kind="node", name="hub", at_s=0.02, lasts_s=0.01)
    experiment = build(
        sensors={"ring": periodic("host", 1.0), "picture": periodic("host", 1.0, done_at="look")},
        stages={
            "look": meet("picture", on="host"),
            "answer": meet("ring", "look", on="hub", within_s={"look": 0.1}),
        },
        nodes=hosts("host", "hub", "broker", each=("host", "hub")),
        links={"wire": link("host", "broker"), "rest": link("broker", "hub")},
        done_at="answer",
        disturbances=Disturbances(faults=(fault,)),
    )
    seen = scheduled(experiment, {"ring": [[10, 50]], "picture": [[60]]})
    assert seen.spans(Kind.SERVED, "answer", "hub") == [None, (60, 60)]


def test_a_link_that_fails_is_tried_again_with_growing_waits(scheduled: Scheduled) -> None:
    """Down from 10 to 300: TCP tries at 15 + 202 = 217 and, twice as long after that, at 621."""
    experiment = faulty("link", "wire", at_ms=10, lasts_ms=290)
    seen = scheduled(experiment, {"source": [[5, 15]]})
    assert seen.ends(Kind.RECEIVED, "source", "far") == pytest.approx([6, 622])


def test_a_link_that_stays_down_carries_nothing_more(scheduled: Scheduled) -> None:
    experiment = faulty("link", "wire/0", at_ms=10, lasts_ms=None, instances=2)
    seen = scheduled(experiment, {"source": [[5, 15], [15]]})
    assert seen.statuses() == ["answered", "timeout", "answered"]


def moving(**columns: tuple[float, ...] | tuple[Outage, ...]) -> Experiment:
    """A link of 8 Mbit/s and 10 ms that changes at 100 ms and at 200 ms."""
    up = LinkDirection(rate_bps=8e6, delay_s=0.01)
    table = TraceTable(
        instants_s=(0.0, 0.1, 0.2),
        up=TraceColumns(**columns),  # type: ignore[arg-type]
        down=TraceColumns(),
    )
    return build(
        sensors={"source": periodic("host", 1.0, payload_bytes=1337.0)},
        stages={"show": meet("source", on="hub")},
        nodes=hosts("host", "hub", each=("host",)),
        links={"wire": Link(between=("host", "hub"), up=up, down=up, trace=table)},
        done_at="show",
        timeout_s=1.0,
    )


def test_a_link_sends_at_the_rate_and_for_the_delay_of_the_instant(scheduled: Scheduled) -> None:
    experiment = moving(rate_bps=(8e6, 16e6, 8e6), delay_s=(0.01, 0.02, 0.03))
    seen = scheduled(experiment, {"source": [[50, 150, 250]]})
    assert seen.ends(Kind.RECEIVED, "source", "hub") == pytest.approx(
        [61.448, 170.724, 281.448], abs=1e-6
    )


def test_messages_keep_their_order_when_the_delay_falls(scheduled: Scheduled) -> None:
    experiment = moving(delay_s=(0.05, 0.001, 0.001))
    seen = scheduled(experiment, {"source": [[90, 102]]})
    assert seen.ends(Kind.RECEIVED, "source", "hub") == pytest.approx([141.448] * 2, abs=1e-6)


def test_what_an_outage_holds_arrives_after_it(scheduled: Scheduled) -> None:
    """Sent before it, under way at its beginning: later by its 100 ms. Offered in it: sent then."""
    experiment = moving(outage=("none", "held", "none"))
    seen = scheduled(experiment, {"source": [[50, 95, 150, 160, 250]]})
    assert seen.ends(Kind.RECEIVED, "source", "hub") == pytest.approx(
        [61.448, 206.448, 211.448, 212.896, 261.448], abs=1e-6
    )


def test_what_an_outage_loses_is_sent_again(scheduled: Scheduled) -> None:
    """Lost at 150, again after 200 ms and a round trip of 20."""
    experiment = moving(outage=("none", "lost", "none"))
    seen = scheduled(experiment, {"source": [[50, 150, 390]]})
    assert seen.ends(Kind.RECEIVED, "source", "hub") == pytest.approx(
        [61.448, 381.448, 401.448], abs=1e-6
    )


def test_packets_of_others_occupy_a_link(scheduled: Scheduled) -> None:
    """At half of its rate messages wait longer, and each at most for what was sent before it."""
    others = BackgroundTraffic(link="wire", up_bps=4e6, packet_bytes=1000.0)
    experiment = build(
        sensors={"source": periodic("host", 1.0, payload_bytes=1337.0)},
        stages={"show": meet("source", on="hub")},
        nodes=hosts("host", "hub", each=("host",)),
        links={"wire": link("host", "hub", up=MBIT_8)},
        done_at="show",
        duration_s=3.0,
        timeout_s=1.0,
        disturbances=Disturbances(background=(others,)),
    )
    dues = [10.0 * k + 5 for k in range(290)]
    seen = scheduled(experiment, {"source": [dues]})
    took = [
        at - due
        for at, due in zip(seen.ends(Kind.RECEIVED, "source", "hub"), dues, strict=True)
        if at is not None
    ]
    assert len(took) == 290
    assert min(took) == pytest.approx(1.448)
    # Half of the time it is idle: by a binomial of 290 with five standard deviations.
    idle = sum(found < 1.449 for found in took)
    assert 100 < idle < 188


def test_the_other_direction_of_a_disturbed_link_is_free(scheduled: Scheduled) -> None:
    others = BackgroundTraffic(link="wire", down_bps=4e6)
    experiment = moving().model_copy(update={"disturbances": Disturbances(background=(others,))})
    seen = scheduled(experiment, {"source": [[50, 60]]})
    assert seen.ends(Kind.RECEIVED, "source", "hub") == pytest.approx([61.448, 71.448], abs=1e-6)
