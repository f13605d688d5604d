"""Spaces of actions and observations, in the shape of gymnasium's, which need not be installed.

Method and attribute names are those of `gymnasium.spaces` (MultiDiscrete and Box, release 1.x).
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass
class MultiDiscrete:
    """Vectors of whole numbers: number i is from 0 to *nvec*[i] - 1."""

    nvec: NDArray[np.int64]
    _generator: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))

    @property
    def shape(self) -> tuple[int, ...]:
        return self.nvec.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.nvec.dtype

    def seed(self, seed: int) -> None:
        """Have `sample` begin anew."""
        self._generator = np.random.default_rng(seed)

    def sample(self) -> NDArray[np.int64]:
        """Draw one of the space, all as likely."""
        return self._generator.integers(0, self.nvec)

    def contains(self, x: object) -> bool:
        """Whether *x* is one of the space."""
        found = np.asarray(x)
        return (
            found.shape == self.shape
            and np.issubdtype(found.dtype, np.integer)
            and bool(((found >= 0) & (found < self.nvec)).all())
        )


@dataclass
class Box:
    """Vectors of float32 between *low* and *high*, both included."""

    low: NDArray[np.float32]
    high: NDArray[np.float32]
    _generator: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))

    @property
    def shape(self) -> tuple[int, ...]:
        return self.low.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.low.dtype

    def seed(self, seed: int) -> None:
        """Have `sample` begin anew."""
        self._generator = np.random.default_rng(seed)

    def sample(self) -> NDArray[np.float32]:
        """Draw one of the space, evenly spread."""
        return self._generator.uniform(self.low, self.high).astype(np.float32)

    def contains(self, x: object) -> bool:
        """Whether *x* is one of the space."""
        found = np.asarray(x)
        return (
            found.shape == self.shape
            and np.can_cast(found.dtype, self.dtype)
            and bool(((found >= self.low) & (found <= self.high)).all())
        )


def gymnasium_spaces() -> Any:
    """The module `gymnasium.spaces`; None where gymnasium is not installed."""
    try:
        return importlib.import_module("gymnasium.spaces")
    except ImportError:
        return None


def multi_discrete(sizes: list[int]) -> Any:
    """Gymnasium's MultiDiscrete where it is installed, else ours."""
    nvec = np.asarray(sizes, np.int64)
    spaces = gymnasium_spaces()
    return MultiDiscrete(nvec) if spaces is None else spaces.MultiDiscrete(nvec)


def box(high: list[float]) -> Any:
    """Gymnasium's Box from 0 to *high* where it is installed, else ours."""
    top = np.asarray(high, np.float32)
    low = np.zeros_like(top)
    spaces = gymnasium_spaces()
    return Box(low, top) if spaces is None else spaces.Box(low, top, dtype=np.float32)
