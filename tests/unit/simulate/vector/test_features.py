"""What the vector engine lacks is named, feature by feature, and nothing else is refused."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.model.disturbances import BackgroundTraffic, Disturbances, Fault
from edge_aibench.model.experiment import Experiment
from edge_aibench.model.link import Link, LinkDirection
from edge_aibench.model.scenario import Serving
from edge_aibench.model.time_law import ConstantTime
from edge_aibench.model.trace_table import TraceColumns, TraceTable
from edge_aibench.simulate.plan import SimulationPlan
from edge_aibench.simulate.session import choose_engine
from edge_aibench.simulate.vector.features import inexpressible
from tests.statistical.simulate.build import build, hosts, link, meet, periodic, work

UP = LinkDirection(rate_bps=8e6, delay_s=0.01)
TRACE = TraceTable(
    instants_s=(0.0, 0.1), up=TraceColumns(delay_s=(0.01, 0.02)), down=TraceColumns()
)


def host_and_hub(serving: Serving | None = None, **given: Any) -> Experiment:
    """One sensor on `host`, one stage on `hub`, with whatever is *given* otherwise."""
    look = work("picture", on="hub", serving=serving)
    whole: dict[str, Any] = {
        "sensors": {"picture": periodic("host", 1.0)},
        "stages": {"look": look},
        "nodes": hosts("host", "hub", each=("host",)),
        "links": {"wire": link("host", "hub", up=UP, down=UP)},
        "done_at": "look",
        "works": {"look": ConstantTime(time_s=0.002)},
    }
    return build(**{**whole, **given})


def joined_in_time() -> Experiment:
    """Requests of `ring` that wait for a picture."""
    return host_and_hub(
        sensors={
            "ring": periodic("host", 1.0),
            "picture": periodic("host", 1.0, done_at="look"),
        },
        stages={
            "look": work("picture", on="host"),
            "answer": meet("ring", "look", on="hub", within_s={"look": 0.05}),
        },
        done_at="answer",
    )


def many_stages(number: int) -> Experiment:
    """One sensor and *number* stages, one behind the other."""
    names = ["picture", *(f"stage-{i}" for i in range(number))]
    stages = {name: work(before, on="hub") for before, name in pairwise(names)}
    return host_and_hub(stages=stages, works={}, done_at=names[-1])


@pytest.mark.parametrize(
    "experiment",
    [
        host_and_hub(),
        host_and_hub(Serving(workers=3)),
        host_and_hub(Serving(queue="drop-late")),
        # A sensor counts as a stage does.
        many_stages(61),
    ],
)
def test_what_it_can_express_is_not_refused(experiment: Experiment) -> None:
    plan = SimulationPlan.of(experiment)
    assert inexpressible(plan) is None
    assert choose_engine(plan, "auto") == ("vector", None)


LACKING = [
    (
        host_and_hub(disturbances=Disturbances(faults=(Fault(kind="node", name="hub", at_s=0.1),))),
        "faults",
    ),
    (
        host_and_hub(
            disturbances=Disturbances(background=(BackgroundTraffic(link="wire", up_bps=1e6),))
        ),
        "background traffic",
    ),
    (
        host_and_hub(links={"wire": Link(between=("host", "hub"), up=UP, down=UP, trace=TRACE)}),
        "links that move or follow a trace",
    ),
    (joined_in_time(), "joins of different sensors in time ('within')"),
    (host_and_hub(Serving(max_batch=2)), "batches ('serving.max-batch')"),
    (
        host_and_hub(Serving(queue="deadline-first")),
        "queue with the nearest deadline first ('serving.queue')",
    ),
    (many_stages(62), "room for more than 62 sensors and stages"),
]


@pytest.mark.parametrize(("experiment", "feature"), LACKING, ids=[name for _, name in LACKING])
def test_every_feature_it_lacks_is_named(experiment: Experiment, feature: str) -> None:
    plan = SimulationPlan.of(experiment)
    assert inexpressible(plan) == feature
    assert choose_engine(plan, "auto") == ("simpy", feature)
    with pytest.raises(ConfigError, match="the vector engine has no") as refused:
        choose_engine(plan, "vector")
    assert feature in str(refused.value)
    assert "--engine simpy" in str(refused.value)


def test_the_first_of_several_features_is_named() -> None:
    experiment = host_and_hub(
        Serving(max_batch=2),
        disturbances=Disturbances(faults=(Fault(kind="link", name="wire", at_s=0.1),)),
    )
    assert inexpressible(SimulationPlan.of(experiment)) == "faults"
