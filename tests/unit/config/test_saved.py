"""What ships, with presets and hardware spelled out, loads again unchanged."""

from __future__ import annotations

import pytest

from edge_aibench.config.catalogue import scenario_names, topology_names
from edge_aibench.config.document import parse_document, write_document
from edge_aibench.config.load import (
    document_form,
    load_scenario,
    load_topology,
    scenario_from_document,
    topology_from_document,
)
from edge_aibench.config.overrides import parse_overrides


@pytest.mark.parametrize("name", topology_names())
def test_every_shipped_topology_survives_being_saved(name: str) -> None:
    topology = load_topology(name)
    text = write_document({"topology": document_form(topology)})
    assert topology_from_document(parse_document(text, "config.yaml").part("topology")) == topology


@pytest.mark.parametrize("name", scenario_names())
def test_every_shipped_scenario_survives_being_saved(name: str) -> None:
    scenario = load_scenario(name).scenario
    text = write_document({"scenario": document_form(scenario)})
    assert scenario_from_document(parse_document(text, "config.yaml").part("scenario")) == scenario


def test_a_saved_form_is_the_users_own_language() -> None:
    form = document_form(load_topology("icu-ward-campus"))
    assert form["links"]["access"]["down"] == {
        "delay": "0.007 s",
        "jitter": {"law": "lognormal", "spread": "0.00157 s"},
        "loss": "0.0001",
        "rate": "300000000.0 bit/s",
        "outage": "none",
        "energy": {"sending": None, "receiving": "5.197e-08 J/bit"},
    }
    assert form["nodes"]["bedside"]["hardware"]["name"] == "bedside-monitor"
    budgets = document_form(load_scenario("icu").scenario)["budgets"]
    assert budgets["end-to-end"]["limit"] == "0.01 s"


def test_a_preset_replaces_a_saved_link() -> None:
    text = write_document(document_form(load_topology("icu-ward")))
    changed = topology_from_document(
        parse_document(text, "config.yaml"), parse_overrides(links=["access=5g-sa-campus"])
    )
    assert changed.links["access"] == load_topology("icu-ward-campus").links["access"]
