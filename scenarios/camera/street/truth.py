"""What is true of one frame of a generated recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from edge_aibench.scenarios.camera.street.layout import Box

STRANGER: Final = 0
"""The identity of whoever is not in the gallery."""


@dataclass(frozen=True, kw_only=True)
class Passer:
    """Somebody in the street: the identity (STRANGER if not enrolled) and the box around all of
    the body; *whole* tells whether all of it is in view.
    """

    identity: int
    body: Box
    whole: bool


@dataclass(frozen=True, kw_only=True)
class FrameTruth:
    """Who is in the street, and what somebody in the yard does, None if nobody is there."""

    passers: tuple[Passer, ...] = ()
    action: str | None = None
