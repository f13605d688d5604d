"""The plan of a run as the reader sees it before it starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from edge_aibench.api.simulation import ENGINE_TITLES
from edge_aibench.record.load import growing, growth, nearness
from edge_aibench.report.views import PlanHost, PlanLink, PlanView
from edge_aibench.units import format_duration, format_rate, format_size

if TYPE_CHECKING:
    from edge_aibench.api.simulation import Simulation
    from edge_aibench.emulate.capacity import Expectation
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.model.link import LinkDirection
    from edge_aibench.record.load import Load


def plan_view(
    experiment: Experiment, expectation: Expectation, loads: Sequence[Load] = ()
) -> PlanView:
    """Put *experiment*, and what it asks of this machine and of what it emulates, into words."""
    workload = experiment.workload
    return replace(
        _view(experiment, engine="emulate"),
        load=(*_load(experiment), f"{experiment.inference} inference by {experiment.runtime}"),
        wall_s=(workload.warmup_s + workload.duration_s) * experiment.dilation,
        dilation=experiment.dilation,
        backend=experiment.backend,
        cores=expectation.cores,
        expected_use=expectation.use,
        notes=(*_notes(experiment, expectation), *load_notes(loads)),
    )


def simulation_view(simulation: Simulation) -> PlanView:
    """Put a simulation, and what it asks of links and workers, into words."""
    experiment, engine = simulation.experiment, simulation.engine
    return replace(
        _view(experiment, engine=f"simulate, {ENGINE_TITLES.get(engine, engine)}"),
        load=(*_load(experiment), *_times(experiment)),
        notes=(*simulation.notes, *load_notes(simulation.loads)),
    )


def _view(experiment: Experiment, *, engine: str) -> PlanView:
    from edge_aibench.config.load import document_form
    from edge_aibench.record.scaling import scaled_nodes
    from edge_aibench.report.wording import scaling_lines

    scenario, topology, workload = experiment.scenario, experiment.topology, experiment.workload
    name = scenario.instances.name
    return PlanView(
        scenario=scenario.name,
        title=scenario.title,
        engine=engine,
        topology=topology.name,
        instances=f"{experiment.instances} {name}{'s' if experiment.instances != 1 else ''}",
        hosts=tuple(_hosts(experiment)),
        links=tuple(_links(experiment)),
        load=(),
        budgets=tuple(budget_lines(experiment)),
        duration_s=workload.duration_s,
        warmup_s=workload.warmup_s,
        seed=workload.seed,
        scaled=tuple(scaling_lines(scaled_nodes(document_form(experiment)))),
    )


def _hosts(experiment: Experiment) -> list[PlanHost]:
    topology = experiment.topology
    return [
        PlanHost(
            name=name,
            count=topology.count(name, instances=experiment.instances),
            tier=group.tier,
            hardware="switch" if group.hardware is None else group.hardware.name,
            stages=experiment.placement.stages_on(name),
        )
        for name, group in topology.nodes.items()
    ]


def _links(experiment: Experiment) -> list[PlanLink]:
    topology = experiment.topology
    return [
        PlanLink(
            name=name,
            between=link.between,
            count=max(topology.count(end, instances=experiment.instances) for end in link.between),
            up=_direction(link.up),
            down=_direction(link.down),
        )
        for name, link in topology.links.items()
    ]


def _direction(direction: LinkDirection) -> str:
    delay = format_duration(direction.delay_s)
    if direction.jitter.law != "none":
        delay += f" +- {format_duration(direction.jitter.spread_s)} {direction.jitter.law}"
    rate = "unlimited" if direction.rate_bps is None else format_rate(direction.rate_bps)
    return f"{delay}, {rate}, loss {direction.loss:.3g}"


def _load(experiment: Experiment) -> list[str]:
    lines = []
    for name, sensor in experiment.scenario.sensors.items():
        arrivals = sensor.arrivals
        lines.append(
            f"{name}: {experiment.instances} x {format_size(sensor.payload_bytes)} every "
            f"{format_duration(arrivals.interval_s)}, {arrivals.law}"
        )
    return lines


def _times(experiment: Experiment) -> list[str]:
    """Where the times of stages and messages come from, a line each source."""
    from edge_aibench.simulate.results import sources

    found: dict[str, list[str]] = {}
    for name, source in sources(experiment.timings).items():
        found.setdefault(source, []).append(name)
    return [f"times of {', '.join(names)}: {source}" for source, names in found.items()]


def budget_lines(experiment: Experiment) -> list[str]:
    """The budgets in words."""
    budgets = experiment.scenario.budgets
    named = (("communication", budgets.communication), ("end to end", budgets.end_to_end))
    return [
        f"{name} p{budget.percentile:g} <= {format_duration(budget.limit_s)}"
        for name, budget in named
        if budget is not None
    ]


def _notes(experiment: Experiment, expectation: Expectation) -> list[str]:
    if expectation.proposed_dilation <= experiment.dilation:
        return []
    proposal = f"--dilation {expectation.proposed_dilation:g} (or auto) keeps them apart"
    return [f"the emulated nodes will wait for each other on this machine's cores; {proposal}"]


def load_notes(loads: Sequence[Load]) -> list[str]:
    """What is to be said of links and workers that are full, or nearly so."""
    notes = [f"{growth(load)}; what helps: {load.remedy}" for load in growing(loads)]
    return notes + [nearness(load) for load in loads if load.near]
