"""Scenario documents: what is read, and what each mistake is answered with."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edge_aibench.config.overrides import parse_overrides
from edge_aibench.errors import ConfigError
from edge_aibench.model.scenario import Scenario

Load = Callable[..., Scenario]
Refusal = Callable[[Callable[[], object]], ConfigError]


def test_keys_with_dashes_and_units_become_fields(tiny: Load) -> None:
    scenario = tiny()
    assert scenario.done_at == "lamp"
    assert scenario.timeout_s == 2.0
    assert scenario.stages["death"].alert_above == 0.5
    assert scenario.sensors["monitor"].payload_bytes == 144.0
    assert scenario.budgets.end_to_end is not None
    assert scenario.budgets.end_to_end.limit_s == 0.01
    assert scenario.budgets.communication is None


@pytest.mark.parametrize(
    ("change", "where", "key", "rule", "next_step"),
    [
        (("done-at: lamp", "done-at: lamb"), 17, "done-at", "no stage", "lamp"),
        (("done-at: lamp", "done_at: lamp"), 17, "done_at", "no such key", "done-at"),
        (("done-at: lamp", "done-at: log"), 17, "done-at", "background", "answer"),
        (("needs: [window]", "needs: [windw]"), 12, "stages.death.needs", "no sensor", "window"),
        (
            ("{kind: preprocess, needs: [monitor]", "{kind: preprocess, needs: [lamp]"),
            8,
            "stages.window.needs",
            "window needs lamp needs death needs window",
            "drop",
        ),
        (("  lamp:", "  monitor:"), 15, "stages.monitor", "both a sensor and a stage", "another"),
        (("kind: inference", "kind: infer"), 10, "stages.death.kind", "'inference'", "inference"),
        (("    task: death\n", ""), 9, "stages.death.task", "names its task", "list tasks"),
        (
            ("kind: store,", "kind: store, task: death,"),
            16,
            "stages.log.task",
            "names its task",
            "drop the task",
        ),
        (("alert-above: 0.5", "alert-above: 50"), 14, "stages.death.alert-above", "0 to 1", "sch"),
        (("payload: 144 B", "payload: 144"), 6, "sensors.monitor.payload", "GiB", "schema"),
        (
            ("payload: 144 B", "payload_bytes: 1 B"),
            6,
            "sensors.monitor.payload_bytes",
            "key",
            "pay",
        ),
        (
            ("payload: 144 B", "payload: 144 B, arrivals: {interval: 1 us}"),
            6,
            "sensors.monitor.arrivals.interval",
            "at least 1 ms",
            "longer",
        ),
        (("{limit: 10 ms}", "{limit: 10 km}"), 19, "budgets.end-to-end.limit", "ms", "schema"),
        (
            ("{limit: 10 ms}", "{limit: 10 ms, percentile: 100}"),
            19,
            "budgets.end-to-end.percentile",
            "below 100",
            "schema",
        ),
        (("timeout: 2 s", "timeout: 2"), 20, "timeout", "in one of", "schema"),
        (("timeout: 2 s", "timeout: null"), 20, "timeout", "a duration", "schema"),
        (("timeout: 2 s", "qos: 2"), 20, "qos", "0 or 1", "schema"),
        (("topology: ward", "topology: ./ward.yaml"), 2, "topology", "not a path", "topologies/"),
        (("name: tiny", "name: [tiny]"), 1, "name", "must be text", "schema"),
        (("{name: patient}", "patient"), 4, "instances", "must be a mapping", "schema"),
        (("{name: patient}", "{name: patient, default: 0}"), 4, "instances.default", "1", "sch"),
        (("{name: patient}", "{name: patient, default: 1.5}"), 4, "instances.default", "whole", ""),
    ],
)
def test_a_mistake_is_answered_with_line_key_rule_and_next_step(
    tiny: Load,
    refusal: Refusal,
    change: tuple[str, str],
    where: int,
    key: str,
    rule: str,
    next_step: str,
) -> None:
    error = refusal(lambda: tiny(change))
    assert error.where == f"tiny.yaml:{where}"
    assert error.key == key
    assert rule in error.rule
    assert error.next_step is not None
    assert next_step in error.next_step


@pytest.mark.parametrize(
    ("option", "read"),
    [
        ("scenario.timeout=3s", lambda s: s.timeout_s == 3.0),
        ("sensors.monitor.arrivals.interval=500ms", lambda s: _interval_s(s) == 0.5),
        ("sensors.monitor.arrivals={law: poisson, interval: 2 s}", lambda s: _interval_s(s) == 2.0),
        ("stages.death.alert-above=0.4", lambda s: s.stages["death"].alert_above == 0.4),
        ("scenario.stages.death.alert-above=40%", lambda s: s.stages["death"].alert_above == 0.4),
        ("budgets.end-to-end.limit=20ms", lambda s: s.budgets.end_to_end.limit_s == 0.02),
        ("budgets.communication.limit=1ms", lambda s: s.budgets.communication.limit_s == 0.001),
        ("budgets.end-to-end=null", lambda s: s.budgets.end_to_end is None),
        ("stages.log.needs=[death, monitor]", lambda s: s.stages["log"].needs[0] == "death"),
    ],
)
def test_the_command_line_changes_any_key(
    tiny: Load, option: str, read: Callable[[Scenario], bool]
) -> None:
    assert read(tiny(None, parse_overrides([option])))


def _interval_s(scenario: Scenario) -> float:
    return scenario.sensors["monitor"].arrivals.interval_s


@pytest.mark.parametrize(
    ("option", "key", "rule", "next_step"),
    [
        ("scenario.timout=3s", "timout", "no such key", "timeout"),
        ("scenario.timeout=3", "timeout", "in one of", "schema"),
        ("scenario.timeout.limit=3s", None, "is no mapping", "'timeout=...'"),
        ("stages.deth.alert-above=0.4", None, "no stage of this name", "death"),
        ("sensors.monitr.node=edge", None, "no sensor of this name", "monitor"),
        ("stages.log.needs.0=death", None, "is no mapping", "'stages.log.needs=...'"),
        ("stages.window.needs=[lamp]", "stages.window.needs", "circle", "drop"),
        ("budgets.end-to-ed.limit=1ms", "budgets.end-to-ed", "no such key", "end-to-end"),
    ],
)
def test_a_mistake_in_an_option_cites_the_option(
    tiny: Load, refusal: Refusal, option: str, key: str | None, rule: str, next_step: str
) -> None:
    error = refusal(lambda: tiny(None, parse_overrides([option])))
    assert error.where == f"--set {option}"
    assert error.key == key
    assert rule in error.rule
    assert error.next_step is not None
    assert next_step in error.next_step


def test_options_of_the_topology_leave_the_scenario_alone(tiny: Load) -> None:
    assert tiny(None, parse_overrides(["links.access.delay=2ms"], ["a=b"])) == tiny()
