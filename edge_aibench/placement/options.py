"""Which choices there are for every decided stage, and which rule keeps the others out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from edge_aibench.errors import ConfigError
from edge_aibench.model.scenario import WITH_CONSUMERS
from edge_aibench.model.topology import TIERS
from edge_aibench.placement.apply import decided_stages
from edge_aibench.placement.choice import Choice
from edge_aibench.placement.memory import memory_of
from edge_aibench.placement.problem import Refusal
from edge_aibench.units import format_size

if TYPE_CHECKING:
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.model.topology import Tier
    from edge_aibench.placement.facts import FormFacts, StageFacts
    from edge_aibench.placement.surrogate import Surrogate


class Runnable(Protocol):
    """Tells which runtimes run the network of a stage."""

    def __call__(self, stage: str) -> tuple[str, ...]:
        """Their names; none for a stage without a network."""


def no_runtimes(stage: str) -> tuple[str, ...]:
    """Nothing is known of runtimes."""
    del stage
    return ()


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What choices must keep, besides what scenario and topology say themselves.

    *floors* is the least quality of a stage's network. *runtimes* are those that run it here.
    """

    floors: Mapping[str, float] = field(default_factory=dict)
    runtimes: Runnable = no_runtimes


def find_options(
    experiment: Experiment,
    facts: Mapping[str, StageFacts],
    surrogate: Surrogate,
    rules: Rules | None = None,
) -> tuple[dict[str, tuple[Choice, ...]], dict[str, tuple[Refusal, ...]]]:
    """The permitted choices of every decided stage, and the refused ones with their rules.

    Choices are in the topology's order from the device to the cloud, the scenario's own form first.
    Raises ConfigError for a stage that nothing is left for, and for an unknown stage among floors.
    """
    checks = _Checks(experiment, facts, surrogate, rules or Rules())
    options: dict[str, tuple[Choice, ...]] = {}
    refused: dict[str, tuple[Refusal, ...]] = {}
    for stage in decided_stages(experiment.scenario):
        kept, out = [], []
        for choice in _all_choices(experiment, facts[stage]):
            rule = next(checks.broken(stage, choice), None)
            if rule is None:
                kept.append(choice)
            else:
                out.append(Refusal(choice, rule))
        if not kept:
            raise _homeless(experiment, stage, out)
        options[stage], refused[stage] = tuple(kept), tuple(out)
    return options, refused


def _all_choices(experiment: Experiment, facts: StageFacts) -> Iterator[Choice]:
    nodes = experiment.topology.nodes
    hosts = [name for name, group in nodes.items() if group.kind == "host"]
    hosts.sort(key=lambda name: TIERS.index(nodes[name].tier))
    for form in facts.forms:
        yield from (Choice(group, form) for group in hosts)


class _Checks:
    def __init__(
        self,
        experiment: Experiment,
        facts: Mapping[str, StageFacts],
        surrogate: Surrogate,
        rules: Rules,
    ) -> None:
        self._experiment, self._facts = experiment, facts
        self._scenario, self._topology = experiment.scenario, experiment.topology
        self._surrogate, self._rules = surrogate, rules

    def broken(self, stage: str, choice: Choice) -> Iterator[str]:
        """The rules that *choice* breaks, in words; the cheap ones first."""
        form = self._facts[stage].forms[choice.form]
        yield from self._count(choice)
        yield from self._privacy(stage, choice)
        yield from self._quality(stage, form)
        yield from self._memory(choice, form)
        yield from self._runtime(stage, choice)
        yield from self._capacity(stage, choice)

    def _count(self, choice: Choice) -> Iterator[str]:
        count = self._topology.nodes[choice.place].count
        if count not in (1, "instances"):
            yield f"a stage runs on one host, or on one an instance; {choice.place} has {count}"

    def _privacy(self, stage: str, choice: Choice) -> Iterator[str]:
        """What the stage makes, and what it takes, must be allowed where it would run.

        What runs with its consumers would come along with all that it takes.
        """
        tier = self._topology.nodes[choice.place].tier
        there = [stage, *self._following(stage)]
        outputs = [need for name in there for need in self._scenario.stages[name].needs]
        for output in dict.fromkeys([*outputs, *there]):
            limit = self._scenario.stays_within(output)
            if limit is not None and _beyond(tier, limit):
                yield f"{output} stays within the {limit} tier"

    def _following(self, stage: str) -> list[str]:
        """The stages that run wherever *stage* runs, near and far."""
        found: list[str] = []
        front = [stage]
        while front:
            for need in self._scenario.stages[front.pop()].needs:
                known = self._scenario.stages.get(need)
                if known is not None and known.place == WITH_CONSUMERS and need not in found:
                    found.append(need)
                    front.append(need)
        return found

    def _quality(self, stage: str, form: FormFacts) -> Iterator[str]:
        floor = self._rules.floors.get(stage)
        if floor is None:
            return
        if form.quality is None:
            yield f"its quality is not known (untrained), and must be at least {floor:g}"
        elif form.quality < floor:
            yield f"its {form.metric or 'quality'} is {form.quality:.4g}, below {floor:g}"

    def _memory(self, choice: Choice, form: FormFacts) -> Iterator[str]:
        memory_bytes = memory_of(self._topology, choice.place)
        if memory_bytes is not None and form.resident_bytes > memory_bytes:
            yield (
                f"its weights take {format_size(form.resident_bytes)}, "
                f"{choice.place} has {format_size(memory_bytes)}"
            )

    def _runtime(self, stage: str, choice: Choice) -> Iterator[str]:
        hardware = self._topology.nodes[choice.place].hardware
        needed = self._rules.runtimes(stage)
        if hardware is None or hardware.runtimes is None:
            return
        if not hardware.runtimes:
            yield f"{hardware.name} runs its sensor only"
        elif needed and not set(needed) & set(hardware.runtimes):
            yield f"no runtime of its network ({', '.join(needed)}) runs on {hardware.name}"

    def _capacity(self, stage: str, choice: Choice) -> Iterator[str]:
        """Refuse what this stage would ask too much of with nothing else there."""
        use = self._surrogate.use_alone(stage, choice)
        if use >= 1.0:
            yield f"it alone would ask for {use:.0%} of what a worker of {choice.place} can do"


def _beyond(tier: Tier, limit: Tier) -> bool:
    return TIERS.index(tier) > TIERS.index(limit)


def _homeless(experiment: Experiment, stage: str, refused: list[Refusal]) -> ConfigError:
    rules = "; ".join(f"{refusal.choice}: {refusal.rule}" for refusal in refused)
    return ConfigError(
        f"no node can host this stage: {rules}",
        where=f"scenario {experiment.scenario.name} on topology {experiment.topology.name}",
        key=stage,
        next_step="take another topology, fewer instances, or give up one of these rules",
    )
