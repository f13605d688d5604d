"""The link of a node that moves past radio stations, as a trace.

The node is served by one station. When another has been stronger by the hysteresis for the time
to trigger, it is handed over, and both directions are interrupted for a time drawn evenly
between two bounds. Where even the serving station is too weak, packets are lost until it is not.
`radio.py` has the laws in between; `topologies/README.md` says where the defaults come from.

Not modelled: that nodes share a station's capacity, interference, fast fading, speed that varies.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_aibench.config.trace_csv import LEAST_RATE_BPS
from edge_aibench.errors import InternalError
from edge_aibench.model.link import LinkDirection
from edge_aibench.model.mobility import Handover, Mobility, Route
from edge_aibench.network.radio import (
    LEAST_SNR_DB,
    LIGHT_M_PER_S,
    distances_m,
    rate_share,
    shadowing_db,
    snr_db,
)
from edge_aibench.network.trace import LinkState, LinkTrace

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Radio:
    """What the node receives: *snr_db* and *distance_m*, both (steps, stations)."""

    snr_db: Floats
    distance_m: Floats


def positions_m(route: Route, *, start_share: float, instants_s: Floats) -> Floats:
    """Where a node is at each of *instants_s* that began after *start_share* of a round.

    East and north in metres, shape (n, 2).
    """
    import numpy as np

    corners = np.array([*route.waypoints, route.waypoints[0]])
    legs_m = np.hypot(*np.diff(corners, axis=0).T)
    milestones_m = np.concatenate([[0.0], np.cumsum(legs_m)])
    total_m = milestones_m[-1]
    driven_m = (start_share * total_m + route.speed_m_per_s * instants_s) % total_m
    return np.stack(
        [np.interp(driven_m, milestones_m, corners[:, axis]) for axis in (0, 1)], axis=1
    )


def mobility_trace(
    mobility: Mobility,
    *,
    up: LinkDirection,
    down: LinkDirection,
    start_share: float,
    duration_s: float,
    generator: np.random.Generator,
) -> LinkTrace:
    """The trace of one node over *duration_s*, on top of *up* and *down*.

    Their rates are what the link carries at its best, their jitter and loss stay. The node
    begins after *start_share* (0 to 1) of a round. Shadowing and the lengths of interruptions
    are drawn from *generator*. After the end the last state stays.
    """
    import numpy as np

    steps = max(1, math.ceil(duration_s / mobility.step_s))
    points = positions_m(
        mobility.route,
        start_share=start_share,
        instants_s=np.arange(steps, dtype=np.float64) * mobility.step_s,
    )
    shadow_generator, outage_generator = generator.spawn(2)
    radio = _radio(mobility, points, shadow_generator)
    serving = serving_stations(radio.snr_db, mobility.handover, step_s=mobility.step_s)
    states = _states(radio, serving, up=up, down=down)
    return _with_handovers(states, serving, mobility, outage_generator)


def serving_stations(snr: Floats, handover: Handover, *, step_s: float) -> npt.NDArray[np.int64]:
    """Index of the station that serves at each step of *snr*, (steps, stations); shape (steps,).

    The strongest first; then another one after it has been the strongest, by the hysteresis, for
    the time to trigger.
    """
    import numpy as np

    strongest = snr.argmax(axis=1)
    wait_steps = math.ceil(handover.time_to_trigger_s / step_s - 1e-9)
    serving = np.empty(len(snr), dtype=np.int64)
    current, candidate, since = int(strongest[0]), -1, 0
    for step, best in enumerate(strongest.tolist()):
        if best == current or snr[step, best] <= snr[step, current] + handover.hysteresis_db:
            candidate = -1
        else:
            if best != candidate:
                candidate, since = best, step
            if step - since >= wait_steps:
                current, candidate = best, -1
        serving[step] = current
    return serving


def _radio(mobility: Mobility, points: Floats, generator: np.random.Generator) -> _Radio:
    import numpy as np

    step_m = mobility.route.speed_m_per_s * mobility.step_s
    distance_m = np.stack([distances_m(points, station.at) for station in mobility.stations], 1)
    signals = []
    # A stream for each station: a longer run then begins like a shorter one.
    streams = generator.spawn(len(mobility.stations))
    for index, (station, own) in enumerate(zip(mobility.stations, streams, strict=True)):
        shadow = shadowing_db(
            len(points), step_m=step_m, spread_db=mobility.shadowing_db, generator=own
        )
        signals.append(snr_db(distance_m[:, index], range_m=station.range_m) - shadow)
    return _Radio(snr_db=np.stack(signals, 1), distance_m=distance_m)


def _states(
    radio: _Radio, serving: npt.NDArray[np.int64], *, up: LinkDirection, down: LinkDirection
) -> list[LinkState]:
    """The state of the link at each step, interruptions of handovers aside."""
    import numpy as np

    rows = np.arange(len(serving))
    snr, distance_m = radio.snr_db[rows, serving], radio.distance_m[rows, serving]
    ways = {}
    for way, base in (("up", up), ("down", down)):
        if base.rate_bps is None:
            raise InternalError("a link with mobility has a rate: it was checked")
        rates_bps = _rates_bps(rate_share(snr, way=way), base.rate_bps)
        delays_s = np.round(base.delay_s + distance_m / LIGHT_M_PER_S, 6)
        ways[way] = _directions(base, delays_s, rates_bps, snr < LEAST_SNR_DB)
    return [LinkState(up=u, down=d) for u, d in zip(ways["up"], ways["down"], strict=True)]


def _directions(
    base: LinkDirection,
    delays_s: Floats,
    rates_bps: Floats,
    out_of_range: npt.NDArray[np.bool_],
) -> list[LinkDirection]:
    # Few of them differ, and making one takes microseconds.
    made: dict[tuple[float, float, bool], LinkDirection] = {}
    directions = []
    for asked in zip(delays_s.tolist(), rates_bps.tolist(), out_of_range.tolist(), strict=True):
        if asked not in made:
            delay_s, rate_bps, lost = asked
            outage = "lost" if lost else "none"
            made[asked] = base.model_copy(
                update={"delay_s": delay_s, "rate_bps": rate_bps, "outage": outage}
            )
        directions.append(made[asked])
    return directions


def _with_handovers(
    states: list[LinkState],
    serving: npt.NDArray[np.int64],
    mobility: Mobility,
    generator: np.random.Generator,
) -> LinkTrace:
    handover, step_s = mobility.handover, mobility.step_s
    changes = [(0.0, states[0])]
    for step in range(1, len(states)):
        # A number of steps in decimal: 0.3 and not 0.30000000000000004.
        now_s, last_s = round(step * step_s, 9), changes[-1][0]
        length_s = 0.0
        if serving[step] != serving[step - 1]:
            length_s = round(float(generator.uniform(handover.shortest_s, handover.longest_s)), 6)
        if length_s > 0:
            if last_s >= now_s:
                # An interruption within another one: both together.
                changes.pop()
            changes.append((now_s, _interrupted(states[step], handover.kind)))
            changes.append((round(max(last_s, now_s + length_s), 9), states[step]))
        elif last_s >= now_s:
            # What the link will be like when the interruption under way ends.
            changes[-1] = (last_s, states[step])
        else:
            changes.append((now_s, states[step]))
    merged = [changes[0]]
    for instant_s, state in changes[1:]:
        if state != merged[-1][1]:
            merged.append((instant_s, state))
    instants_s, kept = zip(*merged, strict=True)
    return LinkTrace(instants_s=instants_s, states=kept)


def _interrupted(state: LinkState, kind: str) -> LinkState:
    return LinkState(
        up=state.up.model_copy(update={"outage": kind}),
        down=state.down.model_copy(update={"outage": kind}),
    )


def _rates_bps(shares: Floats, best_bps: float) -> Floats:
    """Shares of *best_bps*, rounded: all digits would change the link at every step."""
    import numpy as np

    rates_bps = np.maximum(shares * best_bps, LEAST_RATE_BPS)
    scale = 10.0 ** (np.floor(np.log10(rates_bps)) - 2)
    rounded = np.minimum(np.round(rates_bps / scale) * scale, best_bps)
    return np.where(shares >= 1.0, best_bps, rounded)
