"""Waiting for inputs: those of the request itself, and those of another sensor in time."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

_KEPT_JOINS = 4096
_KEPT_PARTNERS = 64


class Nothing(Enum):
    """Stands where a stage passed nothing on."""

    NOTHING = "nothing"


NOTHING: Final = Nothing.NOTHING

Key = tuple[int, int]
"""Instance and sequence: a request of the sensor in question."""


class OwnJoin:
    """The outputs of single requests that one stage waits for."""

    def __init__(self, needs: tuple[str, ...]) -> None:
        self._needs = needs
        self._held: OrderedDict[Key, dict[str, Any]] = OrderedDict()

    def add(self, key: Key, arrived: dict[str, Any]) -> dict[str, Any] | None:
        """Everything the stage needs for request *key*, or None while some of it is missing."""
        if len(arrived) == len(self._needs):
            return arrived
        held = self._held.setdefault(key, {})
        held.update(arrived)
        if len(held) < len(self._needs):
            # A lost message must not be remembered for ever.
            while len(self._held) > _KEPT_JOINS:
                self._held.popitem(last=False)
            return None
        return self._held.pop(key)


@dataclass(frozen=True)
class Partner:
    """An output of another sensor: how far apart observations may lie, and when they were made.

    *within_ns* is virtual; *observed_ns* gives the virtual instant of an observation.
    """

    within_ns: int
    observed_ns: Callable[[int, int], int]


@dataclass(frozen=True)
class Joined:
    """A request with its partners (None where none came in time), waiting *since_ns* (wall)."""

    key: Key
    inputs: Mapping[str, Any]
    since_ns: int


@dataclass
class _Waiting:
    key: Key
    inputs: Mapping[str, Any]
    observed_ns: int
    since_ns: int
    partners: dict[str, Any] = field(default_factory=dict)


@dataclass
class PartnerJoin:
    """Requests of one stage that wait for the observation of another sensor nearest in time.

    A partner that is there already is taken at once, the nearest of several. Else the request
    waits until one within reach has come, at most *within* after its own observation. A partner
    that comes later is a late join. All instants but `Joined.since_ns` are virtual.
    """

    partners: Mapping[str, Partner]
    observed_ns: Callable[[int, int], int]
    _recent: dict[tuple[str, int], deque[tuple[int, Any]]] = field(default_factory=dict)
    _waiting: list[_Waiting] = field(default_factory=list)
    _gone: dict[tuple[str, int], deque[tuple[int, Key]]] = field(default_factory=dict)

    def request(
        self, key: Key, inputs: Mapping[str, Any], *, now_ns: float, since_ns: int
    ) -> Joined | None:
        """Take a request whose own inputs are there; None while it waits for a partner."""
        waiting = _Waiting(key, inputs, self.observed_ns(*key), since_ns)
        for need, partner in self.partners.items():
            best = None
            for observed_ns, value in self._recent.get((need, key[0]), ()):
                distance_ns = abs(observed_ns - waiting.observed_ns)
                if distance_ns <= partner.within_ns and (best is None or distance_ns < best[0]):
                    best = (distance_ns, value)
            if best is not None:
                waiting.partners[need] = best[1]
        self._give_up(waiting, now_ns)
        if self._is_complete(waiting):
            return self._joined(waiting)
        self._waiting.append(waiting)
        return None

    def partner(self, need: str, key: Key, value: Any) -> tuple[list[Joined], list[Key]]:
        """Take an output of another sensor: the requests it completes, and those it is late for."""
        partner = self.partners[need]
        observed_ns = partner.observed_ns(*key)
        kept = self._recent.setdefault((need, key[0]), deque(maxlen=_KEPT_PARTNERS))
        kept.append((observed_ns, value))
        for waiting in self._waiting:
            near = abs(observed_ns - waiting.observed_ns) <= partner.within_ns
            if waiting.key[0] == key[0] and near:
                waiting.partners.setdefault(need, value)
        gone = self._gone.get((need, key[0]), deque())
        late = [of for at_ns, of in gone if abs(observed_ns - at_ns) <= partner.within_ns]
        for of in late:
            gone.remove(next(entry for entry in gone if entry[1] == of))
        return self._take_complete(), late

    def expire(self, now_ns: float) -> list[Joined]:
        """Requests whose time for a partner is over at *now_ns*."""
        for waiting in self._waiting:
            self._give_up(waiting, now_ns)
        return self._take_complete()

    def next_deadline_ns(self) -> float:
        """When `expire` is due; infinite while nobody waits."""
        return min(
            (
                waiting.observed_ns + partner.within_ns
                for waiting in self._waiting
                for need, partner in self.partners.items()
                if need not in waiting.partners
            ),
            default=float("inf"),
        )

    def _give_up(self, waiting: _Waiting, now_ns: float) -> None:
        for need, partner in self.partners.items():
            if need in waiting.partners or now_ns < waiting.observed_ns + partner.within_ns:
                continue
            waiting.partners[need] = None
            gone = self._gone.setdefault((need, waiting.key[0]), deque(maxlen=_KEPT_PARTNERS))
            gone.append((waiting.observed_ns, waiting.key))

    def _is_complete(self, waiting: _Waiting) -> bool:
        return len(waiting.partners) == len(self.partners)

    def _take_complete(self) -> list[Joined]:
        done = [waiting for waiting in self._waiting if self._is_complete(waiting)]
        self._waiting = [waiting for waiting in self._waiting if not self._is_complete(waiting)]
        return [self._joined(waiting) for waiting in done]

    @staticmethod
    def _joined(waiting: _Waiting) -> Joined:
        return Joined(waiting.key, {**waiting.inputs, **waiting.partners}, waiting.since_ns)
