"""`edge-aibench schema`: what it prints can be used as it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import resources
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from edge_aibench.cli.schema import SchemaKind
from edge_aibench.config.schema import SCHEMA_KINDS

Call = Callable[..., Any]


def test_every_schema_can_be_asked_for() -> None:
    assert tuple(SchemaKind) == SCHEMA_KINDS


@pytest.mark.parametrize(
    ("kind", "file"),
    [
        ("topology", "icu-ward.yaml"),
        ("links", "links.yaml"),
        ("hardware", "hardware.yaml"),
    ],
)
def test_what_is_printed_validates_our_own_files(call: Call, kind: str, file: str) -> None:
    ending = call("schema", kind)
    assert (ending.code, ending.err) == (0, "")
    text = (resources.files("edge_aibench.topologies") / file).read_text()
    Draft202012Validator(json.loads(ending.out)).validate(yaml.safe_load(text))
