"""The layout of frames that the published training code reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.camera.tasks.action.data.layout import ActionVideos


def video(subset: str, label: str, segment: list[int] | None) -> dict[str, Any]:
    annotations: dict[str, Any] = {"label": label}
    if segment is not None:
        annotations["segment"] = segment
    return {"subset": subset, "annotations": annotations}


def write_list(root: Path, database: dict[str, Any]) -> None:
    content = {"labels": ["Lunges", "TaiChi"], "database": database}
    (root / "ucf101_01.json").write_text(json.dumps(content), encoding="utf-8")


def write_frames(root: Path, label: str, name: str, values: list[int]) -> Path:
    folder = root / "jpg" / label / name
    folder.mkdir(parents=True)
    for number, value in enumerate(values, 1):
        image = np.full((8, 12, 3), (0, 0, value), dtype=np.uint8)  # red, in OpenCV's order
        assert cv2.imwrite(str(folder / f"image_{number:05d}.jpg"), image)
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_list(
        tmp_path,
        {
            "v_TaiChi_g01_c01": video("validation", "TaiChi", [1, 4]),
            "v_Lunges_g01_c01": video("validation", "Lunges", [2, 4]),
            "v_Lunges_g08_c01": video("training", "Lunges", None),
            "v_TaiChi_g25_c02": video("training", "TaiChi", [1, 2]),
        },
    )
    write_frames(tmp_path, "TaiChi", "v_TaiChi_g01_c01", [50, 100, 200])
    write_frames(tmp_path, "Lunges", "v_Lunges_g01_c01", [50, 100, 200])
    write_frames(tmp_path, "Lunges", "v_Lunges_g08_c01", [50, 100])
    write_frames(tmp_path, "TaiChi", "v_TaiChi_g25_c02", [50])
    return tmp_path


def test_splits(root: Path) -> None:
    found = {
        split: [
            (entry.name, entry.label) for entry in ActionVideos().open(root, split=split).entries
        ]
        for split in ("train", "val", "test")
    }
    assert found == {
        "train": [("jpg/Lunges/v_Lunges_g08_c01", "Lunges")],
        "val": [("jpg/TaiChi/v_TaiChi_g25_c02", "TaiChi")],
        "test": [
            ("jpg/TaiChi/v_TaiChi_g01_c01", "TaiChi"),
            ("jpg/Lunges/v_Lunges_g01_c01", "Lunges"),
        ],
    }


def test_frames_of_the_segment_in_rgb(root: Path) -> None:
    videos = ActionVideos().open(root, split="test")
    assert videos.classes == ("Lunges", "TaiChi")
    whole, part = videos[0].raw, videos[1].raw
    assert whole.shape == (3, 8, 12, 3)
    assert whole[..., 0].mean(axis=(1, 2)) == pytest.approx([50, 100, 200], abs=3)
    assert whole[..., 1:].max() <= 6
    assert part[..., 0].mean(axis=(1, 2)) == pytest.approx([100, 200], abs=3)


def test_all_frames_without_a_segment(root: Path) -> None:
    assert len(ActionVideos().open(root, split="train")[0].raw) == 2


def test_a_missing_frame_is_named(root: Path) -> None:
    (root / "jpg/TaiChi/v_TaiChi_g01_c01/image_00002.jpg").unlink()
    with pytest.raises(ConfigError, match=r"image_00002\.jpg: must be an image"):
        ActionVideos().open(root, split="test")[0]


def test_a_folder_without_frames(root: Path) -> None:
    for path in (root / "jpg/Lunges/v_Lunges_g08_c01").iterdir():
        path.unlink()
    with pytest.raises(ConfigError, match=r"image_00001\.jpg: must be an image"):
        ActionVideos().open(root, split="train")[0]


def test_a_missing_folder(root: Path) -> None:
    (root / "jpg/Lunges/v_Lunges_g08_c01").rename(root / "elsewhere")
    with pytest.raises(ConfigError, match="v_Lunges_g08_c01: must be a folder of frames"):
        ActionVideos().open(root, split="train")[0]


def test_frames_of_two_sizes(root: Path) -> None:
    image = np.zeros((9, 12, 3), dtype=np.uint8)
    path = root / "jpg/TaiChi/v_TaiChi_g01_c01/image_00003.jpg"
    assert cv2.imwrite(str(path), image)
    with pytest.raises(ConfigError, match="size of the video's first frame"):
        ActionVideos().open(root, split="test")[0]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (video("testing", "TaiChi", None), "`subset` of training or validation"),
        (video("training", "Taichi", None), "did you mean TaiChi"),
        (video("training", "TaiChi", [0, 4]), "first frame, from 1"),
        (video("training", "TaiChi", [3, 3]), "first frame, from 1"),
        ({"subset": "training"}, "object `annotations`"),
    ],
)
def test_a_wrong_entry(root: Path, entry: dict[str, Any], message: str) -> None:
    write_list(root, {"v_TaiChi_g09_c01": entry})
    with pytest.raises(ConfigError, match=message):
        ActionVideos().open(root, split="train")


@pytest.mark.parametrize("content", ["{", "[]", '{"labels": ["TaiChi"]}', '{"database": {}}'])
def test_a_wrong_list(root: Path, content: str) -> None:
    (root / "ucf101_01.json").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"ucf101_01.json: must (be a readable|hold a list)"):
        ActionVideos().open(root, split="train")
