"""The seed of each run of a sweep.

Seeds are spawned, not counted up (`numpy.random.SeedSequence.spawn`), so that sweeps whose own
seeds are neighbours share none. By default repeat r has one seed at all points: common random
numbers, with which two points differ by what was changed and not by their luck.
"""

from __future__ import annotations

from typing import Literal

SeedLaw = Literal["common", "independent"]


def run_seed(root: int, law: SeedLaw, *, point: int, repeat: int) -> int:
    """The seed of *repeat* at *point* (both from 0): at least 0 and below 2**48.

    It depends on nothing but these, so more points or repeats change no other run's seed.
    """
    import numpy as np

    # What spawn gives as child i, and as child j of that, has the spawn key (i, j).
    place = (repeat,) if law == "common" else (repeat, point)
    sequence = np.random.SeedSequence(root, spawn_key=place)
    # 48 bits: JSON readers and spreadsheets keep them whole.
    return int(sequence.generate_state(1, np.uint64)[0]) >> 16
