"""JSON Schemas of what a run leaves, for whoever reads it with another program."""

from __future__ import annotations

from typing import Any, Literal

from edge_aibench.record.manifest import Manifest
from edge_aibench.record.summary import Summary

DIALECT = "https://json-schema.org/draft/2020-12/schema"
RECORD_SCHEMAS: tuple[Literal["manifest", "summary"], ...] = ("manifest", "summary")


def record_schema(name: Literal["manifest", "summary"]) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of manifest.json or summary.json as written."""
    model = Manifest if name == "manifest" else Summary
    return {"$schema": DIALECT, **model.model_json_schema(mode="serialization")}
