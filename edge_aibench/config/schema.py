"""The JSON Schemas of the documents that users write, for editors and for checks of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from edge_aibench.config.forms import HardwareFile, PresetFile, TopologyForm
from edge_aibench.config.sweep_form import SweepForm
from edge_aibench.errors import unknown_name
from edge_aibench.model.calibration import Calibration
from edge_aibench.model.scenario import Scenario

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DOCUMENTS: Mapping[str, type[BaseModel]] = MappingProxyType(
    {
        "scenario": Scenario,
        "topology": TopologyForm,
        "links": PresetFile,
        "hardware": HardwareFile,
        "calibration": Calibration,
        "sweep": SweepForm,
    }
)
SCHEMA_KINDS = tuple(_DOCUMENTS)


def json_schema(kind: str) -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) of a document of *kind*.

    It knows keys, units and ranges; that names exist and a graph has no cycle is checked when
    the document is loaded. Raises ConfigError for an unknown kind.
    """
    if kind not in _DOCUMENTS:
        raise unknown_name("schema", kind, SCHEMA_KINDS, where="schema")
    schema = _DOCUMENTS[kind].model_json_schema(by_alias=True, mode="validation")
    return {"$schema": _DIALECT, **schema}
