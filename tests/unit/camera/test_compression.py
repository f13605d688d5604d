"""Videos as bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_aibench.errors import RunError
from edge_aibench.rng import stream
from edge_aibench.scenarios.camera import compression
from edge_aibench.scenarios.camera.compression import pack_mpeg4, unpack_mpeg4
from edge_aibench.tasks.payload import pack_jpeg


def test_a_video_comes_back_frame_by_frame_in_fewer_bytes_than_its_pictures() -> None:
    pictures = _pictures(8)
    content = pack_mpeg4(pictures)
    back = unpack_mpeg4(content, 8)
    assert len(back) == 8
    for before, after in zip(pictures, back, strict=True):
        assert after.shape == before.shape
        assert np.abs(after.astype(int) - before).mean() < 8
    assert len(content) < sum(len(pack_jpeg(picture, 75)) for picture in pictures)


def test_no_file_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "_SHARED_MEMORY", tmp_path)
    unpack_mpeg4(pack_mpeg4(_pictures(2)), 2)
    with pytest.raises(RunError):
        unpack_mpeg4(b"no video", 2)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_damaged_video_is_refused(share: float) -> None:
    content = pack_mpeg4(_pictures(4))
    with pytest.raises(RunError, match="MPEG-4 video of 4 frames"):
        unpack_mpeg4(content[: int(share * len(content))], 4)


def test_a_video_of_fewer_frames_is_refused() -> None:
    with pytest.raises(RunError, match="of 5 frames"):
        unpack_mpeg4(pack_mpeg4(_pictures(4)), 5)


def _pictures(count: int) -> list[np.ndarray]:
    """A bright square wanders over a coloured slope."""
    rows, columns = np.mgrid[:96, :128]
    slope = np.stack([rows, columns, 128 - columns], axis=-1)
    grain = stream(1, "test").normal(0, 1, slope.shape)
    pictures = []
    for number in range(count):
        picture = np.clip(slope + grain, 0, 255).astype(np.uint8)
        picture[30:60, 10 + 6 * number : 40 + 6 * number] = (240, 200, 40)
        pictures.append(picture)
    return pictures
