"""Reading a transport in tests."""

from __future__ import annotations

import select
import time
from collections.abc import Sequence

from edge_aibench.errors import RunError
from edge_aibench.messaging.transport import Message, Transport


class Inbox:
    """A handler that keeps what it is given."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def __call__(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def payloads(self) -> list[bytes]:
        return [message.payload for message in self.messages]


def service_until(
    transports: Transport | Sequence[Transport], inbox: Inbox, count: int, *, timeout_s: float = 5.0
) -> None:
    """Service *transports* until *inbox* holds *count* messages. Raises RunError if it does not."""
    given = [*transports] if isinstance(transports, Sequence) else [transports]
    deadline_s = time.monotonic() + timeout_s
    while len(inbox.messages) < count:
        left_s = deadline_s - time.monotonic()
        if left_s <= 0:
            raise RunError(f"{len(inbox.messages)} of {count} messages came in {timeout_s:g} s")
        for transport in select.select(given, [], [], left_s)[0]:
            transport.service()
