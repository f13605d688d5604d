"""What links and workers were asked for and used, from how often things were noted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.clock import NS_PER_S
from edge_aibench.record.data import Sent
from edge_aibench.record.energy import Usage
from edge_aibench.record.offered_load import Messages, all_loads, wire_bits
from edge_aibench.record.usage import bytes_on_links

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from edge_aibench.record.load import Load
    from edge_aibench.simulate.vector.collect import Collected
    from edge_aibench.simulate.vector.program import Program


def loads_of(collected: Collected) -> tuple[Load, ...]:
    """The loads after the warm-up, alike by every instance."""
    program = collected.program
    experiment = program.plan.experiment
    everyone = np.ones(experiment.instances)
    messages: dict[str, Messages] = {}
    work_s: dict[tuple[str, str], NDArray[np.float64]] = {}
    for number, sensor in enumerate(program.sensors):
        times, spans = collected.found.times[number], collected.found.spans[number]
        if not times[0]:
            continue
        per_s = 1.0 / experiment.scenario.sensors[sensor].arrivals.interval_s / int(times[0])
        for output, source in _senders(program, sensor):
            sent, silent = _sent(collected, output, source)
            size = program.payload_bytes(output) * (1.0 - silent / max(sent, 1))
            messages[output] = Messages(everyone * sent * per_s, everyone * size)
        for stage in experiment.scenario.stages:
            for group in experiment.placement.groups[stage]:
                places = program.notes[sensor].places
                place = places.get(("served", stage, group))
                if place is not None and times[place]:
                    dropped = places.get(("dropped", stage, group))
                    given_up = 0 if dropped is None else times[dropped]
                    each_s = spans[place] / NS_PER_S / times[place]
                    work_s[stage, group] = everyone * (times[place] + given_up) * per_s * each_s
    return all_loads(experiment, messages, work_s)


def usage_of(collected: Collected) -> Usage | None:
    """What the measured requests used; None if there were none."""
    program = collected.program
    experiment = program.plan.experiment
    requests = int(collected.found.times[:, 0].sum())
    time_s = experiment.workload.duration_s
    if not requests or time_s <= 0:
        return None
    sent = {
        output: _on_wires(program.payload_bytes(output), *_sent(collected, output, source))
        for sensor in program.sensors
        for output, source in _senders(program, sensor)
    }
    worked_ns = zip(program.plan.groups, collected.found.worked_ns, strict=True)
    return Usage(
        time_s=time_s,
        requests=requests,
        busy_s={group: float(spent_ns) / NS_PER_S for group, spent_ns in worked_ns if spent_ns},
        wire_bytes=bytes_on_links(experiment, sent),
    )


def _senders(program: Program, sensor: str) -> Iterator[tuple[str, str]]:
    """Outputs of *sensor*'s requests that travel, and where they are made."""
    places = program.notes[sensor].places
    yield from ((name, group) for what, name, group in places if what == "sent")


def _sent(collected: Collected, output: str, source: str) -> tuple[int, int]:
    """How many messages were sent, and how many of them said that there is nothing."""
    program = collected.program
    sensor = program.plan.experiment.scenario.origin(output)
    place, silent = program.sent_place(output, source)
    times = collected.found.times[program.sensors.index(sensor)]
    return int(times[place]), int(times[silent]) if silent >= 0 else 0


def _on_wires(payload_bytes: int, sent: int, silent: int) -> Sent:
    each = wire_bits(np.array([payload_bytes, 0.0]))
    return Sent(messages=sent, bits=float(each[0] * (sent - silent) + each[1] * silent))
