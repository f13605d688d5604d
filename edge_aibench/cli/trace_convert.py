"""`edge-aibench trace convert`: traces of other tools and data sets as ours."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Origin(StrEnum):
    """The formats that can be converted."""

    IRISH_5G = "irish-5g"
    MAHIMAHI = "mahimahi"


class Direction(StrEnum):
    """The directions of a link that a Mahimahi trace is for."""

    BOTH = "both"
    UP = "up"
    DOWN = "down"


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("convert")(convert)


def convert(
    file: Annotated[Path, typer.Argument(help="The file to convert.", show_default=False)],
    origin: Annotated[Origin, typer.Option("--from", help="Its format.", show_default=False)],
    out: Annotated[Path, typer.Option(help="The CSV file to write.", show_default=False)],
    bin_width: Annotated[
        str, typer.Option("--bin", help="Mahimahi: deliveries are counted over this long.")
    ] = "100ms",
    direction: Annotated[
        Direction, typer.Option(help="Mahimahi: the directions that the trace is for.")
    ] = Direction.BOTH,
    base_delay: Annotated[
        str, typer.Option(help="Irish 5G: one-way delay when the network is at its fastest.")
    ] = "10ms",
    handover: Annotated[
        str, typer.Option(help="Irish 5G: how long a change of cell interrupts the link.")
    ] = "100ms",
) -> None:
    """Convert a Mahimahi trace or a CSV file of the Irish 5G data set."""
    from edge_aibench.cli.trace_choices import duration_s, save
    from edge_aibench.network.trace_irish5g import read_irish5g
    from edge_aibench.network.trace_mahimahi import read_mahimahi

    if origin is Origin.MAHIMAHI:
        ways = ("up", "down") if direction is Direction.BOTH else (direction.value,)
        table = read_mahimahi(file, bin_s=duration_s(bin_width, "--bin"), ways=ways)
        comment = f"From a Mahimahi trace, deliveries counted over {bin_width}."
    else:
        table = read_irish5g(
            file,
            base_delay_s=duration_s(base_delay, "--base-delay"),
            handover_s=duration_s(handover, "--handover"),
        )
        comment = (
            "From a file of the Irish 5G data set: the rate down is that of one download, the "
            f"delay a base of {base_delay} and the measured variation, a handover {handover}."
        )
    save(table, out, comment=comment)
