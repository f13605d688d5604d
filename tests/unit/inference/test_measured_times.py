"""Laws of measured calls, with batches fitted on paper."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.inference.measured_times import fit_batches, law_of_calls, read_measured
from edge_aibench.inference.profile_file import (
    BatchProfile,
    Contention,
    TaskProfile,
    write_profile,
)
from edge_aibench.model.time_law import MeasuredTimes


def test_single_calls_are_kept_as_they_are() -> None:
    law = law_of_calls({1: [0.002, 0.001, 0.004]}, where="calls")
    assert law == MeasuredTimes(measured_s=(0.002, 0.001, 0.004), marginal=1.0)


@pytest.mark.parametrize(
    ("means_s", "single_s", "marginal"),
    [
        # One size only: batches gain nothing.
        ({1: 0.010}, 0.010, 1.0),
        ({4: 0.020}, 0.005, 1.0),
        # 10, 14, 26 ms are 10 (1 + 0.4 (b - 1)) for b = 1, 2, 5.
        ({1: 0.010, 2: 0.014, 5: 0.026}, 0.010, 0.4),
        # Through t(1) = 10: slope = (1 * 5 + 3 * 9) / (1 + 9) = 3.2 ms.
        ({1: 0.010, 2: 0.015, 4: 0.019}, 0.010, 0.32),
        # Without t(1) a line through (2, 12) and (4, 16): slope 2, so t(1) = 10 and m = 0.2.
        ({2: 0.012, 4: 0.016}, 0.010, 0.2),
        # Batches that take longer than one after the other, or less than a single one.
        ({1: 0.010, 2: 0.030}, 0.010, 1.0),
        ({1: 0.010, 2: 0.008}, 0.010, 0.0),
        # A line that leaves nothing for the first: as if one after the other.
        ({2: 0.001, 4: 0.011}, 0.0005, 1.0),
        ({1: 0.0, 2: 0.0}, 0.0, 1.0),
    ],
)
def test_what_a_batch_adds_is_fitted(
    means_s: dict[int, float], single_s: float, marginal: float
) -> None:
    assert fit_batches(means_s) == pytest.approx((single_s, marginal), rel=1e-12)


def test_without_single_calls_those_of_the_smallest_batch_are_scaled() -> None:
    law = law_of_calls({2: [0.011, 0.013], 4: [0.016]}, where="calls")
    assert law.measured_s == pytest.approx((0.011 * 10 / 12, 0.013 * 10 / 12), rel=1e-12)
    assert law.marginal == pytest.approx(0.2, rel=1e-12)


@pytest.mark.parametrize(
    ("calls_s", "message"),
    [
        ({}, "calls: holds no measured call"),
        ({1: []}, "holds no measured call"),
        ({1: [0.1, -0.1]}, r"batch 1: a call must take from 0.*found -0.1"),
        ({2: [math.nan]}, r"batch 2: a call must take from 0.*found nan"),
        ({1: [math.inf]}, "a call must take from 0 to 1e[+]06 s"),
    ],
)
def test_calls_that_cannot_be_are_refused(calls_s: dict[int, list[float]], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        law_of_calls(calls_s, where="calls")


def _profile(*batches: BatchProfile) -> TaskProfile:
    return TaskProfile(
        task="death",
        preset="reference",
        runtime="litert",
        precision="float32",
        threads=1,
        trained=True,
        environment={},
        import_ns=1,
        load_ns=1,
        first_call_ns=1,
        warm_up_calls=1,
        resident_before_bytes=1,
        resident_loaded_bytes=1,
        resident_peak_bytes=1,
        contention=Contention(contended=False, waiting_share=0.0, pressure=None, stolen_share=None),
        batches=list(batches),
    )


def _batch(size: int, *calls_ns: int) -> BatchProfile:
    third = [ns // 4 for ns in calls_ns]
    return BatchProfile(
        batch=size,
        preprocess_ns=third,
        inference_ns=[ns - 2 * (ns // 4) for ns in calls_ns],
        postprocess_ns=third,
        cpu_ns=list(calls_ns),
    )


def test_a_profile_gives_its_whole_calls(tmp_path: Path) -> None:
    path = tmp_path / "profile.json"
    write_profile(path, _profile(_batch(1, 2_000_000, 4_000_000), _batch(3, 6_000_000)))
    # Means of 3 and 6 ms: two more requests add 3 ms, half of a first one each.
    law = read_measured(str(path), "death")
    assert law.measured_s == pytest.approx((0.002, 0.004), rel=1e-12)
    assert law.marginal == pytest.approx(0.5, rel=1e-12)


def test_an_empty_profile_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "profile.json"
    for profile in (_profile(), _profile(_batch(1))):
        write_profile(path, profile)
        with pytest.raises(ConfigError, match=r"profile.json: holds no measured call"):
            read_measured(str(path), "death")


def test_a_list_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("death (ms)\n2\n3\n", encoding="utf-8")
    assert read_measured(str(path), "anything") == MeasuredTimes(measured_s=(0.002, 0.003))
    with pytest.raises(ConfigError, match="no such file"):
        read_measured(str(tmp_path / "none.csv"), "death")
