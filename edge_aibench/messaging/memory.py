"""A transport inside one process: the same behaviour without a broker or a network."""

from __future__ import annotations

import os
from collections import deque
from typing import TYPE_CHECKING

from edge_aibench.errors import RunError
from edge_aibench.messaging.transport import Handler, Message, matches

if TYPE_CHECKING:
    from edge_aibench.clock import Clock


class MemoryExchange:
    """Joins memory transports; a message reaches every subscription that matches, in order."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._members: list[MemoryTransport] = []

    def connect(self) -> MemoryTransport:
        """Give a new connection to this exchange."""
        member = MemoryTransport(self, self._clock)
        self._members.append(member)
        return member

    def deliver(self, topic: str, payload: bytes, correlation: bytes) -> None:
        """Queue a message at every member that subscribed to its topic."""
        for member in self._members:
            member.accept(topic, payload, correlation)

    def leave(self, member: MemoryTransport) -> None:
        """Stop delivering to *member*."""
        self._members.remove(member)


class MemoryTransport:
    """One connection to a `MemoryExchange`."""

    def __init__(self, exchange: MemoryExchange, clock: Clock) -> None:
        self._exchange = exchange
        self._clock = clock
        self._subscriptions: list[tuple[str, Handler]] = []
        self._inbox: deque[tuple[Handler, str, bytes, bytes]] = deque()
        # An eventfd is readable exactly while messages wait, as a socket would be.
        self._waiting_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_SEMAPHORE)
        self._closed = False

    def subscribe(self, topic_filter: str, handler: Handler) -> None:
        self._subscriptions.append((topic_filter, handler))

    def publish(self, topic: str, payload: bytes, *, correlation: bytes = b"") -> None:
        if self._closed:
            raise RunError(f"cannot publish to '{topic}': the connection is closed")
        self._exchange.deliver(topic, payload, correlation)

    def accept(self, topic: str, payload: bytes, correlation: bytes) -> None:
        """Take a message in for each subscription that matches."""
        for topic_filter, handler in self._subscriptions:
            if matches(topic_filter, topic):
                self._inbox.append((handler, topic, payload, correlation))
                os.eventfd_write(self._waiting_fd, 1)

    def fileno(self) -> int:
        return self._waiting_fd

    def service(self) -> None:
        while self._inbox:
            os.eventfd_read(self._waiting_fd)
            handler, topic, payload, correlation = self._inbox.popleft()
            handler(Message(topic, payload, correlation, self._clock.now_ns()))

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._exchange.leave(self)
            os.close(self._waiting_fd)
