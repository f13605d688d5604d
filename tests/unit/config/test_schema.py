"""The published JSON Schemas, checked by an independent validator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from edge_aibench.config import catalogue
from edge_aibench.config.load import document_form, load_scenario, load_topology
from edge_aibench.config.schema import SCHEMA_KINDS, json_schema
from edge_aibench.errors import ConfigError


def shipped() -> list[tuple[str, Path]]:
    files = [("scenario", catalogue.find_scenario(n).file) for n in catalogue.scenario_names()]
    files += [("topology", catalogue.find_topology(n).file) for n in catalogue.topology_names()]
    return [
        *files,
        ("links", catalogue.links_file().file),
        ("hardware", catalogue.hardware_file().file),
    ]


def errors(kind: str, document: Any) -> list[str]:
    return [e.message for e in Draft202012Validator(json_schema(kind)).iter_errors(document)]


@pytest.mark.parametrize("kind", SCHEMA_KINDS)
def test_each_schema_is_one(kind: str) -> None:
    schema = json_schema(kind)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"].endswith("2020-12/schema")


@pytest.mark.parametrize(("kind", "file"), shipped(), ids=lambda value: Path(value).stem)
def test_what_ships_obeys_its_schema(kind: str, file: Path) -> None:
    assert errors(kind, yaml.safe_load(file.read_text())) == []


def test_what_is_saved_obeys_the_schema() -> None:
    assert errors("scenario", document_form(load_scenario("icu").scenario)) == []
    assert errors("topology", document_form(load_topology("icu-ward-campus"))) == []


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        ("scenario", "timeout", "2"),
        ("scenario", "timeout", 2),
        ("scenario", "timeout", "2 parsecs"),
        ("scenario", "timeot", "2 s"),
        ("scenario", "qos", 3),
        (
            "scenario",
            "stages",
            {"a": {"kind": "fuse", "needs": ["b"], "place": "c", "task": "x:Y"}},
        ),
        ("scenario", "done-at", None),
        ("topology", "links", {"wan": {"between": ["a", "b"], "rate": "1 GB/s"}}),
        ("topology", "links", {"wan": {"between": ["a", "b"], "rat": "1 Gbit/s"}}),
        ("topology", "links", {"wan": {"between": ["a"]}}),
        ("topology", "nodes", {"a": {"tier": "moon", "hardware": "edge-server"}}),
        ("links", "lte", {"title": "x", "status": "guessed", "source": "y"}),
        ("hardware", "edge-server", {"speed": 0}),
        ("hardware", "edge-server", {"yardstick": {"time": "9 ms", "precision": "int8"}}),
        ("hardware", "edge-server", {"speed": 1, "busy-power": "5 Watt"}),
        ("hardware", "edge-server", {"speed": 1, "price-per-hour": "5 dollars"}),
        ("topology", "links", {"wan": {"between": ["a", "b"], "energy": {"sending": "5 nJ"}}}),
    ],
)
def test_what_the_loader_refuses_for_its_form_the_schema_refuses(
    kind: str, key: str, value: object
) -> None:
    file = next(file for which, file in shipped() if which == kind)
    document = yaml.safe_load(file.read_text())
    assert errors(kind, {**document, key: value})


def test_a_schema_of_nothing_known_is_refused() -> None:
    with pytest.raises(ConfigError, match="did you mean topology"):
        json_schema("topolgy")
