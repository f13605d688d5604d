"""Means and standard deviations of the twelve continuous columns.

Only those columns are standardised. One-hot columns and the seventeen masks keep their zeros
and ones, as in the benchmark's own normaliser, which leaves out every column with an arrow in
its name and thus the masks too.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.icu.channels import CHANNELS, CONTINUOUS
from edge_aibench.tasks.task import REFERENCE
from edge_aibench.tasks.weights import read_weights

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from numpy.typing import NDArray

FILE_NAME: Final = "standardiser.json"
ROLE: Final = "standardiser"
"""Its name among the files of a weights manifest."""


@dataclass(frozen=True, kw_only=True)
class Standardiser:
    """Column statistics, in the order of the continuous channels.

    *means* and *stds* are float64 arrays of shape (12,), in the units of the channels.
    """

    means: NDArray[np.float64]
    stds: NDArray[np.float64]

    def to_json(self) -> str:
        """Write the statistics by channel name."""
        table = {
            CHANNELS[channel].name: {"mean": float(mean), "std": float(std)}
            for channel, mean, std in zip(CONTINUOUS, self.means, self.stds, strict=True)
        }
        return json.dumps(table, indent=2) + "\n"


def fit_standardiser(values: NDArray[np.float64]) -> Standardiser:
    """Take the statistics of imputed hours, shape (n, 17), n at least 2.

    A column that never varies gets a deviation of 1, so that it reads 0 instead of dividing
    by zero.
    """
    continuous = values[:, CONTINUOUS]
    stds = continuous.std(axis=0)
    return Standardiser(means=continuous.mean(axis=0), stds=np.where(stds > 1e-7, stds, 1.0))


def shipped_standardiser() -> Standardiser:
    """The statistics that the shipped weights were trained with; raises as `trained_standardiser`.

    All three tasks were trained with the same ones.
    """
    return trained_standardiser(resources.files(__package__) / "weights", task="death")


def trained_standardiser(root: Path | Traversable, *, task: str) -> Standardiser:
    """The statistics that belong to the weights of *task* in the folder *root*.

    Raises ConfigError if the file is missing, is not the one that the manifest was written
    for, or is damaged.
    """
    content = read_weights(root, task=task, preset=REFERENCE, role=ROLE)
    return parse_standardiser(content, where=str(root / FILE_NAME))


def parse_standardiser(content: bytes, *, where: str) -> Standardiser:
    """Read what `Standardiser.to_json` wrote.

    Raises ConfigError, citing *where*, if it is not JSON, lacks a channel, or holds a deviation
    that is not positive.
    """
    try:
        table = json.loads(content.decode())
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ConfigError(
            "must be a JSON file of channel means and deviations",
            where=where,
            value=str(error),
            next_step="train again, or restore the file that belongs to the weights",
        ) from error
    means, stds = [], []
    for channel in CONTINUOUS:
        mean, std = _statistics(table, CHANNELS[channel].name, where=where)
        means.append(mean)
        stds.append(std)
    return Standardiser(means=np.array(means), stds=np.array(stds))


def _statistics(table: object, name: str, *, where: str) -> tuple[float, float]:
    entry = table.get(name) if isinstance(table, dict) else None
    if isinstance(entry, dict):
        mean, std = _number(entry.get("mean")), _number(entry.get("std"))
        if math.isfinite(mean) and math.isfinite(std) and std > 0:
            return mean, std
    raise ConfigError(
        "must hold a finite `mean` and a positive `std` for each continuous channel",
        where=where,
        key=name,
        value=entry,
        next_step="train again, or restore the file that belongs to the weights",
    )


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan
