"""Topology documents: what is spelled out, and what each mistake is answered with."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edge_aibench.config.load import load_hardware, load_link_presets
from edge_aibench.config.overrides import parse_overrides
from edge_aibench.errors import ConfigError
from edge_aibench.model.link import Jitter, LinkDirection, LinkEnergy
from edge_aibench.model.topology import Topology

Load = Callable[..., Topology]
Refusal = Callable[[Callable[[], object]], ConfigError]


def test_what_a_direction_says_beats_the_link_and_that_beats_the_preset(ward: Load) -> None:
    access = ward().links["access"]
    preset = load_link_presets()["wifi6"]
    assert access.preset == "wifi6"
    assert access.up.delay_s == 0.009
    assert access.down.delay_s == preset.down.delay_s == 0.0015
    assert access.up.loss == access.down.loss == 0.02
    assert access.up.rate_bps == preset.up.rate_bps == 600e6
    assert access.up.jitter == preset.up.jitter


def test_a_link_by_value_starts_from_nothing(ward: Load) -> None:
    cable = LinkDirection(delay_s=0.001, rate_bps=1e9)
    assert ward().links["cable"].up == ward().links["cable"].down == cable


def test_law_and_spread_are_merged_apart(ward: Load) -> None:
    access = ward(("loss: 2 %", "jitter: {spread: 3 ms}")).links["access"]
    assert access.down.jitter == Jitter(law="lognormal", spread_s=0.003)


def test_sending_and_receiving_are_merged_apart(ward: Load) -> None:
    # The preset says 283.17 nJ to send and 137.01 nJ to receive.
    access = ward(("loss: 2 %", "energy: {receiving: 90 nJ/bit}")).links["access"]
    assert access.up.energy == LinkEnergy(sending_j_per_bit=283.17e-9, receiving_j_per_bit=90e-9)
    assert access.down.energy == access.up.energy


@pytest.mark.parametrize(
    ("written", "watts"),
    [("loss: 1 %", 0.12), ("idle-power: 2 W", 2.0), ("idle-power: null", None)],
)
def test_idle_power_comes_from_the_preset_unless_it_is_written(
    ward: Load, written: str, watts: float | None
) -> None:
    assert ward(("loss: 2 %", written)).links["access"].idle_power_w == watts
    assert ward().links["cable"].idle_power_w is None


def test_a_null_rate_lifts_the_presets_limit(ward: Load) -> None:
    access = ward(("loss: 2 %", "rate: null")).links["access"]
    assert access.up.rate_bps is None


def test_hardware_comes_by_name_or_in_place(ward: Load) -> None:
    nodes = ward().nodes
    assert nodes["bedside"].hardware == load_hardware()["bedside-monitor"]
    assert nodes["edge"].hardware is not None
    assert nodes["edge"].hardware.speed == 2
    assert nodes["edge"].hardware.memory_bytes == 8 * 1024**3
    assert nodes["radio"].hardware is None


@pytest.mark.parametrize(
    ("change", "where", "key", "rule", "next_step"),
    [
        (("preset: wifi6", "preset: wfi6"), 9, "links.access.preset", "no link preset", "wifi6"),
        (("preset: wifi6", "prest: wifi6"), 9, "links.access.prest", "no such key", "preset"),
        (("delay: 9 ms", "delay: 9"), 11, "links.access.up.delay", "in one of ns", "schema"),
        (("delay: 9 ms", "dely: 9 ms"), 11, "links.access.up.dely", "no such key", "delay"),
        (("loss: 2 %", "loss: 200 %"), 10, "links.access.loss", "from 0 to 1", "schema"),
        (("loss: 2 %", "loss: 100 %"), 10, "links.access.up.loss", "below 100 %", "leave"),
        (("rate: 1 Gbit/s", "rate: 1 GB/s"), 12, "links.cable.rate", "bit/s", "schema"),
        (("rate: 1 Gbit/s", "rate: 5 bit/s"), 12, "links.cable.up.rate", "1 kbit/s", "null"),
        (
            ("delay: 1 ms", "delay: 1 ms, jitter: {law: gauss, spread: 1 ms}"),
            12,
            "links.cable.jitter.law",
            "'none', 'uniform', 'normal' or 'lognormal'",
            "known: ",
        ),
        (
            ("delay: 1 ms", "delay: 1 ms, jitter: {law: normal}"),
            12,
            "links.cable.up.jitter",
            "law and a spread",
            "jitter: {",
        ),
        (
            ("delay: 1 ms", "delay: 1 ms, jitter: {law: normal, spread: 1 ms}"),
            12,
            "links.cable.up.jitter.spread",
            "at least 3 times",
            "smaller",
        ),
        (("[radio, edge]", "[radio, edg]"), 12, "links.cable.between", "no node group", "edge"),
        (("[radio, edge]", "[edge, edge]"), 12, "links.cable.between", "itself", "two"),
        (("[radio, edge]", "[radio]"), 12, "links.cable.between", "too few", "schema"),
        (("[radio, edge]", "[radio, 5]"), 12, "links.cable.between.1", "must be text", "schema"),
        (("[radio, edge]", "radio"), 12, "links.cable.between", "must be a list", "schema"),
        (("  cable:", "  Big Cable:"), 12, "links.Big Cable", "lower-case words", "schema"),
        (("tier: device", "tier: devise"), 3, "nodes.bedside.tier", "'device'", "device"),
        (("count: instances", "count: 0"), 3, "nodes.bedside.count", "at least 1", "schema"),
        (("count: instances", "count: all"), 3, "nodes.bedside.count", "'instances'", "schema"),
        (
            ("hardware: bedside-monitor", "hardware: bedsid-monitor"),
            3,
            "nodes.bedside.hardware",
            "no hardware of this name",
            "bedside-monitor",
        ),
        (
            (", hardware: bedside-monitor", ""),
            3,
            "nodes.bedside.hardware",
            "needs",
            "list hardware",
        ),
        (("speed: 2", "sped: 2"), 5, "nodes.edge.hardware.sped", "no such key", "speed"),
        (("speed: 2", "speed: 0"), 5, "nodes.edge.hardware.speed", "above 0", "schema"),
        (("speed: 2", "speed: fast"), 5, "nodes.edge.hardware.speed", "a number", "schema"),
        (("speed: 2, ", ""), 5, "nodes.edge.hardware.speed", "a speed or a yardstick", "speed: 1"),
        (
            ("speed: 2", "yardstick: {time: 9, precision: int8, runtime: a, origin: b}"),
            5,
            "nodes.edge.hardware.yardstick.time",
            "in one of ns",
            "schema",
        ),
        (
            ("speed: 2", "yardstick: {time: 9 ms, precision: int7, runtime: a, origin: b}"),
            5,
            "nodes.edge.hardware.yardstick.precision",
            "int8",
            "int8",
        ),
        (
            (
                "speed: 2",
                "speed: 2, yardstick: {time: 9 ms, precision: int8, runtime: a, origin: b}",
            ),
            5,
            "nodes.edge.hardware.speed",
            "exclude each other",
            "drop one",
        ),
        (("8 GiB", "8 Gbit"), 5, "nodes.edge.hardware.memory", "GiB", "schema"),
        (("broker: true", "broker: maybe"), 5, "nodes.edge.broker", "true or false", "schema"),
        (("kind: switch", "kind: switch, broker: true"), 4, "nodes.radio", "no broker", "drop"),
        (("name: ward\n", ""), 1, "name", "is missing", "add a line"),
        (("name: ward", "name: The Ward"), 1, "name", "lower-case words", "schema"),
    ],
)
def test_a_mistake_is_answered_with_line_key_rule_and_next_step(
    ward: Load,
    refusal: Refusal,
    change: tuple[str, str],
    where: int,
    key: str,
    rule: str,
    next_step: str,
) -> None:
    error = refusal(lambda: ward(change))
    assert error.where == f"ward.yaml:{where}"
    assert error.key == key
    assert rule in error.rule
    assert error.next_step is not None
    assert next_step in error.next_step


def test_a_node_that_no_link_leads_to_is_named(ward: Load, refusal: Refusal) -> None:
    cable = "  cable: {between: [radio, edge], delay: 1 ms, rate: 1 Gbit/s}\n"
    error = refusal(lambda: ward((cable, "")))
    assert (error.where, error.key) == ("ward.yaml:5", "nodes.edge")
    assert error.next_step == "add a link between it and one of bedside, radio"


def test_of_several_problems_the_first_is_shown_and_the_rest_counted(
    ward: Load, refusal: Refusal
) -> None:
    error = refusal(lambda: ward(("tier: device, count: instances", "tier: x, count: 0, cout: 3")))
    assert error.key == "nodes.bedside.tier"
    assert str(error).endswith("(2 more problems after this one)")


def test_one_problem_in_both_directions_is_one_problem(ward: Load, refusal: Refusal) -> None:
    error = refusal(lambda: ward(("loss: 2 %", "loss: 100 %")))
    assert "more" not in str(error)


def test_a_choice_of_preset_replaces_what_the_file_says(ward: Load) -> None:
    access = ward(None, parse_overrides(links=["access=5g-sa-campus"])).links["access"]
    preset = load_link_presets()["5g-sa-campus"]
    assert (access.up, access.down) == (preset.up, preset.down)
    assert (access.preset, access.between) == ("5g-sa-campus", ("bedside", "radio"))


def test_a_setting_without_a_direction_sets_both(ward: Load) -> None:
    access = ward(None, parse_overrides(["links.access.delay=2ms"])).links["access"]
    assert access.up.delay_s == access.down.delay_s == 0.002
    assert access.up.loss == 0.02


def test_a_setting_with_a_direction_sets_one(ward: Load) -> None:
    access = ward(None, parse_overrides(["links.access.up.loss=1%"])).links["access"]
    assert (access.up.loss, access.down.loss) == (0.01, 0.02)


def test_a_part_of_the_jitter_can_be_set(ward: Load) -> None:
    access = ward(None, parse_overrides(["links.access.jitter.spread=4ms"])).links["access"]
    assert access.up.jitter == access.down.jitter == Jitter(law="lognormal", spread_s=0.004)


def test_links_are_chosen_before_anything_is_set(ward: Load) -> None:
    overrides = parse_overrides(["links.access.delay=2ms", "links.access.preset=lte"])
    access = ward(None, overrides).links["access"]
    assert (access.preset, access.up.delay_s, access.up.rate_bps) == ("lte", 0.002, 10e6)


def test_the_later_of_two_settings_holds(ward: Load) -> None:
    overrides = parse_overrides(["links.cable.up.delay=3ms", "links.cable.delay=5ms"])
    assert ward(None, overrides).links["cable"].up.delay_s == 0.005


@pytest.mark.parametrize(
    ("option", "key", "rule", "next_step"),
    [
        ("links.acess.delay=2ms", None, "no link of this name", "access"),
        ("links.access.delay=2", "links.access.up.delay", "in one of ns", "schema"),
        ("links.access.dely=2ms", "links.access.dely", "no such key", "delay"),
        ("links.access.preset=wifi7", "links.access.preset", "no link preset", "wifi6"),
        ("links.access.jitter.law=none", "links.access.up.jitter", "neither", "jitter: {"),
        ("links.access.delay=0", "links.access.up.delay", "needs a delay above 0", "longer"),
        ("nodes.ede.broker=true", None, "no node of this name", "edge"),
        ("nodes.bedside.hardware.speed=2", None, "is no mapping", "nodes.bedside.hardware="),
        ("nodes.bedside.hardware=lapto", "nodes.bedside.hardware", "no hardware", "list"),
    ],
)
def test_a_mistake_in_an_option_cites_the_option(
    ward: Load, refusal: Refusal, option: str, key: str | None, rule: str, next_step: str
) -> None:
    error = refusal(lambda: ward(None, parse_overrides([option])))
    assert error.where == f"--set {option}"
    assert error.key == key
    assert rule in error.rule
    assert error.next_step is not None
    assert next_step in error.next_step or error.next_step.startswith("known: ")


def test_an_unknown_link_or_preset_cites_the_option(ward: Load, refusal: Refusal) -> None:
    error = refusal(lambda: ward(None, parse_overrides(links=["acess=lte"])))
    assert (error.where, error.next_step) == ("--link acess=lte", "did you mean access?")
    error = refusal(lambda: ward(None, parse_overrides(links=["access=ltee"])))
    assert (error.where, error.next_step) == ("--link access=ltee", "did you mean lte?")
