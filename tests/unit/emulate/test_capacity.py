"""Expected use of this machine, with every number worked out on paper."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge_aibench.emulate.capacity import (
    LARGEST_USE,
    LINK_CPU_S,
    MESSAGE_CPU_S,
    PROPOSED_USE,
    Expectation,
    check,
    check_memory,
    expect,
)
from edge_aibench.errors import ConfigError, HostError
from edge_aibench.model.experiment import Experiment
from edge_aibench.model.placement import place
from edge_aibench.testing.ward import small_ward, three_tiers

CORES = len(os.sched_getaffinity(0))
SERVICE_S = {"window": 1e-3, "first": 2e-3, "second": 3e-3, "bedside": 0.0, "archive": 1e-4}

OTHER_WAYS = "add --compute profiled with profiles of its tasks, or simulate"


def _experiment(
    choice: str = "edge", *, instances: int = 10, dilation: float = 1.0, device_speed: float = 1.0
) -> Experiment:
    scenario, topology = small_ward(), three_tiers(device_speed=device_speed)
    return Experiment(
        source="small-ward",
        scenario=scenario,
        topology=topology,
        placement=place(scenario, topology, choice),
        instances=instances,
        dilation=dilation,
    )


def _expectation(use: float, *, proposed_dilation: float = 3.0) -> Expectation:
    return Expectation(
        cores=2,
        undilated_use=use,
        use=use,
        proposed_dilation=proposed_dilation,
        service_s=SERVICE_S,
    )


def test_on_the_edge_by_hand() -> None:
    # An observation sends: monitor to the edge (2 links) and to the cloud (3), first and second
    # back (2 each): 4 messages, 9 links. It computes 1 + 2 + 3 + 0.1 ms. 10 beds, one a second.
    use = 10 * (4 * MESSAGE_CPU_S + 9 * LINK_CPU_S + 6.1e-3) / CORES
    found = expect(_experiment("edge"), SERVICE_S)
    assert found.cores == CORES
    assert found.undilated_use == pytest.approx(use)
    assert found.use == pytest.approx(use)


def test_a_copied_stage_counts_wherever_it_runs() -> None:
    # first on the device, second on the edge: the window twice; messages: monitor to the edge
    # (2) and to the cloud (3), second back (2).
    use = 10 * (3 * MESSAGE_CPU_S + 7 * LINK_CPU_S + 7.1e-3) / CORES
    found = expect(_experiment("first=device,second=edge"), SERVICE_S)
    assert found.undilated_use == pytest.approx(use)


def test_dilation_spreads_the_work() -> None:
    whole, spread = (expect(_experiment(dilation=k), SERVICE_S) for k in (1.0, 4.0))
    assert spread.undilated_use == pytest.approx(whole.undilated_use)
    assert spread.use == pytest.approx(whole.undilated_use / 4)
    assert spread.proposed_dilation == whole.proposed_dilation


def test_the_proposed_dilation_is_just_enough_in_tenths() -> None:
    busy = expect(_experiment(instances=1000), SERVICE_S)
    assert busy.proposed_dilation >= busy.undilated_use / PROPOSED_USE
    assert busy.proposed_dilation - 0.1 < busy.undilated_use / PROPOSED_USE
    assert busy.proposed_dilation * 10 == pytest.approx(round(busy.proposed_dilation * 10))


def test_no_dilation_is_proposed_where_none_is_needed() -> None:
    assert expect(_experiment(instances=1), dict.fromkeys(SERVICE_S, 0.0)).proposed_dilation == 1.0


def test_fast_hardware_needs_a_dilation_of_its_speed() -> None:
    found = expect(_experiment(instances=1, device_speed=6.5), dict.fromkeys(SERVICE_S, 0.0))
    assert found.proposed_dilation == 6.5


def test_fast_hardware_is_refused_without_it() -> None:
    with pytest.raises(ConfigError, match=r"6\.5 times as fast") as caught:
        check(_experiment(device_speed=6.5, dilation=6.0), _expectation(0.1))
    assert caught.value.key == "nodes.ward"
    assert caught.value.next_step == "add --dilation 7"
    check(_experiment(device_speed=6.5, dilation=6.5), _expectation(0.1))


@pytest.mark.parametrize(
    ("speed", "next_step"),
    [
        (53.3, "add --dilation 54"),
        (
            300.0,
            f"{OTHER_WAYS}; --dilation 300 would make a virtual second last 300 s",
        ),
        (
            1500.0,
            f"{OTHER_WAYS}; no dilation reaches that far, 1000 is the most",
        ),
    ],
)
def test_an_accelerators_speed_is_answered_with_what_works(speed: float, next_step: str) -> None:
    with pytest.raises(ConfigError, match=f"{speed:g} times as fast") as caught:
        check(_experiment(device_speed=speed, dilation=2.0), _expectation(0.1))
    assert caught.value.next_step == next_step


def test_the_proposed_dilation_suffices_when_it_is_typed_as_shown() -> None:
    found = expect(_experiment(instances=1, device_speed=20.048719), dict.fromkeys(SERVICE_S, 0.0))
    assert found.proposed_dilation == 20.1


def test_a_full_machine_is_refused_with_what_would_fit() -> None:
    check(_experiment(), _expectation(LARGEST_USE))
    with pytest.raises(HostError, match="10 patients would ask 190% of this machine's 2") as caught:
        check(_experiment(instances=10), _expectation(1.9, proposed_dilation=5.5))
    # 10 * 0.35 / 1.9 = 1.84
    assert caught.value.mend is not None
    assert "at most 1 fit at dilation 1" in caught.value.mend
    assert "--dilation 5.5" in caught.value.mend


@pytest.mark.parametrize(("free_mib", "fits"), [(626, True), (625, False)])
def test_memory_for_every_host(tmp_path: Path, free_mib: int, fits: bool) -> None:
    # 600 MB, and 14 MB for each of ward-1, ward-2, edge and cloud, are 656 MB or 625.6 MiB.
    source = tmp_path / "meminfo"
    source.write_text(f"MemTotal: 99 kB\nMemAvailable:   {free_mib * 1024} kB\nSwapFree: 0 kB\n")
    experiment = _experiment(instances=2)
    if fits:
        check_memory(experiment, source=source)
    else:
        with pytest.raises(HostError, match=r"4 hosts need about 0\.7 GB"):
            check_memory(experiment, source=source)


def test_a_kernel_that_does_not_tell_is_believed(tmp_path: Path) -> None:
    source = tmp_path / "meminfo"
    source.write_text("MemTotal: 99 kB\n")
    check_memory(_experiment(), source=source)
