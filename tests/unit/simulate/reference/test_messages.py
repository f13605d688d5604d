"""Messages on their way, by hand.

The long message here has 14,435 B of payload: with 45 B of publishing ten full frames of 1,448 B,
15,140 B on the wire with 66 B of headers each; at 8 Mbit/s a byte takes a microsecond.
"""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from edge_aibench.model.experiment import Experiment
from edge_aibench.model.link import Jitter, LinkDirection
from edge_aibench.model.scenario import Stage
from edge_aibench.model.time_law import ConstantTime
from edge_aibench.model.timings import MessageTimes, SizedTime
from edge_aibench.record.events import Kind
from tests.statistical.simulate.build import build, hosts, link, meet, periodic

from .conftest import Scheduled, Seen

LONG_BYTES = 14_435.0
WHOLE_MS, FRAME_MS = 15.14, 1.514
MBIT_8 = LinkDirection(rate_bps=8e6)


def over(
    *directions: LinkDirection, payload_bytes: float = LONG_BYTES, **more: float
) -> Experiment:
    """A sensor whose observations go up through one host after another to the broker's."""
    names = ["source-host", *(f"host-{k}" for k in range(1, len(directions))), "hub"]
    ends = zip(names, names[1:], directions, strict=False)
    return build(
        sensors={"source": periodic("source-host", 1.0, payload_bytes=payload_bytes)},
        stages={"show": meet("source", on="hub")},
        nodes=hosts(*names, each=tuple(names[:-1])),
        links={f"wire-{a}": link(a, b, up=way) for a, b, way in ends},
        done_at="show",
        **more,  # type: ignore[arg-type]
    )


def received(seen: Seen) -> list[float | None]:
    return seen.ends(Kind.RECEIVED, "source", "hub")


def test_sending_occupies_the_wire_and_being_under_way_does_not(scheduled: Scheduled) -> None:
    direction = LinkDirection(rate_bps=8e6, delay_s=0.1)
    seen = scheduled(over(direction), {"source": [[0, 1, 50]]})
    expected = [100 + WHOLE_MS, 100 + 2 * WHOLE_MS, 150 + WHOLE_MS]
    assert received(seen) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("rate_bps", "expected_ms"),
    [
        (8e6, WHOLE_MS + FRAME_MS),  # its last frame comes when the others are gone
        (80e6, WHOLE_MS + FRAME_MS / 10),  # waits for its last frame and sends that one
        (0.8e6, FRAME_MS + 10 * WHOLE_MS),  # begins with the first frame and takes its time
        (None, WHOLE_MS),
    ],
)
def test_a_long_message_leaves_while_it_still_comes_in(
    scheduled: Scheduled, rate_bps: float | None, expected_ms: float
) -> None:
    seen = scheduled(over(MBIT_8, LinkDirection(rate_bps=rate_bps)), {"source": [[0]]})
    assert received(seen) == pytest.approx([expected_ms], abs=1e-6)


def test_a_wire_without_rate_lets_any_number_through_at_once(scheduled: Scheduled) -> None:
    seen = scheduled(over(LinkDirection(delay_s=0.02)), {"source": [[0, 1, 2]]})
    assert received(seen) == [20, 21, 22]


def test_directions_do_not_meet(scheduled: Scheduled) -> None:
    """Up and down at once: neither waits for the other."""
    experiment = build(
        sensors={"source": periodic("host", 1.0, payload_bytes=LONG_BYTES)},
        stages={
            "echo": Stage(kind="fuse", needs=("source",), place="hub", payload_bytes=LONG_BYTES),
            "show": meet("echo", on="host"),
        },
        nodes=hosts("host", "hub", each=("host",)),
        links={"wire": link("host", "hub", up=MBIT_8, down=MBIT_8)},
        done_at="show",
    )
    seen = scheduled(experiment, {"source": [[0, 10]]})
    assert seen.ends(Kind.RECEIVED, "echo", "host") == pytest.approx(
        [2 * WHOLE_MS, 3 * WHOLE_MS], abs=1e-6
    )


def test_a_wire_of_one_host_is_shared_and_wires_of_instances_are_not(scheduled: Scheduled) -> None:
    """Each instance's own wire first, all at once; then one wire for all."""
    experiment = build(
        sensors={"source": periodic("host", 1.0, payload_bytes=LONG_BYTES)},
        stages={"show": meet("source", on="far")},
        nodes=hosts("host", "near", "far", each=("host",)) | hosts("near", each=("near",)),
        links={"own": link("host", "near", up=MBIT_8), "shared": link("near", "far", up=MBIT_8)},
        done_at="show",
        instances=2,
    )
    nodes = dict(experiment.topology.nodes)
    nodes["near"] = nodes["near"].model_copy(update={"count": 1})
    topology = experiment.topology.model_copy(update={"nodes": nodes})
    seen = scheduled(experiment.model_copy(update={"topology": topology}), {"source": [[0], [0]]})
    assert seen.ends(Kind.RECEIVED, "source", "far") == pytest.approx(
        [WHOLE_MS + FRAME_MS, 2 * WHOLE_MS + FRAME_MS], abs=1e-6
    )


def test_a_broker_takes_in_one_message_at_a_time(scheduled: Scheduled) -> None:
    experiment = over(LinkDirection(), messages=MessageTimes(broker_s=0.002))  # type: ignore[arg-type]
    seen = scheduled(experiment, {"source": [[0, 1, 10]]})
    assert received(seen) == [2, 4, 12]


def test_what_remains_of_a_transfer_delays_nobody_else(scheduled: Scheduled) -> None:
    """5 ms, of which the broker works for 2: the next message is done 2 ms later, not 5."""
    transfer = (SizedTime(payload_bytes=1.0, time=ConstantTime(time_s=0.005)),)
    messages = MessageTimes(broker_s=0.002, transfer=transfer)
    seen = scheduled(
        over(LinkDirection(), messages=messages),  # type: ignore[arg-type]
        {"source": [[0, 0]]},
    )
    assert received(seen) == [5, 7]


@pytest.mark.parametrize(
    ("payload_bytes", "expected_ms"), [(50.0, 1.0), (100.0, 1.0), (150.0, 2.0), (900.0, 3.0)]
)
def test_transfers_between_two_sizes_take_what_lies_between(
    scheduled: Scheduled, payload_bytes: float, expected_ms: float
) -> None:
    transfer = (
        SizedTime(payload_bytes=100.0, time=ConstantTime(time_s=0.001)),
        SizedTime(payload_bytes=200.0, time=ConstantTime(time_s=0.003)),
    )
    experiment = over(
        LinkDirection(),
        payload_bytes=payload_bytes,
        messages=MessageTimes(transfer=transfer),  # type: ignore[arg-type]
    )
    assert received(scheduled(experiment, {"source": [[0]]})) == pytest.approx([expected_ms])


def test_bulk_data_goes_over_a_bridge_to_the_broker_near_its_reader(scheduled: Scheduled) -> None:
    """2 ms at one broker, 10 on the way, 2 at the other."""
    archive = Stage(
        kind="store", needs=("source",), place="archive", background=True, channel="bulk"
    )
    experiment = build(
        sensors={"source": periodic("host", 1.0)},
        stages={"show": meet("source", on="hub"), "keep": archive},
        nodes=hosts("host", "hub", "archive", each=("host",)),
        links={
            "wire": link("host", "hub"),
            "far": link("hub", "archive", up=LinkDirection(delay_s=0.01)),
        },
        done_at="show",
        messages=MessageTimes(broker_s=0.002),
    )
    seen = scheduled(experiment, {"source": [[0]]})
    assert seen.ends(Kind.RECEIVED, "source", "hub") == [2]
    assert seen.ends(Kind.RECEIVED, "source", "archive") == [14]


def test_messages_of_a_connection_keep_their_order(scheduled: Scheduled) -> None:
    """With jitter of up to 43 ms at 10 ms apart many would overtake; they wait and arrive together.
    Other instances have connections of their own and are not kept.
    """
    shaky = LinkDirection(delay_s=0.05, jitter=Jitter(law="uniform", spread_s=0.025))
    dues = [[10.0 * k for k in range(200)]] * 2
    seen = scheduled(over(shaky, instances=2), {"source": dues})
    instants = [at for at in received(seen) if at is not None]
    for mine in (instants[:200], instants[200:]):
        assert mine == sorted(mine)
        assert sum(a == b for a, b in pairwise(mine)) > 50
        delays = [at - due for at, due in zip(mine, dues[0], strict=True)]
        half_width = math.sqrt(3) * 25
        assert 50 - half_width <= min(delays) < 35
        assert 80 < max(delays) <= 50 + half_width
    assert instants[:200] != instants[200:]


def test_messages_behind_a_lost_one_wait_for_it(scheduled: Scheduled) -> None:
    """Half of all packets are lost. A message of one frame is late by 2^k - 1 times 200 ms and a
    round trip of 20, or arrives with a message before it that is.
    """
    lossy = LinkDirection(delay_s=0.01, loss=0.5)
    seen = scheduled(over(lossy, payload_bytes=100.0), {"source": [[float(k) for k in range(100)]]})
    instants = [at for at in received(seen) if at is not None]
    assert len(instants) == 100
    waits = [(2**k - 1) * 220.0 for k in range(12)]
    before = 0.0
    for k, at in enumerate(instants):
        alone = any(math.isclose(at - k - 10, wait, abs_tol=1e-5) for wait in waits)
        assert alone or at == before
        before = at
    assert instants == sorted(instants)
    assert instants[0] == 10 or instants[0] >= 230
    assert max(instants) > 230


def test_what_is_lost_before_the_last_frame_is_sent_again_soon(scheduled: Scheduled) -> None:
    """Of ten frames nine are followed by another: a round trip of 20 ms and a quarter later."""
    lossy = LinkDirection(delay_s=0.01, loss=0.01)
    dues = [[1e4 * k for k in range(400)]]
    seen = scheduled(over(lossy), {"source": dues})
    late = [
        at - due - 10 for at, due in zip(received(seen), dues[0], strict=True) if at is not None
    ]
    assert len(late) == 400
    assert {round(found, 6) for found in late} >= {0.0, 25.0, 220.0}
    # 9.56 % of messages lose a frame: 38 of 400 with a standard deviation of 6.
    hit = sum(found > 1 for found in late)
    assert 12 < hit < 64
    assert sum(math.isclose(found, 25, abs_tol=1e-5) for found in late) > hit / 2
