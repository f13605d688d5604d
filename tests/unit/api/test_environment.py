"""The environment for learned placement, held against gymnasium's published contract."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

import edge_aibench as eb
from edge_aibench.api.environment import LOAD_RANGE, walk
from edge_aibench.errors import ConfigError

SMALL_WARD = Path(__file__).parents[2] / "emulation" / "small_ward"
EDGE, DEVICE = (1, 1), (0, 0)

Make = Callable[..., eb.PlacementEnvironment]


@pytest.fixture
def make() -> Make:
    def build(**options: Any) -> eb.PlacementEnvironment:
        given = {"service": {"all": "exponential 1 ms"}, "periods": 3, "period_s": 2.0}
        return eb.PlacementEnvironment(SMALL_WARD, **{"engine": "simpy", **given, **options})

    return build


def test_reset_gives_two_and_step_five_in_the_order_of_the_contract(make: Make) -> None:
    environment = make()
    observation, info = environment.reset(seed=1)
    assert environment.observation_space.contains(observation)
    assert isinstance(info, dict)
    observation, reward, terminated, truncated, info = environment.step(EDGE)
    assert environment.observation_space.contains(observation)
    assert type(reward) is float
    assert (terminated, truncated) == (False, False)
    assert info["placement"] == {"first": "edge", "second": "edge"}
    assert info["run"].summary.counts.measured > 0


def test_every_sampled_action_is_one_and_every_observation_is_in_the_space(make: Make) -> None:
    environment = make(periods=6)
    environment.action_space.seed(7)
    environment.reset(seed=1)
    for _ in range(6):
        action = environment.action_space.sample()
        assert environment.action_space.contains(action)
        observation, *_ = environment.step(action)
        assert observation.dtype == environment.observation_space.dtype == np.float32
        assert environment.observation_space.contains(observation)


def test_the_same_seed_gives_the_same_episode_and_another_another(make: Make) -> None:
    def episode(environment: eb.PlacementEnvironment, seed: int | None) -> list[list[float]]:
        rows = [environment.reset(seed=seed)[0].tolist()]
        for action in (EDGE, DEVICE, (2, 1)):
            observation, reward, *_ = environment.step(action)
            rows.append([*observation.tolist(), reward])
        return rows

    environment = make()
    first, following = episode(environment, 5), episode(environment, None)
    assert first != following
    assert episode(environment, 5) == first
    assert episode(environment, None) == following
    assert episode(make(), 5) == first
    assert episode(make(), 6) != first


def test_an_episode_is_truncated_after_its_periods_and_never_terminates(make: Make) -> None:
    environment = make(periods=2)
    environment.reset(seed=1)
    assert environment.step(EDGE)[2:4] == (False, False)
    assert environment.step(EDGE)[2:4] == (False, True)
    with pytest.raises(ConfigError, match=r"call reset\(\) first"):
        environment.step(EDGE)


def test_before_reset_and_after_close_there_is_no_step(make: Make) -> None:
    environment = make()
    with pytest.raises(ConfigError, match=r"call reset\(\) first"):
        environment.step(EDGE)
    environment.reset(seed=1)
    environment.close()
    with pytest.raises(ConfigError, match=r"call reset\(\) first"):
        environment.step(EDGE)


@pytest.mark.parametrize("action", [(1,), (1, 3), (-1, 1), (0.5, 1), "edge", None])
def test_what_is_no_action_is_refused(make: Make, action: Any) -> None:
    environment = make()
    environment.reset(seed=1)
    with pytest.raises(ConfigError, match="2 whole numbers from 0 to 2, one for each of first"):
        environment.step(action)


def test_the_reward_is_minus_the_share_over_budget_or_the_users_own(make: Make) -> None:
    # 2 ms up and 1 ms down alone are over a budget of 1 ms.
    late = make(settings={"budgets.end-to-end.limit": "1 ms"}, load=lambda _generator, _load: 1.0)
    late.reset(seed=1)
    assert late.step(EDGE)[1] == -1.0
    own = make(reward=lambda run: -run.summary.counts.measured, load=lambda _generator, _load: 1.0)
    own.reset(seed=1)
    _, reward, _, _, info = own.step(EDGE)
    assert reward == -len(info["run"].requests)


def test_the_observation_says_what_was_measured(make: Make) -> None:
    environment = make(
        service={"all": "constant 1 ms unscaled"}, load=lambda _generator, _load: 1.0
    )
    environment.reset(seed=1)
    observation, _, _, _, info = environment.step(EDGE)
    seen = dict(zip(environment.observation_names, observation.tolist(), strict=True))
    p50_ms = info["run"].summary.latency["e2e"].percentiles["p50"].value
    # The budget of the small ward is 100 ms.
    assert seen["p50 / deadline"] == pytest.approx(p50_ms / 100)
    assert (seen["load"], seen["place of first"]) == (1.0, 1.0)


def test_the_load_makes_arrivals_more_frequent(make: Make) -> None:
    def planned(load: float) -> int:
        environment = make(arrivals="periodic", load=lambda _generator, _load: load)
        environment.reset(seed=1)
        return len(environment.step(EDGE)[4]["run"].requests)

    # Three patients, five a second, 2 s.
    assert (planned(1.0), planned(2.0)) == (30, 60)


def test_what_is_unanswered_comes_on_top_of_the_next_period(make: Make) -> None:
    # 50 ms for each of three stages, at 15 a second: 2.25 times what the worker can do.
    environment = make(
        service={"all": "constant 50 ms unscaled"},
        arrivals="periodic",
        load=lambda _generator, _load: 1.0,
    )
    environment.reset(seed=1)
    observation, _, _, _, info = environment.step(EDGE)
    # In 2 s the worker finishes 13 of 30 at most.
    assert 17 <= info["carried"] <= 20
    assert observation[1] == pytest.approx(info["carried"] / 30)
    following = environment.step(EDGE)[4]["run"]
    assert len(following.requests) == pytest.approx(30 + info["carried"], abs=3)


def test_the_walk_stays_in_its_range() -> None:
    generator, load = np.random.default_rng(1), 1.0
    seen = []
    for _ in range(500):
        load = walk(generator, load)
        seen.append(load)
    assert LOAD_RANGE[0] <= min(seen) < 0.6
    assert 1.8 < max(seen) <= LOAD_RANGE[1]


def test_spaces_are_gymnasiums_where_it_is_installed(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    spaces = ModuleType("gymnasium.spaces")
    made: list[Any] = []

    def kind(name: str) -> Callable[..., Any]:
        def build(*values: Any, **options: Any) -> Any:
            made.append(name)
            return SimpleNamespace(name=name, values=values, options=options)

        return build

    spaces.MultiDiscrete = kind("MultiDiscrete")  # type: ignore[attr-defined]
    spaces.Box = kind("Box")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gymnasium", ModuleType("gymnasium"))
    monkeypatch.setitem(sys.modules, "gymnasium.spaces", spaces)
    environment = make()
    assert made == ["MultiDiscrete", "Box"]
    assert environment.action_space.values[0].tolist() == [3, 3]
    low, high = environment.observation_space.values
    assert low.tolist() == [0.0] * 8
    assert high.tolist()[-2:] == [2.0, 2.0]


def test_a_place_that_the_topology_has_not_is_refused_at_once(make: Make) -> None:
    with pytest.raises(ConfigError, match="there is no place of this name"):
        make(places=("edge", "moon"))
