"""Which candidates there are: every combination of the alternatives that were named."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from edge_aibench.errors import ConfigError

if TYPE_CHECKING:
    from edge_aibench.api.choices import Choices

MOST = 32
"""So many candidates at most: each is run for every seed."""


@dataclass(frozen=True)
class Alternatives:
    """What the candidates differ in, by option; an empty list leaves the choice as it is."""

    place: Sequence[str] = ()
    topology: Sequence[str] = ()
    preset: Sequence[str] = ()
    runtime: Sequence[str] = ()
    dilation: Sequence[float] = ()

    @property
    def named(self) -> Mapping[str, Sequence[object]]:
        """The options that candidates differ in."""
        every: dict[str, Sequence[object]] = {
            "place": self.place,
            "topology": self.topology,
            "preset": self.preset,
            "runtime": self.runtime,
            "dilation": self.dilation,
        }
        return {name: values for name, values in every.items() if values}


def candidates(base: Choices, alternatives: Alternatives) -> dict[str, Choices]:
    """The choices of every combination, by label. Raises ConfigError unless 2 to `MOST`."""
    named = alternatives.named
    found: dict[str, Choices] = {}
    for values in itertools.product(*named.values()):
        chosen = dict(zip(named, values, strict=True))
        label = ", ".join(
            str(value) if name in {"place", "topology"} else f"{name} {_written(value)}"
            for name, value in chosen.items()
            if len(named[name]) > 1
        )
        if label in found:
            raise ConfigError("names a candidate twice", where="compare", value=label)
        found[label] = _chosen(base, chosen)
    if not 2 <= len(found) <= MOST:
        raise ConfigError(
            f"needs 2 to {MOST} candidates",
            where="compare",
            value=len(found),
            next_step="name alternatives: --place device,edge --topology icu-ward,icu-ward-lan",
        )
    return found


def split_places(texts: Sequence[str]) -> tuple[str, ...]:
    """`device,edge` are two places; pairs (`death=device,decompensation=edge`) are one placement.

    Placements by pairs come one an option.
    """
    found: list[str] = []
    for text in texts:
        found += [text] if "=" in text else [part.strip() for part in text.split(",")]
    return tuple(part for part in found if part)


def _chosen(base: Choices, chosen: Mapping[str, object]) -> Choices:
    settings = base.settings
    preset = chosen.get("preset")
    if preset is not None:
        settings = (*settings, *(f"stages.{name}.preset={preset}" for name in _networks(base)))
    plain = {name: value for name, value in chosen.items() if name != "preset"}
    return replace(base, settings=settings, **plain)  # type: ignore[arg-type]


def _networks(base: Choices) -> tuple[str, ...]:
    from edge_aibench.config.load import load_scenario

    return load_scenario(base.scenario).scenario.inference_stages()


def _written(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
