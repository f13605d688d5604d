"""A queue with one server instead of an engine, and points that go wrong in every way.

A module of its own, importable by name, as processes of a sweep need it.
"""

from __future__ import annotations

import math
import os
import random
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def queue(point: Mapping[str, Any], seed: int) -> dict[str, float | str]:
    """Mean and largest sojourn time of 200 customers by Lindley's recursion."""
    draw = random.Random(seed)
    wait_s, total_s, largest_s = 0.0, 0.0, 0.0
    for _ in range(200):
        service_s = draw.expovariate(1.0)
        sojourn_s = wait_s + service_s
        total_s += sojourn_s
        largest_s = max(largest_s, sojourn_s)
        wait_s = max(0.0, sojourn_s - draw.expovariate(1.0) / float(point["use"]))
    return {"e2e.mean": total_s / 200, "e2e.max": largest_s, "validity": "VALID", "reasons": ""}


def trouble(point: Mapping[str, Any], seed: int) -> dict[str, float | str]:
    """Do what `what` says: `fail`, `die`, `leave`, `never`, `none`, `invalid`; else answer 1."""
    what = point.get("what")
    if what == "fail":
        raise ValueError("two\nlines")
    if what == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "leave":
        os._exit(7)
    if what == "interrupt":
        raise KeyboardInterrupt
    figure = {"never": math.inf, "none": math.nan}.get(str(what), 1.0)
    validity = "INVALID" if what == "invalid" else "VALID"
    return {"e2e.mean": figure, "validity": validity, "reasons": ""}


def environment(point: Mapping[str, Any], seed: int) -> dict[str, float | str]:
    """Tell the threads that numerical libraries may use."""
    return {"e2e.mean": float(os.environ.get("OMP_NUM_THREADS", "0"))}


def stuck(point: Mapping[str, Any], seed: int) -> dict[str, float | str]:
    """Write this process's number into the pipe `told`, then wait for ever."""
    Path(str(point["told"])).write_text(str(os.getpid()))
    while True:
        signal.pause()
