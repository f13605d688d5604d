"""A ward and a scenario in text, to be broken in one place at a time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edge_aibench.config.document import parse_document
from edge_aibench.config.load import scenario_from_document, topology_from_document
from edge_aibench.config.overrides import Overrides, parse_overrides
from edge_aibench.errors import ConfigError
from edge_aibench.model.scenario import Scenario
from edge_aibench.model.topology import Topology

WARD = """\
name: ward
nodes:
  bedside: {tier: device, count: instances, hardware: bedside-monitor}
  radio: {tier: edge, kind: switch}
  edge: {tier: edge, hardware: {name: box, speed: 2, memory: 8 GiB}, broker: true}
links:
  access:
    between: [bedside, radio]
    preset: wifi6
    loss: 2 %
    up: {delay: 9 ms}
  cable: {between: [radio, edge], delay: 1 ms, rate: 1 Gbit/s}
"""

SCENARIO = """\
name: tiny
topology: ward
components: tiny.stages:components
instances: {name: patient}
sensors:
  monitor: {node: bedside, payload: 144 B}
stages:
  window: {kind: preprocess, needs: [monitor], place: with-consumers}
  death:
    kind: inference
    task: death
    needs: [window]
    place: edge
    alert-above: 0.5
  lamp: {kind: actuate, needs: [death], place: device}
  log: {kind: store, needs: [monitor], place: edge, background: true}
done-at: lamp
budgets:
  end-to-end: {limit: 10 ms}
timeout: 2 s
"""

LoadWard = Callable[..., Topology]
LoadScenario = Callable[..., Scenario]


def _changed(text: str, change: tuple[str, str] | None) -> str:
    if change is None:
        return text
    assert text.count(change[0]) == 1, f"{change[0]!r} must stand once in the text"
    return text.replace(*change)


@pytest.fixture
def ward() -> LoadWard:
    """Load the ward, with one text replaced by another and with overrides."""

    def load(change: tuple[str, str] | None = None, overrides: Overrides | None = None) -> Topology:
        document = parse_document(_changed(WARD, change), "ward.yaml")
        return topology_from_document(document, overrides or parse_overrides())

    return load


@pytest.fixture
def tiny() -> LoadScenario:
    """Load the scenario, with one text replaced by another and with overrides."""

    def load(change: tuple[str, str] | None = None, overrides: Overrides | None = None) -> Scenario:
        document = parse_document(_changed(SCENARIO, change), "tiny.yaml")
        return scenario_from_document(document, overrides or parse_overrides())

    return load


@pytest.fixture
def refusal() -> Callable[[Callable[[], object]], ConfigError]:
    """Give the ConfigError that a call ends with."""

    def catch(call: Callable[[], object]) -> ConfigError:
        with pytest.raises(ConfigError) as caught:
            call()
        return caught.value

    return catch
