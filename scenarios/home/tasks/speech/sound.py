"""What the networks can hear: the sample rate of LibriSpeech, 16-bit samples, one channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.errors import ConfigError
from edge_aibench.tasks.media import read_sound
from edge_aibench.tasks.sample import Sound

if TYPE_CHECKING:
    from pathlib import Path

RATE_HZ: Final = 16_000
"""The sample rate of LibriSpeech, which the networks are made for."""

FULL_SCALE: Final = 32_768
"""The amplitude at which 16-bit samples end."""


def read_recording(path: Path) -> Sound:
    """Read a sound file; raises ConfigError unless it is sound, of one channel, at `RATE_HZ`."""
    return read_sound(path, rate_hz=RATE_HZ)


def duration_s(sound: Sound) -> float:
    """How long a sound lasts."""
    return len(sound.samples) / sound.rate_hz


def check_sound(raw: object) -> Sound:
    """Give *raw* if it is a sound that a network can read.

    Raises ConfigError unless it is a `Sound` of 16-bit samples in one channel at `RATE_HZ`.
    """
    if not isinstance(raw, Sound):
        raise ConfigError("must be a Sound", where="speech input", value=type(raw).__name__)
    if raw.samples.dtype != np.int16 or raw.samples.ndim != 1:
        raise ConfigError(
            "samples must be 16-bit integers of one channel, int16 (n,)",
            where="speech input",
            value=f"{raw.samples.dtype} {raw.samples.shape}",
            next_step="mix the channels down and scale to +-32767",
        )
    if raw.rate_hz != RATE_HZ:
        raise ConfigError(
            f"the sample rate must be {RATE_HZ} Hz",
            where="speech input",
            value=f"{raw.rate_hz} Hz",
            next_step="resample the recording before it is sent",
        )
    return raw
