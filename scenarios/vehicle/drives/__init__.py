"""Generated drives: a road that closes on itself, its traffic and its signs, frame by frame."""

from __future__ import annotations
