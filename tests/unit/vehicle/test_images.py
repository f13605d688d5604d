"""Frames through JPEG and back."""

from __future__ import annotations

import numpy as np
import pytest

from edge_aibench.errors import RunError
from edge_aibench.model.components import Call
from edge_aibench.scenarios.vehicle.images import Compress, Decode, JpegImage


@pytest.fixture
def smooth() -> np.ndarray:
    """Red grows to the right, blue downwards."""
    x, y = np.meshgrid(np.linspace(0, 255, 64), np.linspace(0, 255, 48))
    return np.stack((x, np.full_like(x, 60), y), axis=-1).astype(np.uint8)


def test_a_frame_comes_back_with_its_colours_in_order(smooth: np.ndarray) -> None:
    packed = Compress(95).process(Call(0, 0, {"camera": smooth}))
    back = Decode().process(Call(0, 0, {"compress": packed}))
    assert back.shape == smooth.shape
    assert back.dtype == np.uint8
    assert np.abs(back.astype(int) - smooth).mean() < 3


def test_the_quality_decides_the_size(smooth: np.ndarray) -> None:
    call = Call(0, 0, {"camera": smooth})
    sizes = [len(Compress(quality).process(call).content) for quality in (10, 50, 85, 100)]
    assert sizes == sorted(set(sizes))


@pytest.mark.parametrize("content", [b"", b"no image", b"\xff\xd8\xff\xe0"])
def test_what_is_no_jpeg_is_refused(content: bytes) -> None:
    with pytest.raises(RunError, match=f"{len(content)} bytes that must be a JPEG image"):
        Decode().process(Call(0, 0, {"compress": JpegImage(content)}))
