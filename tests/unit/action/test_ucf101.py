"""The published layout: what is read, and what is said of what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.camera.tasks.action.data.layout import ActionVideos
from edge_aibench.scenarios.camera.tasks.action.data.ucf101 import read_class_index
from edge_aibench.scenarios.camera.tasks.action.data.video import write_video
from edge_aibench.tasks.media import read_video

LISTS = "ucfTrainTestlist"


def frames_of(values: list[int]) -> list[NDArray[np.uint8]]:
    return [np.full((16, 24, 3), value, dtype=np.uint8) for value in values]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two classes, as the real archive has them, carriage returns and odd spelling included."""
    lists = tmp_path / LISTS
    lists.mkdir()
    (lists / "classInd.txt").write_bytes(b"1 HandstandPushups\r\n2 TaiChi\r\n")
    (lists / "trainlist01.txt").write_bytes(
        b"HandstandPushups/v_HandStandPushups_g08_c01.avi 1\r\n"
        b"TaiChi/v_TaiChi_g22_c04.avi 2\r\n"
        b"TaiChi/v_TaiChi_g23_c01.avi 2\r\n"
        b"HandstandPushups/v_HandStandPushups_g25_c07.avi 1\r\n"
    )
    (lists / "testlist01.txt").write_bytes(b"TaiChi/v_TaiChi_g01_c01.avi\r\n")
    for label in ("HandstandPushups", "TaiChi"):
        (tmp_path / "UCF-101" / label).mkdir(parents=True)
    write_video(
        tmp_path / "UCF-101/TaiChi/v_TaiChi_g01_c01.avi", frames_of([10, 200]), frames_per_s=25
    )
    return tmp_path


def names(root: Path, split: str) -> list[str]:
    return [entry.name for entry in ActionVideos().open(root, split=split).entries]


def test_validation_holds_out_the_last_three_groups(root: Path) -> None:
    assert names(root, "train") == [
        "UCF-101/HandstandPushups/v_HandStandPushups_g08_c01.avi",
        "UCF-101/TaiChi/v_TaiChi_g22_c04.avi",
    ]
    assert names(root, "val") == [
        "UCF-101/TaiChi/v_TaiChi_g23_c01.avi",
        "UCF-101/HandstandPushups/v_HandStandPushups_g25_c07.avi",
    ]
    assert names(root, "test") == ["UCF-101/TaiChi/v_TaiChi_g01_c01.avi"]


def test_the_class_is_that_of_the_folder(root: Path) -> None:
    videos = ActionVideos().open(root, split="train")
    assert [entry.label for entry in videos.entries] == ["HandstandPushups", "TaiChi"]
    assert videos.classes == ("HandstandPushups", "TaiChi")


def test_a_video_is_decoded_in_rgb(root: Path) -> None:
    sample = ActionVideos().open(root, split="test")[0]
    assert sample.name == "UCF-101/TaiChi/v_TaiChi_g01_c01.avi"
    assert sample.label == "TaiChi"
    assert sample.raw.shape == (2, 16, 24, 3)
    assert sample.raw.dtype == np.uint8
    assert np.abs(sample.raw[0].astype(int) - 10).max() <= 3
    assert np.abs(sample.raw[1].astype(int) - 200).max() <= 3


def test_red_stays_red(tmp_path: Path) -> None:
    red = np.zeros((16, 16, 3), dtype=np.uint8)
    red[..., 0] = 255
    write_video(tmp_path / "red.avi", [red], frames_per_s=25)
    assert read_video(tmp_path / "red.avi")[0].mean(axis=(0, 1)) == pytest.approx(
        [255, 0, 0], abs=4
    )


def test_other_folds_have_lists_of_their_own(root: Path) -> None:
    with pytest.raises(ConfigError, match=r"testlist02\.txt: must be a readable text file"):
        ActionVideos(fold=2).open(root, split="test")
    with pytest.raises(ConfigError, match="splits 1, 2 and 3"):
        ActionVideos(fold=4)


def test_a_folder_of_neither_layout(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="must hold UCF101 as videos"):
        ActionVideos().open(tmp_path, split="test")


def test_an_unknown_split(root: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean val"):
        ActionVideos().open(root, split="valid")


@pytest.mark.parametrize("name", ["classInd.txt", "testlist01.txt"])
def test_a_missing_list_is_named(root: Path, name: str) -> None:
    (root / LISTS / name).unlink()
    with pytest.raises(ConfigError, match=f"{name}: must be a readable text file"):
        ActionVideos().open(root, split="test")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "at least one class"),
        ("TaiChi 1\n", r"classInd.txt:1: must be the number and the name"),
        ("1 TaiChi\n\n2\n", r"classInd.txt:3: must be the number and the name"),
        ("1 TaiChi\n2 TaiChi\n", r"classInd.txt:2: must not name a class or a number twice"),
        ("1 TaiChi\n1 Lunges\n", r"classInd.txt:2: must not name a class or a number twice"),
    ],
)
def test_a_wrong_class_index(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "classInd.txt"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        read_class_index(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Taichi/v_TaiChi_g01_c01.avi\n", "did you mean TaiChi"),
        ("v_TaiChi_g01_c01.avi\n", r"testlist01.txt:1: must be <Class>/<file>.avi"),
        ("../v_TaiChi_g01_c01.avi\n", r"testlist01.txt:1: must be <Class>/<file>.avi"),
        ("TaiChi/v_TaiChi_g01_c01.avi 1\n", "the number that classInd.txt gives the class, 2"),
        ("\n", "the split `test` must list at least one sample"),
    ],
)
def test_a_wrong_list(root: Path, content: str, message: str) -> None:
    (root / LISTS / "testlist01.txt").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        ActionVideos().open(root, split="test")


def test_a_training_video_without_a_group(root: Path) -> None:
    (root / LISTS / "trainlist01.txt").write_text("TaiChi/taichi.avi 2\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="must be named v_<Class>_g<group>_c<clip>"):
        ActionVideos().open(root, split="train")


def test_a_missing_video_costs_that_sample_only(root: Path) -> None:
    with pytest.raises(ConfigError, match=r"v_TaiChi_g22_c04\.avi: must be a video file"):
        ActionVideos().open(root, split="train")[1]


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty.avi").touch()
    with pytest.raises(ConfigError, match=r"empty\.avi: must not be an empty file"):
        read_video(tmp_path / "empty.avi")


def test_text_is_no_video(tmp_path: Path) -> None:
    (tmp_path / "text.avi").write_bytes(b"no video at all " * 100)
    with pytest.raises(ConfigError, match=r"text\.avi: must be a video that OpenCV can decode"):
        read_video(tmp_path / "text.avi")


def test_a_video_of_no_frames(tmp_path: Path) -> None:
    """A header without a frame behind it."""
    path = tmp_path / "cut.avi"
    write_video(path, frames_of(list(range(0, 250, 10))), frames_per_s=25)
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"movi") + 4])
    with pytest.raises(ConfigError, match=r"cut.avi: must (hold|be a video)"):
        read_video(path)


def test_a_video_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "cut.avi"
    write_video(path, frames_of(list(range(0, 250, 10))), frames_per_s=25)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ConfigError, match="25 frames that its header announces"):
        read_video(path)
