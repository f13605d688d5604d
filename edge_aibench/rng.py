"""Random streams that belong to a purpose.

Every use of chance names its purpose (`arrivals`, `link/access/3/up`), so that adding one use
never shifts the numbers another one draws, and one seed repeats a whole run.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def stream(seed: int, purpose: str) -> np.random.Generator:
    """Give the generator of *purpose* under *seed* (an integer of at least 0)."""
    import numpy as np

    digest = hashlib.sha256(purpose.encode()).digest()
    words = [int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4)]
    return np.random.default_rng(np.random.SeedSequence([seed, *words]))
