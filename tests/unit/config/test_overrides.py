"""The texts of --set and --link."""

from __future__ import annotations

import pytest

from edge_aibench.config.document import parse_document
from edge_aibench.config.load import load_topology
from edge_aibench.config.overrides import LinkChoice, Overrides, Setting, parse_overrides
from edge_aibench.errors import ConfigError


def test_a_setting_is_a_path_and_a_yaml_value() -> None:
    overrides = parse_overrides(["links.access.up.loss = 1%", "stages.log.needs=[a, b]"])
    assert overrides.settings == (
        Setting(("links", "access", "up", "loss"), "1%", "--set links.access.up.loss = 1%"),
        Setting(("stages", "log", "needs"), ["a", "b"], "--set stages.log.needs=[a, b]"),
    )


def test_the_scenario_prefix_names_its_top() -> None:
    (setting,) = parse_overrides(["scenario.timeout=2s"]).settings
    assert setting.path == ("timeout",)


def test_only_the_first_equals_sign_divides() -> None:
    (setting,) = parse_overrides(["scenario.title=a=b"]).settings
    assert setting.value == "a=b"


def test_a_preset_may_be_set_or_chosen() -> None:
    assert parse_overrides(["links.access.preset=lte"]).links == (
        LinkChoice("access", "lte", "--set links.access.preset=lte"),
    )
    assert parse_overrides(links=["access=lte"]).links == (
        LinkChoice("access", "lte", "--link access=lte"),
    )


@pytest.mark.parametrize(
    ("text", "rule", "next_step"),
    [
        ("links.access.delay", "KEY=VALUE", "links.access.delay=2ms"),
        ("=2ms", "KEY=VALUE", "links.access.delay=2ms"),
        ("links..delay=2ms", "KEY=VALUE", "links.access.delay=2ms"),
        ("links=2ms", "a key inside the section", "links.access.delay=2ms"),
        ("scenario=x", "a key inside the section", "links.access.delay=2ms"),
        ("link.access.delay=2ms", "no section of this name", "did you mean links?"),
        ("scenario.links.access.delay=2ms", "belongs to the topology", "--set links.access"),
        ("links.access.delay={", "not valid YAML", "check"),
        ("links.access.delay=!x 1", "tags are not supported", "plain"),
    ],
)
def test_what_is_no_setting_is_refused(text: str, rule: str, next_step: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_overrides([text])
    assert caught.value.where == f"--set {text}"
    assert rule in caught.value.rule
    assert caught.value.next_step is not None
    assert next_step in caught.value.next_step


@pytest.mark.parametrize("text", ["", "access", "access=", "=lte"])
def test_what_is_no_choice_of_a_link_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="must have the form NAME=PRESET"):
        parse_overrides(links=[text])


def test_a_document_is_never_changed_in_place() -> None:
    document = parse_document("links: {wan: {between: [a, b], delay: 1 ms}}\n", "f.yaml")
    changed = parse_overrides(["links.wan.delay=2ms"], ["wan=lte"]).for_topology(document)
    assert document.data == {"links": {"wan": {"between": ["a", "b"], "delay": "1 ms"}}}
    assert changed.data == {
        "links": {
            "wan": {
                "between": ["a", "b"],
                "preset": "lte",
                "up": {"delay": "2ms"},
                "down": {"delay": "2ms"},
            }
        }
    }


def test_an_option_marks_what_it_wrote_and_nothing_else() -> None:
    document = parse_document("timeout: 1 s\nbudgets:\n  communication: null\n", "f.yaml")
    overrides = parse_overrides(["budgets.end-to-end.limit=1ms"])
    changed = overrides.for_scenario(document)
    option = "--set budgets.end-to-end.limit=1ms"
    assert changed.where(("budgets", "end-to-end", "limit")) == option
    assert changed.where(("budgets", "end-to-end")) == option
    assert changed.where(("budgets",)) == "f.yaml:2"
    assert changed.where(("timeout",)) == "f.yaml:1"
    assert changed.set_by_option(("budgets", "end-to-end"))
    assert not changed.set_by_option(("timeout",))


def test_no_overrides_change_nothing() -> None:
    document = parse_document("links: {}\nnodes: {}\n", "f.yaml")
    assert Overrides().for_topology(document) is document
    assert Overrides().for_scenario(document) is document


def test_energy_of_a_link_is_set_for_both_directions() -> None:
    # The preset states no such energy for one of them.
    overrides = parse_overrides(["links.access.energy.sending=20 nJ/bit"])
    access = load_topology("icu-ward", overrides).links["access"]
    assert access.up.energy.sending_j_per_bit == 20e-9
    assert access.down.energy.sending_j_per_bit == 20e-9
    assert access.down.energy.receiving_j_per_bit == 51.97e-9
