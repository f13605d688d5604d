"""Messages on their way: over wires, through brokers, to the hosts that wait for them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from edge_aibench.record.events import Kind
from edge_aibench.simulate.draws import LEAST_TIMEOUT_NS
from edge_aibench.simulate.reference.requests import column
from edge_aibench.simulate.reference.wires import MovingWire, Wire

if TYPE_CHECKING:
    from edge_aibench.simulate.draws import Draws
    from edge_aibench.simulate.plan import Carriage, Crossing, Delivery, Publication
    from edge_aibench.simulate.reference.faults import Outages
    from edge_aibench.simulate.reference.network import Network
    from edge_aibench.simulate.reference.requests import Requests

At = Callable[[float, Callable[[float], None]], None]
"""Have something done at an instant (ns): it is told the instant."""

Arrived = Callable[[int, bool, float], None]
"""Told of request, whether its output says something, and the instant (ns)."""


class Broker:
    """One broker host: takes messages in one after the other, each for *busy_ns*."""

    __slots__ = ("_free_ns", "busy_ns", "outages")

    def __init__(self, busy_ns: float, outages: Outages) -> None:
        self.busy_ns = busy_ns
        self.outages = outages
        self._free_ns = 0.0

    def pass_on(self, now_ns: float) -> float:
        """Take a message in; when it goes out. While the host is down its senders keep it."""
        start_ns = now_ns if now_ns > self._free_ns else self._free_ns
        if self.outages.intervals:
            start_ns = self.outages.up_again_ns(start_ns)
        self._free_ns = start_ns + self.busy_ns
        return self._free_ns


@dataclass(frozen=True, slots=True)
class _Step:
    """One crossing, with its wire for each instance (or one for all) and what is drawn for it."""

    wires: list[Wire]
    each: bool
    in_order: bool
    drawn: list[float]


class _Way:
    """One carriage of one output: from a host to the next, along its crossings."""

    def __init__(
        self, carriage: Carriage, output: str, requests: Requests, network: Network, draws: Draws
    ) -> None:
        self._instance = requests.instance
        numbers = (requests.instances, requests.sequences)
        steady = True
        self._steps: list[_Step] = []
        for crossing in carriage.crossings:
            steady = steady and network.is_steady(crossing)
            self._steps.append(
                _Step(
                    wires=network.wires(crossing),
                    each=crossing.each,
                    in_order=crossing.in_order and steady,
                    drawn=_drawn(carriage, crossing, draws, requests, network),
                )
            )
        self._recovery_ns = column(draws.recovery_ns(carriage, output, *numbers))
        self._wire_bytes = draws.wire_bytes(output)
        self._frame_bytes = self._wire_bytes / draws.frames(output)
        self._timeout_ns = LEAST_TIMEOUT_NS + 2e9 * carriage.delay_s
        self._last_ns = network.connection(carriage)
        self._each = carriage.each
        self._at = network.at
        self.at_once = all(step.in_order for step in self._steps)

    def reach(self, r: int, now_ns: float) -> float:
        """When request *r*'s message is there that sets off at *now_ns*, of a way `at_once`."""
        head_ns = tail_ns = now_ns
        instance = self._instance[r]
        for step in self._steps:
            wire = step.wires[instance if step.each else 0]
            head_ns, tail_ns = wire.cross(
                head_ns, tail_ns, self._wire_bytes, self._frame_bytes, step.drawn[r]
            )
        # As `_in_order`, without a call: this is done for every message.
        connection = instance if self._each else 0
        arrived_ns, before_ns = tail_ns + self._recovery_ns[r], self._last_ns[connection]
        self._last_ns[connection] = later_ns = arrived_ns if arrived_ns > before_ns else before_ns
        return later_ns

    def _in_order(self, r: int, tail_ns: float) -> float:
        """When the message is taken over whose last frame is there, by the order of TCP."""
        connection = self._instance[r] if self._each else 0
        arrived_ns, before_ns = tail_ns + self._recovery_ns[r], self._last_ns[connection]
        self._last_ns[connection] = later_ns = arrived_ns if arrived_ns > before_ns else before_ns
        return later_ns

    def go(self, r: int, now_ns: float, arrived: Callable[[float], None], *, ahead: bool) -> None:
        """Send request *r*'s message off at *now_ns*; *ahead* says that this instant is to come.

        *arrived* is told when it is there: at once, though the instant may be to come.
        """
        self._go_on(r, 0, now_ns, now_ns, arrived, ahead=ahead)

    def _go_on(
        self,
        r: int,
        number: int,
        head_ns: float,
        tail_ns: float,
        arrived: Callable[[float], None],
        *,
        ahead: bool,
    ) -> None:
        instance, steps = self._instance[r], self._steps
        while number < len(steps):
            step = steps[number]
            if ahead and not step.in_order:
                self._later(r, number, head_ns, tail_ns, arrived)
                return
            wire = step.wires[instance if step.each else 0]
            if isinstance(wire, MovingWire):
                again_ns = wire.retry_ns(head_ns, self._timeout_ns)
                if again_ns is not None:
                    if again_ns != math.inf:
                        self._later(r, number, again_ns, max(again_ns, tail_ns), arrived)
                    return
            head_ns, tail_ns = wire.cross(
                head_ns, tail_ns, self._wire_bytes, self._frame_bytes, step.drawn[r]
            )
            ahead = True
            number += 1
        arrived(self._in_order(r, tail_ns))

    def _later(
        self, r: int, number: int, head_ns: float, tail_ns: float, arrived: Callable[[float], None]
    ) -> None:
        """Go on at crossing *number* when the head is there."""
        self._at(head_ns, lambda _: self._go_on(r, number, head_ns, tail_ns, arrived, ahead=False))


def _drawn(
    carriage: Carriage, crossing: Crossing, draws: Draws, requests: Requests, network: Network
) -> list[float]:
    """Delays by request; of a wire that moves, the shares at which its law is asked."""
    draw = draws.delay_ns if network.is_steady(crossing) else draws.delay_shares
    return column(draw(carriage, crossing, requests.instances, requests.sequences))


@dataclass(frozen=True, slots=True)
class _Stop:
    """One delivery as it is carried out: over *bridge*, if there is one, through *broker*, *last*.

    Where *at_once*, the host takes in before it is there what *arrived* is told of.
    """

    bridge: _Way | None
    bridge_at_once: bool
    broker: Broker
    last: _Way
    transfer_ns: list[float]
    each: bool
    last_ns: list[float]
    arrived: Arrived
    at_once: bool


class Courier:
    """Carries one output made on one group to all who need it."""

    def __init__(
        self, sent: Publication, requests: Requests, network: Network, draws: Draws
    ) -> None:
        numbers = (requests.instances, requests.sequences)
        self._requests = requests
        self._at = network.at
        self._first = _Way(sent.first, sent.output, requests, network, draws)
        # What is made beside its broker is there when it is handed over.
        self._handed = self._set_off if sent.first.crossings else self._pass_on
        self._broker = network.broker(sent.broker)
        self._stops = [self._stop(sent, to, network, draws) for to in sent.deliveries]
        self._encode_ns = column(draws.encode_ns(sent.output, *numbers))
        self._publish_ns = column(draws.publish_ns(sent.output, *numbers))
        self._starts, self._ends, self._sizes = requests.recorder.row(
            Kind.SENT, sent.output, sent.source
        )
        self._payload_bytes = round(draws.payload_bytes(sent.output))

    def _stop(self, sent: Publication, to: Delivery, network: Network, draws: Draws) -> _Stop:
        requests = self._requests
        way = None
        if to.bridge is not None:
            way = _Way(to.bridge, sent.output, requests, network, draws)
        transfer_ns = draws.transfer_ns(
            sent.output, to.target, requests.instances, requests.sequences
        )
        return _Stop(
            bridge=way,
            bridge_at_once=way is not None
            and way.at_once
            and network.broker_takes_at_once(to.broker),
            broker=network.broker(to.broker),
            last=_Way(to.last, sent.output, requests, network, draws),
            transfer_ns=column(transfer_ns),
            each=to.last.each,
            last_ns=network.receiving(to.last),
            arrived=self._receiver(sent, to, network, round(draws.payload_bytes(sent.output))),
            at_once=network.takes_at_once(to.target),
        )

    def _receiver(
        self, sent: Publication, to: Delivery, network: Network, payload_bytes: int
    ) -> Arrived:
        starts, ends, sizes = self._requests.recorder.row(Kind.RECEIVED, sent.output, to.target)
        instance, hosts, output = self._requests.instance, network.hosts(to.target), sent.output
        alone = len(hosts) == 1

        def receive(r: int, spoke: bool, now_ns: float) -> None:
            starts[r] = ends[r] = now_ns
            if spoke:
                sizes[r] = payload_bytes
            hosts[0 if alone else instance[r]].arrive(output, r, now_ns, spoke=spoke)

        def receive_if_up(r: int, spoke: bool, now_ns: float) -> None:
            up_ns = hosts[0 if alone else instance[r]].outages.up_again_ns(now_ns)
            if up_ns == now_ns:
                receive(r, spoke, now_ns)
            elif network.keeps and up_ns != math.inf:
                # The broker keeps it for a session that will come back.
                network.at(up_ns, partial(receive_if_up, r, spoke))

        return receive_if_up if network.nodes_fail else receive

    def send(self, r: int, now_ns: float, *, spoke: bool) -> float:
        """Make the message of request *r* ready from *now_ns* on; when its sender goes on."""
        handed_ns = now_ns + self._encode_ns[r]
        done_ns: float = handed_ns + self._publish_ns[r]
        self._starts[r], self._ends[r] = handed_ns, done_ns
        if spoke:
            self._sizes[r] = self._payload_bytes
        self._at(handed_ns, partial(self._handed, r, spoke))
        return done_ns

    def _set_off(self, r: int, spoke: bool, now_ns: float) -> None:
        then = partial(self._pass_on, r, spoke)
        self._first.go(r, now_ns, partial(self._once_there, then), ahead=False)

    def _once_there(self, then: Callable[[float], None], there_ns: float) -> None:
        """Do *then* when the message is there: others may come before it."""
        self._at(there_ns, then)

    def _pass_on(self, r: int, spoke: bool, now_ns: float) -> None:
        """The message is at its broker."""
        out_ns = self._broker.pass_on(now_ns)
        if out_ns == math.inf:
            return
        for stop in self._stops:
            if stop.bridge is None:
                self._deliver(stop, r, spoke, out_ns)
            elif stop.bridge_at_once:
                self._across(stop, r, spoke, stop.bridge.reach(r, out_ns))
            else:
                then = partial(self._across, stop, r, spoke)
                stop.bridge.go(r, out_ns, partial(self._once_there, then), ahead=True)

    def _across(self, stop: _Stop, r: int, spoke: bool, now_ns: float) -> None:
        """The message is at the broker on the other side of a bridge."""
        out_ns = stop.broker.pass_on(now_ns)
        if out_ns != math.inf:
            self._deliver(stop, r, spoke, out_ns)

    def _deliver(self, stop: _Stop, r: int, spoke: bool, now_ns: float) -> None:
        last = stop.last
        if last.at_once:
            self._hand_over(stop, r, spoke, last.reach(r, now_ns))
        else:
            stop.last.go(r, now_ns, partial(self._hand_over, stop, r, spoke), ahead=True)

    def _hand_over(self, stop: _Stop, r: int, spoke: bool, there_ns: float) -> None:
        """The message is at its receiver's host: its program hears of it in order."""
        connection = self._requests.instance[r] if stop.each else 0
        received_ns, before_ns = there_ns + stop.transfer_ns[r], stop.last_ns[connection]
        stop.last_ns[connection] = later_ns = received_ns if received_ns > before_ns else before_ns
        if stop.at_once:
            stop.arrived(r, spoke, later_ns)
        else:
            self._at(later_ns, partial(stop.arrived, r, spoke))
