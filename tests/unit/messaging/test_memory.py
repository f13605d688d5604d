"""What only the memory transport promises: exact times, and nothing happens by itself."""

from __future__ import annotations

import select

import pytest

from edge_aibench.clock import VirtualClock
from edge_aibench.messaging.memory import MemoryExchange
from edge_aibench.messaging.transport import Message
from edge_aibench.testing.messaging import Inbox


def test_a_message_is_received_when_it_is_serviced_not_when_it_is_sent() -> None:
    clock = VirtualClock(start_ns=100)
    exchange = MemoryExchange(clock)
    sender, receiver = exchange.connect(), exchange.connect()
    inbox = Inbox()
    receiver.subscribe("main/+", inbox)

    sender.publish("main/monitor", b"144", correlation=b"7")
    clock.sleep_until_ns(250)
    assert inbox.messages == []
    receiver.service()

    assert inbox.messages == [Message("main/monitor", b"144", b"7", received_ns=250)]


def test_the_descriptor_is_readable_exactly_while_messages_wait() -> None:
    exchange = MemoryExchange(VirtualClock())
    sender, receiver = exchange.connect(), exchange.connect()
    receiver.subscribe("#", Inbox())

    def readable() -> bool:
        return bool(select.select([receiver], [], [], 0)[0])

    assert not readable()
    sender.publish("a", b"")
    sender.publish("b", b"")
    assert readable()
    receiver.service()
    assert not readable()


def test_a_message_published_by_a_handler_is_served_in_the_same_service() -> None:
    exchange = MemoryExchange(VirtualClock())
    transport = exchange.connect()
    answers = Inbox()

    def answer(message: Message) -> None:
        transport.publish("answer", message.payload[::-1])

    transport.subscribe("question", answer)
    transport.subscribe("answer", answers)
    transport.publish("question", b"abc")
    transport.service()

    assert answers.payloads == [b"cba"]


def test_a_failing_handler_costs_its_own_message_only() -> None:
    exchange = MemoryExchange(VirtualClock())
    transport = exchange.connect()
    inbox = Inbox()

    def fail(message: Message) -> None:
        raise ValueError(message.topic)

    transport.subscribe("bad", fail)
    transport.subscribe("good", inbox)
    transport.publish("bad", b"")
    transport.publish("good", b"kept")
    with pytest.raises(ValueError, match="bad"):
        transport.service()
    assert inbox.payloads == []
    transport.service()
    assert inbox.payloads == [b"kept"]


def test_who_has_left_is_sent_nothing() -> None:
    exchange = MemoryExchange(VirtualClock())
    sender, leaver, stayer = exchange.connect(), exchange.connect(), exchange.connect()
    inbox = Inbox()
    leaver.subscribe("#", inbox)
    stayer.subscribe("#", inbox)
    leaver.close()
    sender.publish("a", b"once")
    stayer.service()
    assert inbox.payloads == [b"once"]
