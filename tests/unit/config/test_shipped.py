"""The numbers that ship, against the sources and derivations that topologies/README.md states."""

from __future__ import annotations

import itertools
import math
import re
from importlib import resources
from pathlib import Path

import pytest
from scipy import stats

from edge_aibench.config.catalogue import topology_names
from edge_aibench.config.load import (
    load_hardware,
    load_link_presets,
    load_scenario,
    load_topology,
)
from edge_aibench.model.link import LinkDirection
from edge_aibench.model.placement import place

PRESETS = [
    "5g-urllc-target",
    "5g-embb-target",
    "5g-sa-campus",
    "5g-nsa-public",
    "lte",
    "wifi5",
    "wifi6",
    "ieee-802-15-4",
    "lan-1g",
    "ftth",
    "wan-metro",
    "wan-continent",
    "wan-ocean",
]

HARDWARE = [
    "edge-server",
    "cloud-server",
    "bedside-monitor",
    "raspberry-pi-4",
    "jetson-agx-orin",
    "jetson-agx-orin-cpu",
    "jetson-orin-nx",
    "intel-nuc",
    "gcp-c3-standard-8",
    "xeon-w7-2495x",
    "nvidia-t4",
    "nvidia-a100",
    "nvidia-h100",
    "smart-speaker",
    "video-doorbell",
    "microcontroller",
    "vehicle-computer",
]


def lognormal(direction: LinkDirection) -> stats.distributions.rv_frozen:
    """scipy's lognormal law with the direction's mean and spread, in milliseconds."""
    mean_ms, spread_ms = direction.delay_s * 1e3, direction.jitter.spread_s * 1e3
    shape = math.sqrt(math.log1p((spread_ms / mean_ms) ** 2))
    law = stats.lognorm(s=shape, scale=mean_ms * math.exp(-(shape**2) / 2))
    assert law.mean() == pytest.approx(mean_ms)
    assert law.std() == pytest.approx(spread_ms)
    return law


def readme() -> str:
    return Path(str(resources.files("edge_aibench.topologies") / "README.md")).read_text()


def test_all_presets_are_there_with_a_source_and_a_row_in_the_readme() -> None:
    presets = load_link_presets()
    assert list(presets) == PRESETS
    for name, preset in presets.items():
        assert preset.source
        assert f"| `{name}` |" in readme()


def test_all_hardware_is_there_with_a_source_and_a_row_in_the_readme() -> None:
    hardware = load_hardware()
    assert set(HARDWARE) <= set(hardware)
    for name, entry in hardware.items():
        assert entry.name == name
        assert entry.source
        assert f"| `{name}` |" in readme()


@pytest.mark.parametrize("name", sorted(set(HARDWARE) - {"intel-nuc", "nvidia-h100"}))
def test_a_yardsticks_time_is_the_median_that_its_source_states(name: str) -> None:
    entry = load_hardware()[name]
    if entry.yardstick is None:
        assert entry.source.startswith("ours")
        return
    stated = re.search(r"p50 ([0-9.]+) ms", entry.source)
    assert stated is not None
    digits = len(stated[1].partition(".")[2])
    assert f"{entry.yardstick.time_s * 1e3:.{digits}f}" == stated[1]
    assert re.search(r"mlcommons/inference_results_v[0-9.]+ at [0-9a-f]{40}, ", entry.source)
    assert "run_1/mlperf_log_" in entry.source
    assert entry.yardstick.origin.startswith("MLPerf Inference v")
    (row,) = (line for line in readme().splitlines() if line.startswith(f"| `{name}` |"))
    shown = re.search(r"([0-9.]+) ms", row)
    assert shown is not None
    assert float(shown[1]) == pytest.approx(entry.yardstick.time_s * 1e3, rel=2e-3)
    assert entry.yardstick.precision in row


def test_what_is_judged_says_so() -> None:
    hardware = load_hardware()
    nuc, h100, a100 = (hardware[n].yardstick for n in ("intel-nuc", "nvidia-h100", "nvidia-a100"))
    assert nuc is not None
    assert h100 is not None
    assert a100 is not None
    assert "judged" in nuc.origin
    assert "judged" in h100.origin
    assert h100.time_s == a100.time_s
    # Medians of the two laws: where they begin and the scale of the lognormal part.
    nuc_ms, pi_ms = 136.5509 + 17.8308, 2664.7106 + 229.0847
    assert nuc.time_s * 1e3 == pytest.approx(329.052669 * nuc_ms / pi_ms, rel=5e-3)


def test_all_hardware_states_its_powers_and_price() -> None:
    for entry in load_hardware().values():
        assert entry.busy_power_w is not None
        assert entry.idle_power_w is not None
        assert entry.price_per_hour is not None
        assert entry.price_per_hour.currency == "USD"
        assert "power" in entry.source
        assert "price" in entry.source


def test_powers_of_rented_machines_are_those_of_their_processors() -> None:
    hardware = load_hardware()
    # Watts of a vCPU, idle and busy, and how many of them; then the card's.
    for name, each_w, count, card_w in (
        ("cloud-server", (0.74, 3.5), 16, (0.0, 0.0)),
        ("gcp-c3-standard-8", (0.71, 4.26), 8, (0.0, 0.0)),
        ("nvidia-t4", (0.74, 3.5), 4, (8.0, 71.0)),
        ("nvidia-a100", (0.71, 4.26), 12, (46.0, 407.0)),
    ):
        entry = hardware[name]
        idle_w, busy_w = (count * w + card for w, card in zip(each_w, card_w, strict=True))
        assert entry.idle_power_w == pytest.approx(idle_w, abs=0.5)
        assert entry.busy_power_w == pytest.approx(busy_w, abs=0.5)


def test_energies_of_links_are_those_of_their_sources() -> None:
    presets = load_link_presets()
    # mW for 1 Mbit/s is nJ/bit; a base station's part is unknown.
    lte = presets["lte"]
    assert lte.up.energy.sending_j_per_bit == pytest.approx(438.39e-3 / 1e6)
    assert lte.down.energy.receiving_j_per_bit == pytest.approx(51.97e-3 / 1e6)
    assert lte.up.energy.receiving_j_per_bit is lte.down.energy.sending_j_per_bit is None
    # 17.4 mA to send and 18.8 mA to receive at 3 V, 250 kbit/s.
    zigbee = presets["ieee-802-15-4"].up.energy
    assert zigbee.sending_j_per_bit == pytest.approx(17.4e-3 * 3 / 250e3, rel=0.01)
    assert zigbee.receiving_j_per_bit == pytest.approx(18.8e-3 * 3 / 250e3, rel=0.01)
    # 0.001 kWh for 1e9 bytes.
    for name in ("wan-metro", "wan-continent", "wan-ocean"):
        assert presets[name].up.energy.sending_j_per_bit == pytest.approx(0.001 * 3.6e6 / 8e9)


def test_requirements_are_the_standards_and_have_no_jitter() -> None:
    presets = load_link_presets()
    urllc, embb = presets["5g-urllc-target"], presets["5g-embb-target"]
    for preset, delay_s in ((urllc, 0.0005), (embb, 0.004)):
        assert preset.status == "requirement"
        assert preset.up.delay_s == preset.down.delay_s == delay_s
        assert preset.up.jitter.law == preset.down.jitter.law == "none"
        assert (preset.up.rate_bps, preset.down.rate_bps) == (50e6, 100e6)
    assert urllc.up.loss == urllc.down.loss == 1e-5


def test_campus_downloads_lie_between_4_and_10_ms_in_95_percent() -> None:
    campus = load_link_presets()["5g-sa-campus"]
    down, up = lognormal(campus.down), lognormal(campus.up)
    assert down.mean() == pytest.approx(7.0)
    assert down.cdf(10.0) - down.cdf(4.0) == pytest.approx(0.95, abs=0.001)
    assert up.std() / up.mean() == pytest.approx(down.std() / down.mean(), rel=0.005)


def test_public_5g_meets_both_ends_of_its_source() -> None:
    public = load_link_presets()["5g-nsa-public"]
    assert lognormal(public.up).ppf(0.90) == pytest.approx(18.0, abs=0.1)
    assert lognormal(public.down).cdf(7.0) == pytest.approx(0.43, abs=0.01)


@pytest.mark.parametrize(
    ("preset", "percentiles"),
    [
        ("lte", {0.5: 24.2, 0.95: 34.2, 0.99: 41.3}),
        ("wifi5", {0.5: 4.45, 0.95: 10.5, 0.99: 15.5}),
        ("wifi6", {0.5: 4.45, 0.95: 10.5, 0.99: 15.5}),
        ("lan-1g", {0.5: 0.51, 0.99: 0.64}),
        ("ftth", {0.5: 7.16, 0.95: 11.0}),
    ],
)
def test_the_shape_is_that_of_the_published_percentiles(
    preset: str, percentiles: dict[float, float]
) -> None:
    # The README averages the shapes that two percentiles give; they differ by up to 9 %.
    median = percentiles.pop(0.5)
    shapes = [math.log(value / median) / stats.norm.ppf(q) for q, value in percentiles.items()]
    shape = sum(shapes) / len(shapes)
    for direction in (load_link_presets()[preset].up, load_link_presets()[preset].down):
        law = lognormal(direction)
        assert law.std() / law.mean() == pytest.approx(math.sqrt(math.expm1(shape**2)), rel=0.025)


def test_wifi6_stays_within_its_published_bound() -> None:
    assert lognormal(load_link_presets()["wifi6"].up).ppf(0.99) == pytest.approx(4.5, abs=0.1)


@pytest.mark.parametrize(
    ("preset", "round_trip_ms"),
    [("wan-metro", 9.4), ("wan-continent", (25.5 + 23.0) / 2), ("wan-ocean", 88.0)],
)
def test_wide_area_delays_are_half_of_a_measured_round_trip(
    preset: str, round_trip_ms: float
) -> None:
    delay_ms = load_link_presets()[preset].up.delay_s * 1e3
    assert delay_ms == pytest.approx(round_trip_ms / 2, rel=0.07)


def test_every_ward_carries_the_icu_as_it_is_placed() -> None:
    scenario = load_scenario("icu").scenario
    wards = [name for name in topology_names() if name.startswith("icu-")]
    assert len(wards) == 4
    for name in wards:
        topology = load_topology(name)
        assert topology.name == name
        placement = place(scenario, topology)
        assert placement.groups["death"] == placement.groups["window"] == ("edge",)
        assert placement.groups["archive"] == ("cloud",)
        assert placement.groups["bedside"] == ("bedside",)


def test_the_icu_has_the_budgets_and_tasks_of_its_source() -> None:
    scenario = load_scenario("icu").scenario
    assert scenario.topology in topology_names()
    assert scenario.budgets.communication is not None
    assert scenario.budgets.end_to_end is not None
    assert scenario.budgets.communication.limit_s == 0.001
    assert scenario.budgets.end_to_end.limit_s == 0.010
    assert scenario.budgets.communication.percentile == 99
    tasks = {stage.task for stage in scenario.stages.values() if stage.task}
    assert tasks == {"heart-failure", "decompensation", "death"}
    # 17 channels as float64 after 8 bytes; 48 hours of 76 features as float32.
    assert scenario.sensors["monitor"].payload_bytes == 8 + 17 * 8
    assert scenario.stages["window"].payload_bytes == 48 * 76 * 4


def test_every_topology_bears_the_name_of_its_file() -> None:
    assert all(load_topology(name).name == name for name in topology_names())


@pytest.mark.parametrize("name", ["vehicle-city", "vehicle-campus"])
def test_no_place_on_a_shipped_route_is_out_of_range(name: str) -> None:
    mobility = load_topology(name).links["access"].mobility
    assert mobility is not None
    corners = [*mobility.route.waypoints, mobility.route.waypoints[0]]
    for begin, end in itertools.pairwise(corners):
        for share in (i / 100 for i in range(101)):
            here = [a + share * (b - a) for a, b in zip(begin, end, strict=True)]
            assert any(math.dist(here, s.at) < s.range_m for s in mobility.stations)


def test_the_vehicles_differ_only_in_how_their_radio_moves() -> None:
    city, static, trace = (load_topology(f"vehicle-{n}") for n in ("city", "static", "trace"))
    assert city.nodes == static.nodes == trace.nodes
    for other in (static, trace):
        assert {n: link for n, link in other.links.items() if n != "access"} == {
            n: link for n, link in city.links.items() if n != "access"
        }
        access = city.links["access"]
        assert (other.links["access"].up, other.links["access"].down) == (access.up, access.down)
