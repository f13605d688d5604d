"""Learned placement: an environment of gymnasium's shape, whose steps are periods of a scenario.

Contract: `reset(seed=, options=)` gives (observation, info), `step(action)` gives (observation,
reward, terminated, truncated, info), as gymnasium.Env of release 1.x documents. gymnasium itself
is not needed; where it is installed the spaces are its own.

Each period is a run of its own, with a seed of its own and empty queues and links at its start.
Two things are carried from one period to the next: the load, which walks at random, and the
requests that were not answered by the end of a period, which come on top of the next one's as
further arrivals, evenly spread. Not carried are where in a queue they stood, models' states, and
the position of moving links and traces, which begin anew.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_aibench import rng
from edge_aibench.api import arguments
from edge_aibench.api.calls import arguments_of, run_once
from edge_aibench.api.choices import Choices
from edge_aibench.api.notices import Notices
from edge_aibench.api.simulation import Simulation, SimulationChoices
from edge_aibench.clock import NS_PER_S
from edge_aibench.errors import ConfigError
from edge_aibench.model.placement import place
from edge_aibench.model.topology import TIERS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from edge_aibench.api.run import Run
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.model.timings import Timings
    from edge_aibench.simulate.session import EngineChoice

Reward = Callable[["Run"], float]
Load = Callable[["np.random.Generator", float], float]

LOAD_STEP = 0.2
LOAD_RANGE = (0.5, 2.0)
"""Of the default walk, relative to the scenario's own rate; a choice of ours."""

MOST = 1e6
"""What an observation shows instead of anything larger, such as a percentile without an answer."""

_LEAST_INTERVAL_S = 1e-3


def over_budget(run: Run) -> float:
    """Minus the share of requests that were not answered within the scenario's budget."""
    share = run.summary.in_budget
    return 0.0 if share is None else share.value - 1.0


def walk(generator: np.random.Generator, load: float) -> float:
    """The load after *load*: times a lognormal factor, and kept in `LOAD_RANGE`."""
    low, high = LOAD_RANGE
    return min(high, max(low, load * math.exp(LOAD_STEP * generator.standard_normal())))


@dataclass(frozen=True)
class _Now:
    """Where an episode stands before period *period*, with the placement of the one before."""

    period: int
    load: float
    action: tuple[int, ...]
    backlog: float = 0.0
    measured: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)


class PlacementEnvironment:
    """Place every inference stage of *scenario* anew for each of *periods* periods.

    An action holds an index into *places* (tiers or node groups) for each of `stages`. An
    observation is a float32 vector, named by `observation_names`: the load of the coming period
    (1: the scenario's own rate), requests carried over as a share of a period's, and of the period
    before the share over budget, p50 and p99 end to end as a share of the deadline, the use of the
    fullest worker, and the place of each stage as an index. *reward* makes a number of a `Run`,
    *load* the next load of a generator and the last one. Times that nobody gives are rehearsed
    once, when the environment is made. The other arguments are those of `simulate`.
    """

    metadata: Mapping[str, Any] = {"render_modes": []}
    render_mode = None

    def __init__(  # noqa: PLR0913 - one argument an option
        self,
        scenario: str | Path,
        *,
        instances: int | None = None,
        topology: str | Path | None = None,
        interval: str | float | None = None,
        arrivals: str | None = "poisson",
        settings: arguments.Pairs = (),
        links: arguments.Pairs = (),
        service: arguments.Pairs = (),
        timings: Timings | None = None,
        engine: EngineChoice = "auto",
        periods: int = 20,
        period_s: float = 10.0,
        places: Sequence[str] = TIERS,
        reward: Reward = over_budget,
        load: Load = walk,
        notices: Notices | None = None,
        **words: int,
    ) -> None:
        from edge_aibench.api.spaces import box, multi_discrete

        self.periods = arguments.whole(periods, "periods", least=1)
        self.places = arguments.texts(places, "places")
        self._engine: EngineChoice = engine
        self._reward, self._load = reward, load
        choices = Choices(
            scenario=str(scenario),
            engine="simulate",
            instances=arguments.instances(
                instances, words, scenario=str(scenario), known=arguments_of(type(self).__init__)
            ),
            topology=arguments.text_or_none(topology, "topology"),
            interval=arguments.interval(interval),
            arrivals=arguments.text_or_none(arrivals, "arrivals"),
            duration_s=arguments.seconds(period_s, "period_s", least=1e-3),
            warmup_s=0.0,
            settings=arguments.pairs(settings, "settings"),
            links=arguments.pairs(links, "links"),
        )
        only = SimulationChoices(
            engine=engine,
            record="full",
            services=arguments.pairs(service, "service"),
            timings=timings,
        )
        self._base = Simulation.prepare(choices, only, notices).experiment
        self.stages = self._base.scenario.inference_stages()
        for where in self.places:
            place(self._base.scenario, self._base.topology, where)
        self.action_space = multi_discrete([len(self.places)] * len(self.stages))
        self.observation_names = (
            "load",
            "carried over",
            "over budget",
            "p50 / deadline",
            "p99 / deadline",
            "fullest worker",
            *(f"place of {stage}" for stage in self.stages),
        )
        last = float(len(self.places) - 1)
        self.observation_space = box(
            [MOST, MOST, 1.0, MOST, MOST, MOST, *[last] * len(self.stages)]
        )
        self._seed = 0
        self._episode = -1
        self._now: _Now | None = None

    @property
    def unwrapped(self) -> PlacementEnvironment:
        """This environment: there is no wrapper around it."""
        return self

    @property
    def timings(self) -> Timings:
        """How long stages take: for another environment, which need not rehearse then."""
        return self._base.timings

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Begin an episode; the same *seed* gives the same one. *options* has no use here.

        Without a seed the next episode of the last seed begins. Raises ConfigError for a seed that
        is no whole number.
        """
        del options
        if seed is not None:
            self._seed, self._episode = arguments.seed(seed), -1
        self._episode += 1
        self._generator = rng.stream(self._seed, f"episode/{self._episode}")
        start = self._placed_now()
        self._now = _Now(period=0, load=self._load(self._generator, 1.0), action=start)
        return self._observation(self._now), {"period": 0, "placement": self._named(start)}

    def step(
        self, action: Sequence[int] | NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Simulate the next period with the stages placed by *action*.

        Gives observation, reward, terminated (never), truncated (after the last period), and info:
        `run` is the period's `Run`, `placement` where the stages were, `carried` how many requests
        go over into the next period. Raises ConfigError for an action that is none, and before
        `reset` or after the last period.
        """
        now = self._now
        if now is None or now.period >= self.periods:
            raise ConfigError(
                "no episode is under way", where="step()", next_step="call reset() first"
            )
        if not self.action_space.contains(action):
            raise ConfigError(
                f"must hold {len(self.stages)} whole numbers from 0 to {len(self.places) - 1}, "
                f"one for each of {', '.join(self.stages)}",
                where="action",
                value=action,
            )
        chosen = tuple(int(index) for index in action)
        experiment = self._period(now, chosen)
        run = run_once(Simulation.of(experiment, engine=self._engine, record="full"))
        carried, planned = _unanswered(run)
        after = _Now(
            period=now.period + 1,
            load=self._load(self._generator, now.load),
            action=chosen,
            backlog=carried / planned if planned else 0.0,
            measured=_measured(run),
        )
        self._now = after
        info = {
            "period": now.period,
            "placement": self._named(chosen),
            "carried": carried,
            "run": run,
        }
        reward = float(self._reward(run))
        return self._observation(after), reward, False, after.period >= self.periods, info

    def render(self) -> None:
        """Nothing is shown: `info["run"].summary` holds all there is to see."""

    def close(self) -> None:
        """End the episode."""
        self._now = None

    def _period(self, now: _Now, action: tuple[int, ...]) -> Experiment:
        """The experiment of one period: rate, placement and seed."""
        base = self._base
        rate = now.load + now.backlog * now.load
        sensors = {
            name: sensor.model_copy(
                update={
                    "arrivals": sensor.arrivals.model_copy(
                        update={
                            "interval_s": max(_LEAST_INTERVAL_S, sensor.arrivals.interval_s / rate)
                        }
                    )
                }
            )
            for name, sensor in base.scenario.sensors.items()
        }
        placed = ",".join(f"{stage}={where}" for stage, where in self._named(action).items())
        seed = rng.key(self._seed, f"period/{self._episode}/{now.period}") >> 1
        return base.model_copy(
            update={
                "scenario": base.scenario.model_copy(update={"sensors": sensors}),
                "placement": place(base.scenario, base.topology, placed),
                "workload": base.workload.model_copy(update={"seed": seed}),
            }
        )

    def _placed_now(self) -> tuple[int, ...]:
        """Where the scenario itself places the stages; the first place if that is none of ours."""
        nodes, found = self._base.topology.nodes, []
        for stage in self.stages:
            (group, *_) = self._base.placement.groups[stage]
            own = [p for p in (group, nodes[group].tier) if p in self.places]
            found.append(self.places.index(own[0]) if own else 0)
        return tuple(found)

    def _named(self, action: tuple[int, ...]) -> dict[str, str]:
        return {s: self.places[index] for s, index in zip(self.stages, action, strict=True)}

    def _observation(self, now: _Now) -> NDArray[np.float32]:
        import numpy as np

        numbers = (now.load, now.backlog, *now.measured, *now.action)
        return np.asarray([min(float(number), MOST) for number in numbers], np.float32)


def _measured(run: Run) -> tuple[float, ...]:
    """Share over budget, p50 and p99 as shares of the deadline, and the fullest worker's use."""
    share, series = run.summary.in_budget, run.summary.latency.get("e2e")
    deadline_ms = run.experiment.scenario.deadline_s * 1e3
    p50, p99 = (
        0.0 if series is None else series.percentiles[key].value / deadline_ms
        for key in ("p50", "p99")
    )
    use = max((load.share for load in run.summary.loads if load.kind == "workers"), default=0.0)
    return (0.0 if share is None else 1.0 - share.value, p50, p99, use)


def _unanswered(run: Run) -> tuple[int, int]:
    """Requests that had no answer when the period was over, and all requests."""
    requests = run.requests
    end_ns = run.experiment.workload.duration_s * NS_PER_S
    late = (requests["done_ns"] > end_ns).fillna(value=False)
    open_still = late | (requests["done_ns"].isna() & (requests["status"] == "timeout"))
    return int(open_still.sum()), len(requests)
