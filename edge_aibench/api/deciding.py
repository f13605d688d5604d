"""`edge_aibench.place`: where each stage should run, as a function."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from edge_aibench.api import arguments
from edge_aibench.api.calls import arguments_of
from edge_aibench.api.choices import Choices
from edge_aibench.api.placing import ALL, FORMS, Placing, PlacingChoices
from edge_aibench.api.simulation import SimulationChoices

if TYPE_CHECKING:
    from edge_aibench.api.notices import Notices
    from edge_aibench.api.placing_forms import FormChoice
    from edge_aibench.model.timings import Timings
    from edge_aibench.placement.choice import Assignment
    from edge_aibench.placement.decision import Decision
    from edge_aibench.placement.problem import Problem


def place(  # noqa: PLR0913 - one argument an option
    scenario: str | Path,
    *,
    instances: int | None = None,
    objective: str | Iterable[str] = "e2e.p99",
    budget: bool = False,
    limits: Iterable[str] = (),
    quality_floor: arguments.Pairs = (),
    forms: FormChoice = "own",
    splits: bool = False,
    policies: Iterable[str | Callable[[Problem], Assignment]] = (ALL,),
    time_limit_s: float = 60.0,
    topology: str | Path | None = None,
    interval: str | float | None = None,
    arrivals: str | None = None,
    duration_s: float | None = None,
    warmup_s: float = 3.0,
    seed: int = 1,
    inference: str = "window",
    runtime: str = "auto",
    data_root: str | Path | None = None,
    settings: arguments.Pairs = (),
    links: arguments.Pairs = (),
    service: arguments.Pairs = (),
    profiles: Iterable[str | Path] = (),
    calibration: str | Path | None = None,
    timings: Timings | None = None,
    notices: Notices | None = None,
    **words: int,
) -> Decision:
    """Find where each stage of *scenario* should run, as `edge-aibench place` does.

    *policies* are names, texts `FILE.py:function`, or functions of a `Problem`. The other arguments
    are those of `simulate` and of the command's options; nothing is emulated. *duration_s* None is
    long enough for a 99th percentile of each sensor's requests.

    Raises ConfigError for an argument or a file that is wrong, for a stage that no node can host
    and for a policy that fails; and what a rehearsal raises.
    """
    scenario = str(scenario)
    choices = Choices(
        scenario=scenario,
        engine="simulate",
        instances=arguments.instances(
            instances, words, scenario=scenario, known=arguments_of(place)
        ),
        topology=arguments.text_or_none(topology, "topology"),
        interval=arguments.interval(interval),
        arrivals=arguments.text_or_none(arrivals, "arrivals"),
        duration_s=0.0 if duration_s is None else arguments.seconds(duration_s, "duration_s"),
        warmup_s=arguments.seconds(warmup_s, "warmup_s"),
        seed=arguments.seed(seed),
        inference=inference,
        runtime=runtime,
        data_root=arguments.path_or_none(data_root, "data_root"),
        profiles=tuple(Path(file) for file in profiles),
        settings=arguments.pairs(settings, "settings"),
        links=arguments.pairs(links, "links"),
    )
    only = SimulationChoices(
        services=arguments.pairs(service, "service"),
        calibration=arguments.path_or_none(calibration, "calibration"),
        timings=timings,
    )
    asked = tuple(policies) if not isinstance(policies, str) else (policies,)
    wanted = PlacingChoices(
        objective=objective if isinstance(objective, str) else ",".join(objective),
        budget=budget,
        limits=arguments.texts(limits, "limits"),
        floors=arguments.pairs(quality_floor, "quality_floor"),
        forms=arguments.one_of(forms, "forms", FORMS),
        splits=splits,
        policies=asked,
        limit_s=arguments.seconds(time_limit_s, "time_limit_s", least=0.1),
    )
    return Placing.prepare(choices, only, wanted, notices).decide(notices)
