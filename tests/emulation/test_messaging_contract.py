"""What a transport does, shown on the memory exchange and on a real mosquitto alike.

mosquitto listens on the loopback of a network namespace of its own, so no port of this machine
is used and no broker of its can be met.
"""

from __future__ import annotations

import os
import signal
import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from edge_aibench.clock import MonotonicClock
from edge_aibench.emulate import kernel
from edge_aibench.emulate.broker import PORT, Broker, BrokerPlan, can_connect_from
from edge_aibench.emulate.links.namespace import inside_process, unshare_network
from edge_aibench.emulate.links.rtnetlink import RouteSocket
from edge_aibench.errors import HostError, RunError
from edge_aibench.messaging.memory import MemoryExchange
from edge_aibench.messaging.mqtt import MqttTransport
from edge_aibench.messaging.transport import Message, Transport
from edge_aibench.model.routing import Routes
from edge_aibench.testing.messaging import Inbox, service_until

_ADDRESS = "127.0.0.1"
_NO_ROUTES = Routes(flows=(), broker_of={}, bridges=())


class Place(Protocol):
    """Somewhere to connect to; the connections are closed with the test."""

    def connect(self) -> Transport: ...


class MemoryPlace:
    def __init__(self) -> None:
        self._exchange = MemoryExchange(MonotonicClock())

    def connect(self) -> Transport:
        return self._exchange.connect()


class MqttPlace:
    """A mosquitto in the network namespace of process *network_of*."""

    def __init__(self, broker: Broker, network_of: int, stack: ExitStack) -> None:
        self.broker = broker
        self._network_of = network_of
        self._stack = stack
        self._count = 0

    def connect(
        self, *, qos: int = 1, name: str | None = None, patience_s: float = 0.3
    ) -> MqttTransport:
        self._count += 1
        with inside_process(self._network_of):
            transport = MqttTransport(
                _ADDRESS,
                PORT,
                client_id=name or f"client-{self._count}",
                qos=qos,
                patience_s=patience_s,
            )
        self._stack.callback(transport.close)
        return transport


@pytest.fixture
def network() -> Iterator[int]:
    """A process that holds a network namespace whose only interface is its loopback."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            kernel.die_with_parent()
            unshare_network()
            with RouteSocket() as route:
                route.set_up(1)
            os.write(writing, b"ready")
            while True:
                signal.pause()
        except HostError:
            os.write(writing, b"no")
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read(5)
    try:
        if said != b"ready":
            pytest.skip("this machine makes no network namespaces")
        yield pid
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


@pytest.fixture
def mosquitto(network: int, tmp_path: Path) -> Iterator[MqttPlace]:
    plan = BrokerPlan(host="edge", addresses=(_ADDRESS,), bridges=())
    broker = Broker(plan, _NO_ROUTES, network_of=network, folder=tmp_path)
    with ExitStack() as stack:
        stack.callback(broker.stop)
        broker.wait_until_up(can_connect_from(network))
        yield MqttPlace(broker, network, stack)


@pytest.fixture(params=["memory", pytest.param("mqtt", marks=pytest.mark.emulation)])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "memory":
        return MemoryPlace()
    found: MqttPlace = request.getfixturevalue("mosquitto")
    return found


def test_messages_of_one_sender_come_in_the_order_they_were_sent(place: Place) -> None:
    sender, receiver = place.connect(), place.connect()
    inbox = Inbox()
    receiver.subscribe("main/monitor/+", inbox)
    sent = [str(number).encode() for number in range(300)]
    for number, payload in enumerate(sent):
        sender.publish(f"main/monitor/{number % 4}", payload)
    service_until([receiver, sender], inbox, len(sent))
    assert inbox.payloads == sent


def test_topic_payload_and_correlation_come_as_they_were_sent(place: Place) -> None:
    sender, receiver = place.connect(), place.connect()
    inbox = Inbox()
    receiver.subscribe("main/#", inbox)
    clock = MonotonicClock()
    before_ns = clock.now_ns()
    sender.publish("main/monitor/3", bytes(range(256)), correlation=b"\x00\x01\xff\x00")
    sender.publish("main/monitor/3", b"")
    service_until(receiver, inbox, 2)
    first, second = inbox.messages
    assert (first.topic, first.payload) == ("main/monitor/3", bytes(range(256)))
    assert first.correlation == b"\x00\x01\xff\x00"
    assert (second.payload, second.correlation) == (b"", b"")
    assert before_ns <= first.received_ns <= second.received_ns <= clock.now_ns()


def test_a_request_is_answered_under_its_own_correlation(place: Place) -> None:
    bed, edge = place.connect(), place.connect()
    answers = Inbox()

    def answer(message: Message) -> None:
        edge.publish("answer/3", message.payload * 2, correlation=message.correlation)

    edge.subscribe("question/+", answer)
    bed.subscribe("answer/3", answers)
    bed.publish("question/3", b"a", correlation=b"1")
    bed.publish("question/3", b"b", correlation=b"2")
    service_until([bed, edge], answers, 2)
    found = [(message.correlation, message.payload) for message in answers.messages]
    assert found == [(b"1", b"aa"), (b"2", b"bb")]


def test_only_what_matches_the_filter_arrives(place: Place) -> None:
    sender, receiver = place.connect(), place.connect()
    third_bed, everything = Inbox(), Inbox()
    receiver.subscribe("main/+/3", third_bed)
    other = place.connect()
    other.subscribe("#", everything)
    topics = ["main/monitor/3", "main/monitor/4", "bulk/monitor/3", "main/death/3", "main/3"]
    for topic in topics:
        sender.publish(topic, topic.encode())
    service_until(other, everything, len(topics))
    service_until(receiver, third_bed, 2)
    assert [message.topic for message in everything.messages] == topics
    assert [message.topic for message in third_bed.messages] == ["main/monitor/3", "main/death/3"]


def test_two_filters_of_one_connection_that_overlap_each_get_the_message_once(
    place: Place,
) -> None:
    sender, receiver = place.connect(), place.connect()
    by_bed, by_output, last = Inbox(), Inbox(), Inbox()
    receiver.subscribe("main/+/3", by_bed)
    receiver.subscribe("main/monitor/+", by_output)
    receiver.subscribe("end", last)
    sender.publish("main/monitor/3", b"once")
    sender.publish("end", b"")
    service_until(receiver, last, 1)
    assert by_bed.payloads == [b"once"]
    assert by_output.payloads == [b"once"]


def test_a_sender_hears_itself_and_every_subscriber_hears_everything(place: Place) -> None:
    sender, other = place.connect(), place.connect()
    own, others = Inbox(), Inbox()
    sender.subscribe("main/#", own)
    other.subscribe("main/#", others)
    sender.publish("main/a", b"x")
    service_until(sender, own, 1)
    service_until(other, others, 1)
    assert own.payloads == others.payloads == [b"x"]


def test_what_was_published_before_a_subscription_does_not_come(place: Place) -> None:
    sender, receiver = place.connect(), place.connect()
    inbox = Inbox()
    sender.publish("main/a", b"early")
    early = Inbox()
    sender.subscribe("sync", early)
    sender.publish("sync", b"")
    service_until(sender, early, 1)
    receiver.subscribe("main/#", inbox)
    sender.publish("main/a", b"late")
    service_until(receiver, inbox, 1)
    assert inbox.payloads == [b"late"]


def test_a_big_payload_comes_whole(place: Place) -> None:
    sender, receiver = place.connect(), place.connect()
    inbox = Inbox()
    receiver.subscribe("bulk/#", inbox)
    # Far more than a socket buffer holds, and every position differs from its neighbours.
    payload = b"".join(number.to_bytes(4, "little") for number in range(2_000_000))
    sender.publish("bulk/image", payload)
    sender.publish("bulk/image", b"next")
    service_until([receiver, sender], inbox, 2, timeout_s=20.0)
    assert inbox.messages[0].payload == payload
    assert inbox.messages[1].payload == b"next"


def test_servicing_without_data_does_nothing(place: Place) -> None:
    transport = place.connect()
    inbox = Inbox()
    transport.subscribe("#", inbox)
    for _ in range(3):
        transport.service()
    assert inbox.messages == []
    transport.publish("main/a", b"still works")
    service_until(transport, inbox, 1)


def test_publishing_after_close_is_refused_and_closing_twice_is_not(place: Place) -> None:
    transport = place.connect()
    transport.close()
    transport.close()
    with pytest.raises(RunError, match="main/monitor"):
        transport.publish("main/monitor", b"")


@pytest.mark.emulation
def test_the_socket_sends_without_delay(mosquitto: MqttPlace) -> None:
    transport = mosquitto.connect()
    found = transport._client.socket()
    assert found is not None
    with socket.socket(fileno=os.dup(found.fileno())) as copy:
        assert copy.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


@pytest.mark.emulation
def test_an_exchange_waits_for_no_delayed_acknowledgement(mosquitto: MqttPlace) -> None:
    # Without TCP_NODELAY at either end the median of these 30 is over 40 ms: the kernel's delayed
    # acknowledgement. With it, it is under 1 ms on an idle machine.
    bed, edge = mosquitto.connect(), mosquitto.connect()
    answers = Inbox()
    edge.subscribe("question", lambda message: edge.publish("answer", message.payload))
    bed.subscribe("answer", answers)
    taken_s = []
    for number in range(30):
        begin_s = time.monotonic()
        bed.publish("question", bytes(144))
        service_until([bed, edge], answers, number + 1)
        taken_s.append(time.monotonic() - begin_s)
    assert statistics.median(taken_s) < 0.02


@pytest.mark.emulation
@pytest.mark.parametrize("qos", [0, 1])
def test_a_lost_broker_is_told_to_who_listens_and_to_who_sends(
    mosquitto: MqttPlace, qos: int
) -> None:
    listener, sender = mosquitto.connect(qos=qos), mosquitto.connect(qos=qos)
    os.kill(mosquitto.broker.pid, signal.SIGKILL)
    os.waitid(os.P_PID, mosquitto.broker.pid, os.WEXITED | os.WNOWAIT)
    with pytest.raises(RunError, match=r"lost the broker at 127\.0\.0\.1:1883"):
        _service_for_ever(listener)
    with pytest.raises(RunError, match=r"lost the broker at 127\.0\.0\.1:1883"):
        _publish_for_ever(sender)
    with pytest.raises(RunError, match="signal 9"):
        mosquitto.broker.check()


@pytest.mark.emulation
def test_a_connection_that_breaks_comes_back_with_all_that_was_said_meanwhile(
    mosquitto: MqttPlace, network: int
) -> None:
    bed, edge = mosquitto.connect(patience_s=10), mosquitto.connect()
    heard, answered = Inbox(), Inbox()
    bed.subscribe("answer", heard)
    edge.subscribe("question", answered)
    found = bed._client.socket()
    assert found is not None
    with socket.socket(fileno=os.dup(found.fileno())) as copy:
        copy.shutdown(socket.SHUT_RDWR)
    edge.publish("answer", b"while you were away")
    # Threads inherit the network of the one that starts them: so does the one that reconnects.
    with inside_process(network):
        bed.publish("question", b"is anybody there")
        service_until([bed, edge], heard, 1)
    service_until([bed, edge], answered, 1)
    assert [message.payload for message in heard.messages] == [b"while you were away"]
    assert {message.payload for message in answered.messages} == {b"is anybody there"}


@pytest.mark.emulation
def test_a_publisher_never_waits_for_a_slow_broker(mosquitto: MqttPlace) -> None:
    camera, edge = mosquitto.connect(), mosquitto.connect()
    frames = Inbox()
    edge.subscribe("frame", frames)
    os.kill(mosquitto.broker.pid, signal.SIGSTOP)
    started_s = time.monotonic()
    for number in range(40):
        camera.publish("frame", bytes([number]) * 1_000_000)
    # 40 MB do not fit into any socket buffer; writing them would wait for as long as the stop.
    assert time.monotonic() - started_s < 5
    os.kill(mosquitto.broker.pid, signal.SIGCONT)
    service_until([camera, edge], frames, 40)
    assert [message.payload[0] for message in frames.messages] == list(range(40))


@pytest.mark.emulation
def test_no_broker_is_named_with_its_address(network: int) -> None:
    with (
        inside_process(network),
        pytest.raises(RunError, match=r"no broker answers at 127\.0\.0\.1:1883"),
    ):
        MqttTransport(_ADDRESS, PORT, client_id="nobody")


@pytest.mark.emulation
def test_two_connections_of_one_node_do_not_share_their_messages(mosquitto: MqttPlace) -> None:
    alarms, bulk = mosquitto.connect(name="bed-alarm"), mosquitto.connect(name="bed-bulk")
    alarm, archive = Inbox(), Inbox()
    alarms.subscribe("alarm/#", alarm)
    bulk.subscribe("bulk/#", archive)
    assert alarms.fileno() != bulk.fileno()
    for _ in range(20):
        bulk.publish("bulk/image", bytes(100_000))
    alarms.publish("alarm/death/3", b"now")
    # The alarm is there although nobody has read any of the bulk yet.
    service_until(alarms, alarm, 1)
    assert (alarm.payloads, archive.payloads) == ([b"now"], [])
    service_until(bulk, archive, 20)


@pytest.mark.emulation
def test_a_second_broker_on_the_port_is_not_taken_for_the_first(
    mosquitto: MqttPlace, network: int, tmp_path: Path
) -> None:
    folder = tmp_path / "second"
    folder.mkdir()
    plan = BrokerPlan(host="cloud", addresses=(_ADDRESS,), bridges=())
    with pytest.raises(RunError, match=r"the broker on cloud cannot have port 1883"):
        Broker(plan, _NO_ROUTES, network_of=network, folder=folder)
    # The first one goes on.
    mosquitto.connect()


def _service_for_ever(transport: Transport) -> None:
    """Service until it raises, which the end of the stream makes it do at once."""
    service_until(transport, Inbox(), 1)


def _publish_for_ever(transport: Transport) -> None:
    """Publish until it raises, which it does when its patience is over."""
    deadline_s = time.monotonic() + 5
    while time.monotonic() < deadline_s:
        transport.publish("main/a", b"x")
