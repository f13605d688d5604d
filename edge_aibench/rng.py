"""Random streams that belong to a purpose.

Every use of chance names its purpose (`arrivals`, `link/access/3/up`), so that adding one use
never shifts the numbers another one draws, and one seed repeats a whole run.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# SplitMix64's increment and finalizer (Steele, Lea, Flood: "Fast splittable pseudorandom number
# generators", OOPSLA 2014), and the golden ratio's neighbour that its authors split streams with.
FIRST_GAMMA = 0x9E3779B97F4A7C15
SECOND_GAMMA = 0xD1342543DE82EF95
MIX_1 = 0xBF58476D1CE4E5B9
MIX_2 = 0x94D049BB133111EB


def stream(seed: int, purpose: str) -> np.random.Generator:
    """Give the generator of *purpose* under *seed* (an integer of at least 0)."""
    import numpy as np

    digest = hashlib.sha256(purpose.encode()).digest()
    words = [int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4)]
    return np.random.default_rng(np.random.SeedSequence([seed, *words]))


def key(seed: int, purpose: str) -> int:
    """The 64-bit key of *purpose* under *seed*, for numbers that are called up by their place."""
    digest = hashlib.sha256(f"{seed}/{purpose}".encode()).digest()
    return int.from_bytes(digest[:8], "little")


def uniforms(
    key: int, first: NDArray[np.int64] | int, second: NDArray[np.int64] | int
) -> NDArray[np.float64]:
    """Uniform numbers in [0, 1), one for each place (*first*, *second*), both at least 0.

    What stands at a place depends on nothing else, so that any part of a table can be drawn on
    its own: a longer run or one more instance changes no other number. *first* and *second* are
    broadcast against each other; the key is `key`'s.
    """
    import numpy as np

    with np.errstate(over="ignore"):
        state = np.asarray(first, np.uint64) * np.uint64(FIRST_GAMMA) + np.uint64(key)
        state = _mix(state) + (np.asarray(second, np.uint64) + np.uint64(1)) * np.uint64(
            SECOND_GAMMA
        )
        bits = _mix(state) >> np.uint64(11)
    return bits.astype(np.float64) * 2.0**-53


def _mix(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    import numpy as np

    state = (state ^ (state >> np.uint64(30))) * np.uint64(MIX_1)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(MIX_2)
    mixed: NDArray[np.uint64] = state ^ (state >> np.uint64(31))
    return mixed
