"""Answers worked out before the load: for networks too heavy to run for each request.

In profiled mode a stage's answer comes from the real network and its time from a profile. All
observations of the plan go through all stages in a process of its own; an inference stage runs
once for each distinct input. What it gave is kept as it would travel, by request.
"""

from __future__ import annotations

import struct
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import IO, TYPE_CHECKING, Any

from edge_aibench.emulate.aside import Tell, work_aside
from edge_aibench.emulate.fingerprint import fingerprint
from edge_aibench.emulate.rehearsal import Rehearsal
from edge_aibench.errors import ConfigError
from edge_aibench.model.components import Call, CountingStageFunction

if TYPE_CHECKING:
    from edge_aibench.model.components import Components, StageFunction
    from edge_aibench.model.scenario import Scenario
    from edge_aibench.model.workload import ArrivalPlan

Progress = Callable[[int, int], None]
"""Told how many of the planned observations are done."""

_ENTRY = struct.Struct("<BIIII")
_NOTHING = 2**32 - 1
"""The size of an output that there was none of."""

_EVERY_S = 0.5


@dataclass(frozen=True)
class Recorded:
    """One answer as it travels (None: nothing), and how many samples it took of the network."""

    payload: bytes | None
    samples: int


@dataclass(frozen=True)
class AnswerBook:
    """What the inference stages gave, by stage and then by instance and sequence.

    *distinct* counts the inputs that the networks ran for. *played* is what all stages did;
    networks, whose times come from profiles, with a service time of 0. *planned* counts the
    requests of each sensor.
    """

    outputs: Mapping[str, Mapping[tuple[int, int], Recorded]]
    distinct: int
    played: Rehearsal
    planned: Mapping[str, int]

    def samples(self, stage: str, sensor: str) -> Mapping[int, float]:
        """What share of the requests of *sensor* took how many samples of the network of *stage*.

        The shares do not add up to 1: some requests never come to the stage.
        """
        planned = max(1, self.planned[sensor])
        counted = Counter(recorded.samples for recorded in self.outputs[stage].values())
        return {samples: number / planned for samples, number in counted.items()}


def work_out(
    scenario: Scenario,
    components: Components,
    plans: Sequence[ArrivalPlan],
    progress: Progress = lambda _done, _total: None,
) -> AnswerBook:
    """Send every planned observation through all stages.

    Raises ConfigError for an inference stage behind a join in time, whose inputs only the run
    knows; RunError if a stage cannot run; an error of ours as it is.
    """
    _check_graph(scenario)
    with tempfile.TemporaryFile() as book:

        def work(tell: Tell) -> dict[str, Any]:
            player = _Player(scenario, components, plans, book, tell)
            player.play_all()
            book.flush()
            return {"distinct": player.distinct, "played": asdict(player.played())}

        said = work_aside(
            work,
            failed=f"the answers of '{scenario.name}' cannot be had",
            heard=lambda news: progress(*news),
        )
        book.seek(0)
        outputs = _read(book, scenario.inference_stages())
    return AnswerBook(
        outputs,
        int(said["distinct"]),
        Rehearsal(**said["played"]),
        {plan.sensor: plan.total for plan in plans},
    )


def _check_graph(scenario: Scenario) -> None:
    joined = {name for name, stage in scenario.stages.items() if stage.within_s}
    for name in scenario.order():
        needs = scenario.stages[name].own_needs
        if not joined.intersection((name, *needs)):
            continue
        joined.add(name)
        if scenario.stages[name].kind == "inference":
            raise ConfigError(
                "depends on a join in time, so that its inputs are known in the run only",
                where=f"scenario {scenario.name}",
                key=f"stages.{name}",
                next_step="run it with --compute measured",
            )


class _Player:
    """Plays the plan of every sensor through the stages of its requests."""

    def __init__(
        self,
        scenario: Scenario,
        components: Components,
        plans: Sequence[ArrivalPlan],
        book: IO[bytes],
        tell: Tell,
    ) -> None:
        self._scenario = scenario
        self._components = components
        self._plans = plans
        self._book = book
        self._say = tell
        self._numbers = {name: i for i, name in enumerate(scenario.inference_stages())}
        self._functions: Mapping[str, StageFunction] = {}
        self._seen: dict[tuple[str, bytes], Any] = {}
        self._spent_s = dict.fromkeys(scenario.stages, 0.0)
        self._passed = dict.fromkeys(scenario.stages, 0)
        self._done = 0
        self._next_word_s = 0.0

    @property
    def distinct(self) -> int:
        return len(self._seen)

    def play_all(self) -> None:
        instances = range(len(self._plans[0].instants_ns))
        self._functions = self._components.stages(self._scenario.order(), tuple(instances))
        for plan in self._plans:
            stages = [n for n in self._scenario.order() if self._scenario.origin(n) == plan.sensor]
            for instance in instances:
                for sequence in range(len(plan.instants_ns[instance])):
                    self._play(plan.sensor, stages, instance, sequence)
                    self._tell()

    def played(self) -> Rehearsal:
        totals = {plan.sensor: max(1, plan.total) for plan in self._plans}

        def each(sums: Mapping[str, float]) -> dict[str, float]:
            return {name: n / totals[self._scenario.origin(name)] for name, n in sums.items()}

        return Rehearsal(service_s=each(self._spent_s), passes=each(self._passed))

    def _play(self, sensor: str, stages: Sequence[str], instance: int, sequence: int) -> None:
        made: dict[str, Any] = {sensor: self._components.sensor(sensor).observe(instance, sequence)}
        for name in stages:
            stage = self._scenario.stages[name]
            inputs = {need: made.get(need) for need in stage.needs}
            if all(inputs[need] is None for need in stage.own_needs):
                continue
            call = Call(instance, sequence, inputs)
            if stage.kind == "inference":
                made[name] = self._infer(name, call)
            else:
                start_s = time.perf_counter()
                made[name] = self._functions[name].process(call)
                self._spent_s[name] += time.perf_counter() - start_s
            self._passed[name] += made[name] is not None

    def _infer(self, name: str, call: Call) -> Any:
        key = (name, fingerprint(call.inputs))
        function = self._functions[name]
        if key not in self._seen:
            self._seen[key] = function.process(call)
        output = self._seen[key]
        samples = function.samples(call) if isinstance(function, CountingStageFunction) else 1
        payload = b"" if output is None else self._components.codec(name).encode(output)
        size = _NOTHING if output is None else len(payload)
        head = _ENTRY.pack(self._numbers[name], call.instance, call.sequence, samples, size)
        self._book.write(head + payload)
        return output

    def _tell(self) -> None:
        self._done += 1
        if time.monotonic() >= self._next_word_s:
            self._next_word_s = time.monotonic() + _EVERY_S
            self._say((self._done, sum(plan.total for plan in self._plans)))


def _read(book: IO[bytes], stages: Sequence[str]) -> dict[str, dict[tuple[int, int], Recorded]]:
    outputs: dict[str, dict[tuple[int, int], Recorded]] = {name: {} for name in stages}
    same: dict[Recorded, Recorded] = {}
    while head := book.read(_ENTRY.size):
        number, instance, sequence, samples, size = _ENTRY.unpack(head)
        found = Recorded(None if size == _NOTHING else book.read(size), samples)
        outputs[stages[number]][instance, sequence] = same.setdefault(found, found)
    return outputs
