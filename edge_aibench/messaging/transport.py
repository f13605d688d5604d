"""How stages on different nodes speak to each other: topics, messages and the seam beneath.

A `Transport` is one connection. It has no thread of its own: whoever owns it calls `service()`
when `fileno()` becomes readable, and about once a second besides, so that one thread can pace
a sensor and listen for answers without handing work between threads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """One message as its receiver sees it; *received_ns* is taken first thing in the callback."""

    topic: str
    payload: bytes
    correlation: bytes
    received_ns: int


Handler = Callable[[Message], None]


class Transport(Protocol):
    """One connection to a broker, or to a memory exchange."""

    def subscribe(self, topic_filter: str, handler: Handler) -> None:
        """Have *handler* called, inside `service()`, for each message that matches."""
        ...

    def publish(self, topic: str, payload: bytes, *, correlation: bytes = b"") -> None:
        """Hand a message over. Raises RunError when the connection is lost."""
        ...

    def fileno(self) -> int:
        """A descriptor that is readable when `service()` has something to do."""
        ...

    def service(self) -> None:
        """Take in what has arrived and call the handlers. Raises RunError on a lost peer."""
        ...

    def close(self) -> None:
        """Leave in good order; closing twice does nothing."""
        ...


def matches(topic_filter: str, topic: str) -> bool:
    """Whether *topic* matches an MQTT filter (`+` one level, `#` all the rest).

    The rules are those of MQTT 5.0, section 4.7: `#` also matches its parent level, and a filter
    that begins with a wildcard does not match the broker's own topics, which begin with `$`.
    """
    wanted, levels = topic_filter.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in ("+", "#"):
        return False
    for position, level in enumerate(wanted):
        if level == "#":
            return True
        if position >= len(levels) or level not in ("+", levels[position]):
            return False
    return len(wanted) == len(levels)
