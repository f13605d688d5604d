"""From sound to what the network reads: a normalised logarithmic spectrogram.

Windows of 20 ms every 10 ms, tapered by a Hann window, squared magnitude of the Fourier
transform scaled to a one-sided power density, logarithm, then mean 0 and deviation 1 in each
bin over the utterance (Amodei et al., Deep Speech 2, ICML 2016, section 3; the normalisation
bin by bin is that of the TensorFlow implementation in tensorflow/models).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.home.tasks.speech.sound import FULL_SCALE, RATE_HZ

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW_SAMPLES: Final = RATE_HZ * 20 // 1000
STRIDE_SAMPLES: Final = RATE_HZ * 10 // 1000
BINS: Final = WINDOW_SAMPLES // 2 + 1
POOLED_BINS: Final = (BINS - 1) // 2

# About the density of the rounding noise of 16-bit samples, (1/32768)^2 / 12 over 8 kHz: digital
# silence then reads as the quietest sound that can be recorded, not as minus infinity.
_QUIETEST_DENSITY: Final = 1e-14
_SMALLEST_DEVIATION: Final = 1e-6


def frame_count(samples: int) -> int:
    """How many whole windows lie in that many samples."""
    return max((samples - WINDOW_SAMPLES) // STRIDE_SAMPLES + 1, 0)


def features(samples: NDArray[np.int16], *, bins: int) -> NDArray[np.float32]:
    """What the network reads of sounds of equal length, int16 (..., n), as (..., frames, bins).

    *bins* is `BINS` (161) or `POOLED_BINS` (80). Raises ConfigError for a sound shorter than a
    window, and for another number of bins.
    """
    if frame_count(samples.shape[-1]) < 1:
        raise ConfigError(
            f"a sound must last at least 20 ms, {WINDOW_SAMPLES} samples",
            where="speech input",
            value=samples.shape[-1],
            next_step="leave empty recordings out",
        )
    power = power_spectrogram(samples.astype(np.float32) / np.float32(FULL_SCALE))
    if bins == POOLED_BINS:
        power = pool(power)
    elif bins != BINS:
        raise ConfigError(f"must be {BINS} or {POOLED_BINS}", where="bins", value=bins)
    return normalise(np.log(power + np.float32(_QUIETEST_DENSITY)))


def power_spectrogram(waveform: NDArray[np.float32]) -> NDArray[np.float32]:
    """One-sided power density of float32 (..., n), full scale 1, as (..., frames, 161), per Hz."""
    windows = np.lib.stride_tricks.sliding_window_view(waveform, WINDOW_SAMPLES, axis=-1)
    taper = np.hanning(WINDOW_SAMPLES).astype(np.float32)
    spectrum = np.fft.rfft(windows[..., ::STRIDE_SAMPLES, :] * taper)
    scale = np.full(BINS, 2.0, dtype=np.float32)
    scale[[0, -1]] = 1.0  # the ends have no mirror image at negative frequencies
    scale /= np.float32(RATE_HZ) * np.square(taper).sum()
    power: NDArray[np.float32] = (np.square(spectrum.real) + np.square(spectrum.imag)) * scale
    return power.astype(np.float32, copy=False)


def pool(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average neighbouring bins above the constant part: (..., 161) to (..., 80)."""
    pairs = power[..., 1:].reshape(*power.shape[:-1], POOLED_BINS, 2)
    pooled: NDArray[np.float32] = pairs.mean(axis=-1, dtype=np.float32)
    return pooled


def normalise(spectrogram: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring each bin of (..., frames, bins) to mean 0 and deviation 1 over the frames."""
    # In double precision: else a bin that never changes has a deviation of rounding errors.
    mean = spectrogram.mean(axis=-2, keepdims=True, dtype=np.float64)
    centred = spectrogram - mean.astype(np.float32)
    deviation = np.sqrt(np.square(centred).mean(axis=-2, keepdims=True))
    normalised: NDArray[np.float32] = centred / (deviation + np.float32(_SMALLEST_DEVIATION))
    return normalised
