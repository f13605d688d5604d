from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data import CULane
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.culane import read_lines
from edge_aibench.scenarios.vehicle.tasks.lane_detection.evaluation import judge_culane
from edge_aibench.scenarios.vehicle.tasks.lane_detection.lanes import Lanes, answer_rows


def test_the_generated_layout_is_the_real_one(culane: Path) -> None:
    assert sorted(path.name for path in (culane / "list").iterdir()) == [
        "test.txt",
        "train.txt",
        "train_gt.txt",
        "val.txt",
        "val_gt.txt",
    ]
    names = (culane / "list/train.txt").read_text().split()
    labelled = [line.split() for line in (culane / "list/train_gt.txt").read_text().splitlines()]
    assert [words[0] for words in labelled] == names
    for name, label, *there in labelled:
        frame, image = culane / name[1:], cv2.imread(str(culane / label[1:]), cv2.IMREAD_UNCHANGED)
        assert name.startswith("/driver_")
        assert label.startswith("/laneseg_label_w16/driver_")
        assert image is not None
        assert image.shape == (590, 1640)
        present = [number for number, flag in enumerate(there, 1) if flag == "1"]
        assert set(np.unique(image)) <= {0, *present}
        assert len(read_lines(frame.with_suffix(".lines.txt"))) == len(present)
        assert present


@pytest.mark.parametrize(("split", "frames"), [("train", 8), ("val", 4), ("test", 8)])
def test_splits(culane: Path, split: str, frames: int) -> None:
    samples = CULane().open(culane, split=split)
    assert len(samples) == frames
    sample = samples[0]
    assert sample.raw.shape == (590, 1640, 3)
    for line in sample.label:
        assert line.shape[1] == 2
        assert (line >= 0).all()
        assert (line < (1640, 590)).all()
        assert (np.diff(line[:, 1]) < 0).all()


def test_labels_judged_as_answers_are_right(culane: Path) -> None:
    samples = CULane().open(culane, split="test")
    rows = answer_rows(590)
    pairs = []
    for place in range(len(samples)):
        sample = samples[place]
        columns = np.full((len(sample.label), len(rows)), -2.0)
        for line, points in zip(columns, sample.label, strict=True):
            line[np.isin(rows, points[:, 1])] = points[np.isin(points[:, 1], rows), 0][::-1]
        pairs.append((sample, Lanes(rows=rows, columns=columns)))
    assert judge_culane(samples, pairs)["f1"] == 1
    moved = [
        (sample, Lanes(rows=rows, columns=np.where(answer.present, answer.columns + 60, -2)))
        for sample, answer in pairs
    ]
    assert judge_culane(samples, moved)["f1"] < 0.5


def test_lines_with_a_half_point_or_words_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "00000.lines.txt"
    path.write_text("1 2 3.5 4 \n\n5 6\n")
    assert [line.tolist() for line in read_lines(path)] == [[[1, 2], [3.5, 4]], [[5, 6]]]
    for wrong in ("1 2 3\n", "1 two\n", "nan 2\n"):
        path.write_text("1 2\n" + wrong)
        with pytest.raises(ConfigError, match="pairs of finite numbers") as caught:
            read_lines(path)
        assert caught.value.where == f"{path}:2"


def test_missing_lists_labels_and_names_that_lead_outside(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"list.*missing"):
        CULane().open(tmp_path, split="train")
    with pytest.raises(ConfigError, match="did you mean val"):
        CULane().open(tmp_path, split="vall")
    (tmp_path / "list").mkdir()
    (tmp_path / "list/train.txt").write_text("/driver/../../x.jpg\n/driver/0.jpg\n")
    samples = CULane().open(tmp_path, split="train")
    with pytest.raises(ConfigError, match="below the data set's folder"):
        samples[0]
    with pytest.raises(ConfigError, match=r"0\.jpg.*cannot be opened"):
        samples[1]
    (tmp_path / "list/train.txt").write_text("\n")
    with pytest.raises(ConfigError, match="at least one sample"):
        CULane().open(tmp_path, split="train")
