"""`edge-aibench task data`: generate a data set, or check a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edge_aibench.cli.task_choices import AsJson, Name, Quiet, progress_bar

if TYPE_CHECKING:
    from edge_aibench.tasks.component import Component

_SHOWN_PROBLEMS = 20


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("data")(data)


def data(
    name: Name,
    out: Annotated[Path | None, typer.Option(help="Write a generated data set here.")] = None,
    check: Annotated[Path | None, typer.Option(help="Say what is wrong with this folder.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the generated data.", min=0)] = 7,
    scale: Annotated[
        float, typer.Option(help="1 is the size that the shipped weights were trained on.")
    ] = 1.0,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Write generated data in the layout of the task's real data set, or check a folder."""
    from edge_aibench.errors import ConfigError
    from edge_aibench.inference.pipeline import get_component

    component = get_component(name)
    if (out is None) == (check is None):
        raise ConfigError(
            "give one of --out FOLDER (to write) and --check FOLDER", where="task data"
        )
    if check is not None:
        return _check(component, check, as_json=as_json, quiet=quiet)
    assert out is not None  # noqa: S101 -- one of the two is given
    with progress_bar("writing data", quiet=quiet) as advance:
        component.data.write(out, seed=seed, scale=scale, progress=advance)
    counts = {split: len(samples) for split, samples in _splits(component, out).items()}
    _tell(as_json, {"folder": str(out), "samples": counts}, f"{_counts(counts)} in {out}")
    return 0


def _check(component: Component, root: Path, *, as_json: bool, quiet: bool) -> int:
    """Read every sample of every split; exit code 0 if all are sound, else 2."""
    from edge_aibench.errors import EXIT_OK, EXIT_USAGE, ConfigError
    from edge_aibench.tasks.component import TEST, TRAIN, VAL

    problems: list[str] = []
    counts: dict[str, int] = {}
    for split in (TRAIN, VAL, TEST):
        try:
            samples = component.data.open(root, split=split)
        except ConfigError as problem:
            problems.append(f"{split}: {problem}")
            continue
        counts[split] = len(samples)
        with progress_bar(f"reading {split}", quiet=quiet) as advance:
            for index in range(len(samples)):
                try:
                    samples[index]
                except ConfigError as problem:
                    problems.append(str(problem))
                advance(index + 1, len(samples))
    shown = "\n".join(problems[:_SHOWN_PROBLEMS])
    if len(problems) > _SHOWN_PROBLEMS:
        shown += f"\nand {len(problems) - _SHOWN_PROBLEMS} more"
    text = f"{_counts(counts)}: " + (f"{len(problems)} wrong\n{shown}" if problems else "all sound")
    _tell(as_json, {"folder": str(root), "samples": counts, "problems": problems}, text)
    return EXIT_USAGE if problems else EXIT_OK


def _splits(component: Component, root: Path) -> dict[str, Any]:
    from edge_aibench.tasks.component import TEST, TRAIN, VAL

    return {split: component.data.open(root, split=split) for split in (TRAIN, VAL, TEST)}


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} to {split}" for split, count in counts.items()) or "no split"


def _tell(as_json: bool, values: dict[str, Any], text: str) -> None:
    import json

    typer.echo(json.dumps(values, indent=2) if as_json else text)
