"""The commands that run a placement that was decided on."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from edge_aibench.placement.decision import place_text, settings_of, splits_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge_aibench.api.choices import Choices
    from edge_aibench.api.simulation import SimulationChoices
    from edge_aibench.placement.decision import Placed


def place_commands(choices: Choices, only: SimulationChoices, placed: Placed) -> tuple[str, str]:
    """`edge-aibench simulate ...` and `edge-aibench emulate ...` of the user's scenario, placed."""
    shared = [*_shared(choices), "--place", place_text(placed)]
    for setting in settings_of(placed):
        shared += ["--set", setting]
    for cut in splits_of(placed):
        shared += ["--split", cut]
    simulate = ["edge-aibench", "simulate", choices.scenario, *shared, *_simulated(choices, only)]
    emulate = ["edge-aibench", "emulate", choices.scenario, *shared, "--dilation", "auto"]
    return shlex.join(simulate), shlex.join(emulate)


def _shared(choices: Choices) -> Iterator[str]:
    for option, value in (
        ("--instances", choices.instances),
        ("--topology", choices.topology),
        ("--interval", choices.interval),
        ("--arrivals", choices.arrivals),
        ("--data-root", choices.data_root),
    ):
        if value is not None:
            yield from (option, str(value))
    for option, texts in (("--set", choices.settings), ("--link", choices.links)):
        for text in texts:
            yield from (option, text)
    if choices.inference != "window":
        yield from ("--inference", choices.inference)
    if choices.runtime != "auto":
        yield from ("--runtime", choices.runtime)
    if choices.seed != 1:
        yield from ("--seed", str(choices.seed))


def _simulated(choices: Choices, only: SimulationChoices) -> Iterator[str]:
    yield from ("--duration", f"{choices.duration_s:g}")
    if choices.warmup_s != 3.0:
        yield from ("--warmup", f"{choices.warmup_s:g}")
    for text in only.services:
        yield from ("--service", text)
    for file in choices.profiles:
        yield from ("--profile", str(file))
    if only.calibration is not None:
        yield from ("--calibration", str(only.calibration))
