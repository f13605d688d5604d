"""Which nodes of a run took their service times from this machine's, and by what factor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge_aibench.config.values import FROM_DOCUMENT
from edge_aibench.model.hardware import Hardware
from edge_aibench.record.values import Entry


class ScaledNode(Entry):
    """A node group whose service times are this machine's over *speed*, where no profile is used.

    *text* says how the speed came about: by a yardstick, or judged. Never measured.
    """

    node: str
    hardware: str
    speed: float
    text: str


def scaled_nodes(experiment: Mapping[str, Any]) -> tuple[ScaledNode, ...]:
    """Find the scaled nodes in an experiment as it is saved, in the order of its topology."""
    nodes = (experiment.get("topology") or {}).get("nodes") or {}
    found = []
    for name, group in nodes.items():
        written = group.get("hardware")
        if written is None:
            continue
        hardware = Hardware.model_validate(written, context=FROM_DOCUMENT)
        if hardware.scaling:
            found.append(
                ScaledNode(
                    node=name,
                    hardware=hardware.name,
                    speed=hardware.speed,
                    text=hardware.scaling,
                )
            )
    return tuple(found)
