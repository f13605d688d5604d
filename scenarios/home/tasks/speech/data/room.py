"""The room between speaker and microphone: echoes, colour, noise and distance, all mild.

The echo is exponentially decaying noise after the direct sound, the classical model of a diffuse
field (Polack; see Habets, Room Impulse Response Generator, 2010); noise is white filtered to
fall with frequency as that of rooms does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.scenarios.home.tasks.speech.sound import FULL_SCALE, RATE_HZ
from edge_aibench.tasks.sample import Sound

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Waveform = NDArray[np.float32]

_DECAY_TO_60_DB: Final = 3.0 * np.log(10.0)


@dataclass(frozen=True, kw_only=True)
class Room:
    """A room: its impulse response, float32 (n,), the direct sound first."""

    response: Waveform


def draw_room(rng: np.random.Generator) -> Room:
    """Draw a furnished room, 0.1 to 0.35 s of echo, 8 to 20 dB below the direct sound."""
    echo_s = rng.uniform(0.1, 0.35)
    below_db = rng.uniform(8.0, 20.0)
    times_s = np.arange(1, int(echo_s * RATE_HZ)) / RATE_HZ
    echo = rng.standard_normal(len(times_s)) * np.exp(-_DECAY_TO_60_DB * times_s / echo_s)
    echo *= 10.0 ** (-below_db / 20.0) / np.sqrt(np.square(echo).sum())
    response = np.concatenate(([1.0], echo))
    # A first-order filter tilts the spectrum by up to some decibels either way.
    tilt = rng.uniform(-0.4, 0.4)
    coloured = np.convolve(response, [1.0, tilt])
    return Room(response=coloured.astype(np.float32))


def record(spoken: Waveform, room: Room, rng: np.random.Generator) -> Sound:
    """Record *spoken*, float32 (n,) at 16 kHz, in *room*, with a moment before and after it."""
    before, after = (int(rng.uniform(0.05, 0.25) * RATE_HZ) for _ in range(2))
    heard = _convolve(spoken, room.response)[: len(spoken) + after]
    sound = np.zeros(before + len(spoken) + after)
    sound[before : before + len(heard)] = heard
    level = np.sqrt(np.square(heard).mean()) + 1e-9
    noise_db = rng.uniform(18.0, 40.0)
    sound += _room_noise(len(sound), rng) * level * 10.0 ** (-noise_db / 20.0)
    peak_db = rng.uniform(-18.0, -3.0)
    sound *= 10.0 ** (peak_db / 20.0) / np.abs(sound).max()
    return Sound(samples=np.rint(sound * (FULL_SCALE - 1)).astype(np.int16), rate_hz=RATE_HZ)


def _convolve(left: Waveform, right: Waveform) -> NDArray[np.float64]:
    size = len(left) + len(right) - 1
    padded = 1 << (size - 1).bit_length()
    product = np.fft.rfft(left, padded) * np.fft.rfft(right, padded)
    return np.asarray(np.fft.irfft(product, padded)[:size], dtype=np.float64)


def _room_noise(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Noise of level 1 whose power falls with frequency, flat below 100 Hz."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    frequency_hz = np.fft.rfftfreq(count, 1.0 / RATE_HZ)
    slope = rng.uniform(0.2, 0.6)
    spectrum *= np.maximum(frequency_hz, 100.0) ** -slope
    noise = np.fft.irfft(spectrum, count)
    return np.asarray(noise / np.sqrt(np.square(noise).mean()), dtype=np.float64)
