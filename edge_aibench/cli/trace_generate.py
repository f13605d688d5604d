"""`edge-aibench trace generate`: what a topology's mobility makes of one link, as a trace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge_aibench.model.topology import Topology
    from edge_aibench.network.trace import LinkTrace


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("generate")(generate)


def generate(  # noqa: PLR0913, PLR0917 - one parameter an option
    topology: Annotated[
        str, typer.Argument(help="A topology: name or path of its file.", show_default=False)
    ],
    out: Annotated[Path, typer.Option(help="The CSV file to write.", show_default=False)],
    link: Annotated[str, typer.Option(help="The link.")] = "access",
    number: Annotated[
        int, typer.Option(help="Which of the links of that name, from 1.", min=1)
    ] = 1,
    instances: Annotated[int, typer.Option(help="How many nodes move.", min=1)] = 1,
    duration: Annotated[str, typer.Option(help="How long the trace is.")] = "60s",
    seed: Annotated[int, typer.Option(help="What is drawn.", min=0)] = 1,
    repeat: Annotated[
        bool, typer.Option("--repeat", help="Let the trace begin again at its end.")
    ] = False,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change the topology: KEY=VALUE, repeatable."),
    ] = None,
) -> None:
    """Write the trace of one link of a topology with mobility."""
    from edge_aibench.cli.trace_choices import duration_s, save
    from edge_aibench.config.load import load_topology
    from edge_aibench.config.overrides import parse_overrides
    from edge_aibench.errors import ConfigError
    from edge_aibench.network.link_traces import link_traces
    from edge_aibench.network.trace import trace_table

    length_s = duration_s(duration, "--duration")
    if not 0 < length_s <= 24 * 3600:
        raise ConfigError("must be above 0 and at most 24 h", where="--duration", value=duration)
    loaded = load_topology(topology, parse_overrides(settings or ()))
    traces = link_traces(loaded, instances=instances, duration_s=length_s, seed=seed)
    trace = _chosen(traces, loaded, link, number)
    save(
        trace_table(trace.repeated_after(length_s) if repeat else trace),
        out,
        comment=f"Generated, not measured: topology {loaded.name}, link {link} {number} of "
        f"{instances}, {duration}, seed {seed}.",
    )


def _chosen(
    traces: Mapping[tuple[str, int], LinkTrace], topology: Topology, link: str, number: int
) -> LinkTrace:
    from edge_aibench.errors import ConfigError, unknown_name

    moving = [index for name, index in traces if name == link]
    if link not in topology.links:
        raise unknown_name("link", link, topology.links, where="--link")
    if not moving:
        raise ConfigError(
            "the link does not move",
            where=f"topology {topology.name}",
            key=f"links.{link}",
            next_step="give it a 'mobility', or name another with --link",
        )
    if number > len(moving):
        raise ConfigError(
            f"must be at most {len(moving)}: there are no more such links",
            where="--number",
            value=number,
            next_step="raise --instances",
        )
    return traces[link, number - 1]
