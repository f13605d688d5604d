"""What is said on the way to a run, and to whom."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass


def nothing(text: str) -> None:
    """Say nothing of *text*."""
    del text


def as_warning(text: str) -> None:
    """Give *text* to Python's warnings."""
    # Level 2 would be the caller in this package; what the user called is further out.
    warnings.warn(text, UserWarning, stacklevel=3)


@dataclass(frozen=True)
class Notices:
    """Where texts go: *progress* of what takes long, and a *warning* that a reader needs."""

    progress: Callable[[str], None] = nothing
    warning: Callable[[str], None] = as_warning
