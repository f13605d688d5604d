from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.home.tasks.speech import features
from edge_aibench.scenarios.home.tasks.speech.processing import SpeechProcessing
from edge_aibench.tasks.sample import Sound


def noise(count: int) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return np.random.default_rng(4).integers(-9000, 9000, count).astype(np.int16)


def test_the_spectrogram_is_that_of_scipy() -> None:
    waveform = noise(5_000).astype(np.float32) / np.float32(32_768)
    _, _, expected = signal.spectrogram(  # type: ignore[call-overload]  # its stubs know no arrays
        waveform.astype(np.float64),
        fs=16_000,
        window=np.hanning(320),
        nperseg=320,
        noverlap=160,
        detrend=False,
        scaling="density",
    )
    power = features.power_spectrogram(waveform)
    assert power.shape == (30, 161)
    assert power.dtype == np.float32
    np.testing.assert_allclose(power, expected.T, rtol=2e-4, atol=1e-12)


def test_a_tone_lies_in_its_bin() -> None:
    # 1 kHz is bin 20 of 50 Hz each; of pairs of bins from the second on, pair 9 (bins 19, 20).
    times_s = np.arange(1_600) / 16_000
    tone = np.sin(2 * np.pi * 1_000 * times_s).astype(np.float32)
    power = features.power_spectrogram(tone)
    assert set(power.argmax(axis=1)) == {20}
    assert set(features.pool(power).argmax(axis=1)) == {9}


def test_pooling_averages_pairs_above_the_constant_part() -> None:
    power = np.arange(161, dtype=np.float32)[np.newaxis]
    assert features.pool(power)[0].tolist() == [1.5 + 2 * pair for pair in range(80)]


@pytest.mark.parametrize("bins", [80, 161])
def test_each_bin_has_mean_0_and_deviation_1(bins: int) -> None:
    result = features.features(noise(16_000), bins=bins)
    assert result.shape == (99, bins)
    np.testing.assert_allclose(result.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(result.std(axis=0), 1, atol=1e-3)


def test_loudness_does_not_matter() -> None:
    loud = noise(4_000)
    quiet = (loud // 4).astype(np.int16)
    both = [features.features(sound, bins=80) for sound in (loud, quiet)]
    assert np.abs(both[0] - both[1]).max() < 0.02


def test_sounds_side_by_side_are_what_they_are_alone() -> None:
    sounds = noise(6_400).reshape(2, 3_200)
    together = features.features(sounds, bins=80)
    for row in range(2):
        np.testing.assert_allclose(
            together[row], features.features(sounds[row], bins=80), atol=1e-5
        )


def test_silence_is_finite() -> None:
    result = features.features(np.zeros(3_200, dtype=np.int16), bins=161)
    assert np.abs(result).max() < 1e-6


@pytest.mark.parametrize(("samples", "frames"), [(319, 0), (320, 1), (479, 1), (480, 2)])
def test_only_whole_windows_count(samples: int, frames: int) -> None:
    assert features.frame_count(samples) == frames


def sound(**change: object) -> Sound:
    return Sound(**({"samples": noise(3_200), "rate_hz": 16_000} | change))  # type: ignore[arg-type]


def test_a_sound_becomes_one_row() -> None:
    (row,) = SpeechProcessing(bins=80).preprocess(sound())
    assert row.shape == (1, 19, 80)
    assert row.dtype == np.float32


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ([1, 2], "must be a Sound"),
        (sound(samples=noise(100)), "at least 20 ms"),
        (sound(rate_hz=8_000), "16000 Hz.*8000 Hz"),
        (sound(samples=noise(640).reshape(2, 320)), "one channel"),
        (sound(samples=np.zeros(900, dtype=np.float32)), "16-bit"),
    ],
)
def test_another_input_is_refused(raw: Sound, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        SpeechProcessing(bins=80).preprocess(raw)


def test_another_number_of_bins_is_refused() -> None:
    with pytest.raises(ConfigError, match="161 or 80"):
        features.features(noise(640), bins=40)
