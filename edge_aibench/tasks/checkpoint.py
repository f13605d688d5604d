"""Keeping a training's state on disk, so that it can go on after an interruption."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

from edge_aibench.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[Any]]

_DESCRIPTION = "description"
_START_AGAIN = "remove the file to train from the start"


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """Named arrays and a JSON-able description of what they belong to."""

    arrays: Arrays
    description: dict[str, Any]


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write one file, complete or not at all; numbers only, no pickle."""
    text = json.dumps(checkpoint.description).encode()
    content = io.BytesIO()
    named: dict[str, Any] = {f"array/{name}": array for name, array in checkpoint.arrays.items()}
    named[_DESCRIPTION] = np.frombuffer(text, dtype=np.uint8)
    np.savez(content, allow_pickle=False, **named)
    fresh = path.with_suffix(".tmp")
    fresh.write_bytes(content.getvalue())
    fresh.replace(path)


def load_checkpoint(path: Path) -> Checkpoint:
    """Read `save_checkpoint`'s file; raises ConfigError if it is damaged."""
    try:
        # From memory: numpy leaves a damaged file open.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            description = json.loads(stored[_DESCRIPTION].tobytes())
            prefix = "array/"
            arrays = {
                name.removeprefix(prefix): stored[name]
                for name in stored.files
                if name.startswith(prefix)
            }
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise ConfigError(
            "must be an undamaged checkpoint",
            where=str(path),
            value=str(error),
            next_step=_START_AGAIN,
        ) from error
    return Checkpoint(arrays=arrays, description=description)


def check_same_training(path: Path, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Raise ConfigError unless a checkpoint's description agrees with the training wanted."""
    for key, value in wanted.items():
        if found.get(key) != value:
            raise ConfigError(
                f"is of another training: {key} {found.get(key)} instead of {value}",
                where=str(path),
                next_step=f"train with the same arguments, or {_START_AGAIN}",
            )
