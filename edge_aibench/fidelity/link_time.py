"""How long the links alone keep a message that meets no other."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_aibench.network.law import link_law
from edge_aibench.simulate.plan import FRAME_PAYLOAD_BYTES, HEADERS_BYTES, PUBLISH_BYTES

if TYPE_CHECKING:
    from edge_aibench.simulate.plan import Carriage, Crossing, Publication, SimulationPlan


@dataclass(frozen=True)
class LinkTime:
    """Mean and variance of the links' share of a message's way, seconds.

    *brokers* are those on the way, *moves* says that some link changes while the run lasts: then
    its share cannot be told apart afterwards.
    """

    mean_s: float
    variance: float
    brokers: int
    moves: bool


def frames_of(payload_bytes: float) -> int:
    """How many Ethernet frames a message with *payload_bytes* takes."""
    return math.ceil((payload_bytes + PUBLISH_BYTES) / FRAME_PAYLOAD_BYTES)


def passing_s(crossings: Iterable[Crossing], payload_bytes: float) -> float:
    """Until the last bit is through: transmission on each link, frame behind frame, and delay."""
    frames = frames_of(payload_bytes)
    wire_bits = 8 * (payload_bytes + PUBLISH_BYTES + HEADERS_BYTES * frames)
    head_s = tail_s = 0.0
    for crossing in crossings:
        delay_s = link_law(crossing.direction).mean_delay_s
        rate_bps = crossing.direction.rate_bps
        if rate_bps is None:
            head_s = tail_s = tail_s + delay_s
            continue
        frame_s = wire_bits / frames / rate_bps
        tail_s = max(head_s + wire_bits / rate_bps, tail_s + frame_s) + delay_s
        head_s = head_s + frame_s + delay_s
    return tail_s


def link_time(
    plan: SimulationPlan, output: str, source: str, target: str, payload_bytes: float
) -> LinkTime:
    """The links' share of the way of *output* from group *source* to group *target*."""
    carriages, brokers = carriages_to(plan.publications[output, source], target)
    crossings = [crossing for carriage in carriages for crossing in carriage.crossings]
    return LinkTime(
        mean_s=sum(passing_s(c.crossings, payload_bytes) for c in carriages),
        variance=sum(link_law(c.direction).std_delay_s ** 2 for c in crossings),
        brokers=brokers,
        moves=any(crossing.moves for crossing in crossings),
    )


def carriages_to(sent: Publication, target: str) -> tuple[tuple[Carriage, ...], int]:
    """The carriages that lead to *target*, and the number of brokers on the way."""
    delivery = next(to for to in sent.deliveries if to.target == target)
    if delivery.bridge is None:
        return (sent.first, delivery.last), 1
    return (sent.first, delivery.bridge, delivery.last), 2
