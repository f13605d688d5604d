"""`edge-aibench schema`: the JSON Schemas of the documents that users write."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class SchemaKind(StrEnum):
    """The kinds of documents."""

    SCENARIO = "scenario"
    TOPOLOGY = "topology"
    LINKS = "links"
    HARDWARE = "hardware"
    CALIBRATION = "calibration"
    SWEEP = "sweep"


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("schema")(schema)


def schema(
    kind: Annotated[SchemaKind, typer.Argument(help="The kind of document.", show_default=False)],
) -> None:
    """Print the JSON Schema of a document that users write, such as a scenario or a sweep."""
    import json

    from edge_aibench.config.schema import json_schema

    typer.echo(json.dumps(json_schema(kind.value), indent=2))
