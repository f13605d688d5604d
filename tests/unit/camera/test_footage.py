"""Recordings of the user's."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.camera import footage
from edge_aibench.scenarios.camera.footage import read_footage
from edge_aibench.scenarios.camera.parameters import VideoParameters
from edge_aibench.scenarios.camera.tasks.action.data.video import write_video

VIDEO = VideoParameters(width=320, height=180)


def test_videos_are_fitted_and_keep_their_shape(tmp_path: Path) -> None:
    # 160x120 fits into 320x180 as 240x180, with 40 black columns on each side.
    write_video(tmp_path / "gate.avi", _frames(20, 120, 160, level=200), frames_per_s=10)
    (recording,) = read_footage(tmp_path, VIDEO, most=3)
    assert recording.name == "gate.avi"
    assert recording.frames.shape == (20, 180, 320, 3)
    assert recording.truth(0) is None
    frame = recording.frame(7, noise=3)
    assert not frame[:, :40].any()
    assert not frame[:, 280:].any()
    assert np.abs(frame[:, 40:280].astype(int) - 200).max() < 8


def test_colours_are_red_green_blue(tmp_path: Path) -> None:
    red = np.zeros((90, 160, 3), dtype=np.uint8)
    red[..., 0] = 250
    write_video(tmp_path / "red.avi", [red, red], frames_per_s=10)
    (recording,) = read_footage(tmp_path, VIDEO, most=1)
    assert recording.frames[..., 0].min() > 200
    assert recording.frames[..., 1:].max() < 50


def test_each_video_is_a_recording_up_to_as_many_as_needed(tmp_path: Path) -> None:
    for name in ("b.avi", "a.avi", "c.avi"):
        write_video(tmp_path / name, _frames(3, 90, 160, level=9), frames_per_s=10)
    (tmp_path / "notes.txt").write_text("nothing")
    assert [r.name for r in read_footage(tmp_path, VIDEO, most=2)] == ["a.avi", "b.avi"]


def test_images_are_one_recording_in_the_order_of_their_names(tmp_path: Path) -> None:
    for number, level in ((3, 200), (1, 50), (2, 100)):
        image = np.full((180, 320, 3), level, dtype=np.uint8)
        cv2.imwrite(str(tmp_path / f"{number:04d}.png"), image)
    (recording,) = read_footage(tmp_path, VIDEO, most=5)
    assert recording.frames[:, 0, 0, 0].tolist() == [50, 100, 200]


def test_memory_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(footage, "FOOTAGE_BYTES", 40 * 320 * 180 * 3)
    for name in ("a.avi", "b.avi"):
        write_video(tmp_path / name, _frames(30, 180, 320, level=9), frames_per_s=10)
    assert [len(recording) for recording in read_footage(tmp_path, VIDEO, most=2)] == [20, 20]


def test_frames_cannot_be_changed(tmp_path: Path) -> None:
    write_video(tmp_path / "a.avi", _frames(3, 180, 320, level=9), frames_per_s=10)
    (recording,) = read_footage(tmp_path, VIDEO, most=1)
    with pytest.raises(ValueError, match="read-only"):
        recording.frame(0, noise=0)[:] = 0


@pytest.mark.parametrize(
    ("names", "rule"),
    [
        ([], "must hold video files, or images"),
        (["notes.txt"], "must hold video files, or images"),
        (["broken.mp4"], "must be a video that OpenCV can decode"),
        (["broken.jpg"], "must be an image that OpenCV reads"),
    ],
)
def test_folders_that_cannot_be_used(tmp_path: Path, names: list[str], rule: str) -> None:
    for name in names:
        (tmp_path / name).write_bytes(b"this is no picture")
    with pytest.raises(ConfigError, match=rule) as caught:
        read_footage(tmp_path, VIDEO, most=1)
    named = tmp_path / names[0] if names and "notes" not in names[0] else tmp_path
    assert caught.value.where == str(named)
    assert caught.value.next_step


def test_a_video_without_frames_is_named(tmp_path: Path) -> None:
    whole = tmp_path / "whole.avi"
    write_video(whole, _frames(2, 90, 160, level=9), frames_per_s=10)
    # A container whose header is there and whose frames are not.
    content = whole.read_bytes()
    whole.unlink()
    (tmp_path / "empty.avi").write_bytes(content[: content.index(b"movi") + 4])
    with pytest.raises(ConfigError) as caught:
        read_footage(tmp_path, VIDEO, most=1)
    assert caught.value.where == str(tmp_path / "empty.avi")


def test_one_frame_is_not_enough(tmp_path: Path) -> None:
    write_video(tmp_path / "still.avi", _frames(1, 90, 160, level=9), frames_per_s=10)
    with pytest.raises(ConfigError, match="at least two frames") as caught:
        read_footage(tmp_path, VIDEO, most=1)
    assert caught.value.where == str(tmp_path / "still.avi")


def test_the_folder_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="must be a folder"):
        read_footage(tmp_path / "nowhere", VIDEO, most=1)


def _frames(count: int, height: int, width: int, *, level: int) -> list[np.ndarray]:
    return [np.full((height, width, 3), level, dtype=np.uint8) for _ in range(count)]
