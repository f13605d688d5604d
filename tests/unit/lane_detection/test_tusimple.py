from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data import TuSimple
from edge_aibench.tasks.sample import read_samples

GOOD = {"lanes": [[-2, 30, 20]], "h_samples": [10, 20, 30], "raw_file": "clips/a/1/20.jpg"}


def lay_out(root: Path, *labels: object, name: str = "test_label.json") -> Path:
    root.mkdir(parents=True, exist_ok=True)
    text = "".join(
        (label if isinstance(label, str) else json.dumps(label)) + "\n" for label in labels
    )
    (root / name).write_text(text)
    return root


def put_image(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = np.zeros((36, 64, 3), np.uint8)
    image[..., 2] = 200  # OpenCV writes blue first: this is red.
    assert cv2.imwrite(str(path), image)


def test_the_generated_layout_is_the_real_one(tusimple: Path) -> None:
    names = sorted(path.name for path in tusimple.iterdir())
    assert names == [
        "clips",
        "label_data_0313.json",
        "label_data_0531.json",
        "label_data_0601.json",
        "test_label.json",
        "test_tasks_0627.json",
    ]
    for line in (tusimple / "label_data_0313.json").read_text().splitlines():
        label = json.loads(line)
        assert set(label) == {"lanes", "h_samples", "raw_file"}
        assert label["h_samples"] == list(range(160, 711, 10))
        assert all(isinstance(x, int) for lane in label["lanes"] for x in lane)
        assert min(min(lane) for lane in label["lanes"]) >= -2
        image = cv2.imread(str(tusimple / label["raw_file"]))
        assert image is not None
        assert image.shape == (720, 1280, 3)
    tasks = [json.loads(t) for t in (tusimple / "test_tasks_0627.json").read_text().splitlines()]
    labels = [json.loads(t) for t in (tusimple / "test_label.json").read_text().splitlines()]
    assert tasks == [{k: v for k, v in label.items() if k != "lanes"} for label in labels]


@pytest.mark.parametrize(
    ("split", "files"),
    [
        ("train", ["label_data_0313.json", "label_data_0601.json"]),
        ("val", ["label_data_0531.json"]),
        ("test", ["test_label.json"]),
    ],
)
def test_splits_and_their_files(tusimple: Path, split: str, files: list[str]) -> None:
    samples = TuSimple().open(tusimple, split=split)
    listed = [
        json.loads(line) for name in files for line in (tusimple / name).read_text().splitlines()
    ]
    assert len(samples) == len(listed)
    sample = samples[len(listed) - 1]
    assert sample.name == listed[-1]["raw_file"]
    assert sample.raw.shape == (720, 1280, 3)
    assert sample.label.columns.tolist() == listed[-1]["lanes"]
    assert sample.label.rows.tolist() == listed[-1]["h_samples"]


def test_rows_of_another_number_and_a_frame_without_lines(tmp_path: Path) -> None:
    root = lay_out(tmp_path, GOOD, GOOD | {"lanes": []}, "")
    put_image(root / "clips/a/1/20.jpg")
    samples = TuSimple().open(root, split="test")
    assert len(samples) == 2
    assert samples[0].label.columns.tolist() == [[-2, 30, 20]]
    assert samples[0].raw[0, 0, 0] > 150
    assert samples[0].raw[0, 0, 2] < 50
    assert samples[1].label.columns.shape == (0, 3)


def test_the_data_set_as_it_is_handed_out(tmp_path: Path) -> None:
    """Training below train_set, test frames below test_set, their labels added at the top."""
    lay_out(tmp_path / "train_set", GOOD, name="label_data_0531.json")
    put_image(tmp_path / "train_set/clips/a/1/20.jpg")
    lay_out(tmp_path, GOOD)
    put_image(tmp_path / "test_set/clips/a/1/20.jpg")
    for split in ("val", "test"):
        assert TuSimple().open(tmp_path, split=split)[0].raw.shape == (36, 64, 3)


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("{", "one JSON object a line"),
        ("[1]", "keys lanes, h_samples and raw_file"),
        ({"lanes": [], "h_samples": [1]}, "keys lanes, h_samples and raw_file"),
        (GOOD | {"lanes": [[1, 2]]}, r"lanes\[0\].*each of the 3 rows \(found 2\)"),
        (GOOD | {"lanes": 5}, "list of lines"),
        (GOOD | {"lanes": [[1, 2, "x"]]}, r"lanes\[0\].*finite numbers"),
        ('{"lanes": [[NaN]], "h_samples": [1], "raw_file": "a.jpg"}', "finite numbers"),
        (GOOD | {"h_samples": [30, 20, 10]}, "h_samples.*rows must increase"),
        (GOOD | {"h_samples": [], "lanes": []}, "h_samples.*rows must increase"),
        (GOOD | {"raw_file": "../../secret.jpg"}, "below the data set's folder"),
        (GOOD | {"raw_file": ""}, "below the data set's folder"),
    ],
)
def test_a_wrong_label_names_file_and_line(tmp_path: Path, label: object, message: str) -> None:
    root = lay_out(tmp_path, GOOD, label)
    with pytest.raises(ConfigError, match=message) as caught:
        TuSimple().open(root, split="test")
    assert f"{root / 'test_label.json'}:2" in str(caught.value)


def test_a_missing_label_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"label_data_0313\.json.*missing"):
        TuSimple().open(tmp_path, split="train")
    with pytest.raises(ConfigError, match="TuSimple's layout"):
        TuSimple().open(tmp_path / "none", split="train")
    with pytest.raises(ConfigError, match="did you mean train"):
        TuSimple().open(tmp_path, split="trains")


def test_an_empty_label_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="at least one sample"):
        TuSimple().open(lay_out(tmp_path), split="test")


def test_a_label_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "test_label.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8 text"):
        TuSimple().open(tmp_path, split="test")


def test_a_damaged_frame_costs_itself_only(tusimple: Path, tmp_path: Path) -> None:
    root = tmp_path / "copy"
    shutil.copytree(tusimple, root)
    samples = TuSimple().open(root, split="test")
    names = [samples[place].name for place in range(3)]
    (root / names[0]).write_bytes(b"no image")
    (root / names[1]).write_bytes(b"")
    (root / names[2]).unlink()
    read = read_samples(samples, range(4))
    assert [sample.name for sample in read.samples] == [samples[3].name]
    for problem, name, rule in zip(
        read.problems,
        names,
        ("must be an image", "must be an image", "cannot be opened"),
        strict=True,
    ):
        assert name in problem.where
        assert rule in problem.rule
        assert problem.next_step
