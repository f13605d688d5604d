from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_aibench.scenarios.vehicle.tasks.lane_detection.component import component
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data import TuSimple
from edge_aibench.scenarios.vehicle.tasks.lane_detection.evaluation import (
    controls,
    judge,
    mean_lanes,
)
from edge_aibench.scenarios.vehicle.tasks.lane_detection.lanes import Lanes
from edge_aibench.tasks.sample import Sample

ROWS = np.arange(160.0, 720.0, 10.0)


class Listed:
    def __init__(self, labels: Sequence[Any]) -> None:
        self._labels = labels

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int, /) -> Sample[Any, Lanes]:
        raw = np.zeros((720, 1280, 3), np.uint8)
        label = Lanes(rows=ROWS, columns=np.array(self._labels[index]).reshape(-1, len(ROWS)))
        return Sample(name=str(index), raw=raw, label=label)


def upright(column: float, first_row: float = 0.0) -> list[float]:
    return [column if row >= first_row else -2.0 for row in ROWS]


def test_labels_as_answers_are_faultless(tusimple: Path) -> None:
    samples = TuSimple().open(tusimple, split="val")
    pairs = [(samples[place], samples[place].label) for place in range(len(samples))]
    assert judge(samples, pairs) == {
        "accuracy": 1.0,
        "false_positive_rate": 0.0,
        "false_negative_rate": 0.0,
    }


def test_answers_at_other_rows_are_brought_to_the_label_s() -> None:
    sample = Listed([[upright(100)]])[0]
    finer = np.arange(155.0, 720.0, 5.0)
    answer = Lanes(rows=finer, columns=np.full((1, len(finer)), 100.0))
    assert judge(Listed([]), [(sample, answer)])["accuracy"] == 1


def test_slow_frames_score_nothing_if_time_counts() -> None:
    samples = Listed([[upright(100)], [upright(200)]])
    pairs = [(samples[place], samples[place].label) for place in range(2)]
    times = [150.0, 250.0]
    assert judge(samples, pairs, run_times_ms=times)["accuracy"] == 1
    timed = judge(samples, pairs, run_times_ms=times, run_time_limit_ms=200)
    assert timed == {
        "accuracy": 0.5,
        "false_positive_rate": 0.0,
        "false_negative_rate": 0.5,
    }


def test_mean_lanes_by_hand() -> None:
    train = Listed(
        [
            # A left and a right line; the right one begins at row 200.
            [upright(400), upright(800, 200)],
            # Moved, and with a second line on the right that only this frame has.
            [upright(420), upright(840, 300), upright(1200)],
            # Without a left line.
            [upright(880, 200)],
        ]
    )
    answer = mean_lanes(train)
    left, right = answer.columns
    assert left.tolist() == upright(410)
    # Up to row 290 two of three have it, at 800 and 880; from 300 on all three.
    assert right[ROWS < 200].tolist() == [-2.0] * 4
    assert right[(ROWS >= 200) & (ROWS < 300)] == pytest.approx(840)
    assert right[ROWS >= 300] == pytest.approx(840)
    quality = controls(train, Listed([[upright(415), upright(835, 200)]]))
    assert quality["mean-lanes"]["accuracy"] == 1


def test_without_a_common_line_nothing_is_answered() -> None:
    train = Listed([[upright(400)], [], []])
    assert mean_lanes(train).columns.shape == (0, 56)


def test_the_component_s_parts() -> None:
    parts = component()
    assert parts.headline in judge(
        Listed([]), [(sample, sample.label) for sample in [Listed([[upright(1)]])[0]]]
    )
    assert set(parts.task.metrics) == {"accuracy", "false_positive_rate", "false_negative_rate"}
    assert not parts.lower_is_better
    assert parts.task.component is not None
