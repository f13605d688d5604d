"""The task: how strongly does a machine vibrate at the frequency of a worn bearing?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from edge_aibench.tasks.array_data import ArrayData
from edge_aibench.tasks.component import TensorSpec
from edge_aibench.tasks.own import own_task
from edge_aibench.tasks.sample import Sample

READINGS = 64  # of acceleration, in one observation
CYCLES = 9  # of the bearing's vibration, in one observation
NOISE = 0.6
SAMPLES = {"train": 100, "val": 100, "test": 500}


def build() -> Any:
    """Your network. This one needs no training: the Fourier transform at one frequency."""
    import torch

    angles = 2 * np.pi * CYCLES * np.arange(READINGS) / READINGS
    weights = 2 / READINGS * np.stack([np.cos(angles), np.sin(angles)])
    network = torch.nn.Linear(READINGS, 2, bias=False)
    network.load_state_dict({"weight": torch.tensor(weights)})
    return network


def record(rng: np.random.Generator, count: int) -> tuple[Any, Any]:
    """Your data: signals, and the true amplitude of the bearing's vibration."""
    times = np.arange(READINGS) / READINGS
    shaft, bearing = (
        np.sin(2 * np.pi * (cycles * times + rng.uniform(0, 1, (count, 1))))
        for cycles in (3, CYCLES)
    )
    amplitudes = rng.uniform(0, 1, count)
    noise = rng.normal(0, NOISE, (count, READINGS))
    return 9.81 + shaft + amplitudes[:, np.newaxis] * bearing + noise, amplitudes


def judge(_all: Any, pairs: Sequence[tuple[Sample[Any, float], float]]) -> dict[str, float]:
    """Your figure of quality, from samples and answers."""
    return {"mean_error": float(np.mean([abs(a - sample.label) for sample, a in pairs]))}


BEARING = own_task(
    "bearing",
    framework="torch",
    build=build,
    has_weights=True,
    parameters=2 * READINGS,
    inputs=[TensorSpec(name="signal", shape=(READINGS,))],
    outputs=[TensorSpec(name="waves", shape=(2,))],
    preprocess=lambda signal: (signal[np.newaxis],),
    postprocess=lambda outputs, _signal: float(np.hypot(*outputs[0][0])),
    data=ArrayData(shape=(READINGS,), make=record, counts=SAMPLES),
    judge=judge,
    headline="mean_error",
    lower_is_better=True,
)
