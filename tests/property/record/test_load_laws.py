"""Laws of the load: more of anything never makes anything emptier."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.emulate.foreseen_load import foreseen_loads
from edge_aibench.emulate.rehearsal import Rehearsal
from edge_aibench.model.experiment import Experiment
from edge_aibench.model.placement import place
from edge_aibench.model.topology import Topology
from edge_aibench.testing.ward import small_ward, three_tiers

STAGES = tuple(small_ward().stages)
PLACES = st.sampled_from(["device", "edge", "cloud", "first=device,second=cloud"])

rehearsals = st.builds(
    Rehearsal,
    service_s=st.fixed_dictionaries({name: st.floats(0, 1) for name in STAGES}),
    passes=st.fixed_dictionaries({name: st.floats(0, 1) for name in STAGES}),
)


def rated(rate_bps: float) -> Topology:
    topology = three_tiers()
    links = {
        name: link.model_copy(
            update={
                "up": link.up.model_copy(update={"rate_bps": rate_bps}),
                "down": link.down.model_copy(update={"rate_bps": rate_bps}),
            }
        )
        for name, link in topology.links.items()
    }
    return topology.model_copy(update={"links": links})


def shares(
    choice: str, instances: int, rehearsal: Rehearsal, *, rate_bps: float = 1e6, dilation: float = 1
) -> dict[str, float]:
    scenario, topology = small_ward(), rated(rate_bps)
    experiment = Experiment(
        source="small-ward",
        scenario=scenario,
        topology=topology,
        placement=place(scenario, topology, choice),
        instances=instances,
        dilation=dilation,
    )
    return {load.name: load.share for load in foreseen_loads(experiment, rehearsal)}


def nowhere_emptier(few: dict[str, float], many: dict[str, float]) -> bool:
    return few.keys() == many.keys() and all(many[name] >= few[name] * (1 - 1e-9) for name in few)


@given(PLACES, st.integers(1, 50), st.integers(0, 50), rehearsals)
def test_adding_instances_empties_nothing(
    choice: str, few: int, more: int, rehearsal: Rehearsal
) -> None:
    assert nowhere_emptier(shares(choice, few, rehearsal), shares(choice, few + more, rehearsal))


@given(PLACES, st.integers(1, 20), rehearsals, st.floats(1, 100))
def test_slower_links_and_longer_work_empty_nothing(
    choice: str, instances: int, rehearsal: Rehearsal, times: float
) -> None:
    before = shares(choice, instances, rehearsal)
    assert nowhere_emptier(before, shares(choice, instances, rehearsal, rate_bps=1e6 / times))
    slower = Rehearsal(
        service_s={name: s * times for name, s in rehearsal.service_s.items()},
        passes=rehearsal.passes,
    )
    assert nowhere_emptier(before, shares(choice, instances, slower))


@given(PLACES, st.integers(1, 20), rehearsals, st.floats(1, 100))
def test_dilation_changes_nothing_of_the_emulated_system(
    choice: str, instances: int, rehearsal: Rehearsal, dilation: float
) -> None:
    before = shares(choice, instances, rehearsal)
    assert shares(choice, instances, rehearsal, dilation=dilation) == before
