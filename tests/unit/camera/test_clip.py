"""From what the gate sent to people and clips."""

from __future__ import annotations

import numpy as np
import pytest

from edge_aibench.errors import RunError
from edge_aibench.model.components import Call
from edge_aibench.scenarios.camera.clip import Clip, Decode
from edge_aibench.scenarios.camera.compression import pack_mpeg4
from edge_aibench.scenarios.camera.street.layout import Box
from edge_aibench.scenarios.camera.views import CutOut, Seen, ZoneVideo
from edge_aibench.tasks.payload import pack_jpeg

BOX = Box(x=1, y=2, width=3, height=4)


def test_people_are_decoded_with_their_boxes() -> None:
    seen = Seen(cut_outs=(CutOut(box=BOX, jpeg=pack_jpeg(_picture(80), 95)),), zone=None)
    people = Decode().process(_call(seen, 0))
    assert people is not None
    (person,) = people
    assert person.box == BOX
    assert person.image.mean() == pytest.approx(80, abs=1)


def test_a_frame_without_people_passes_nothing_on() -> None:
    assert Decode().process(_call(_zone(0), 0)) is None


def test_clips_of_sixteen_every_stride() -> None:
    clip, due = Clip(stride=5), {}
    for sequence in range(40):
        output = clip.process(_call(_zone(sequence), sequence))
        if output is not None:
            due[sequence] = output
    assert list(due) == [15, 20, 25, 30, 35]
    assert due[20].shape == (16, 32, 48, 3)
    # Frame n has the level 5 n.
    levels = due[20].mean(axis=(1, 2, 3))
    assert levels == pytest.approx(np.arange(5, 21) * 5, abs=1)


def test_after_a_gap_a_clip_starts_anew() -> None:
    clip = Clip(stride=8)
    sequences = [*range(10), *range(11, 40)]
    due = [s for s in sequences if clip.process(_call(_zone(s), s)) is not None]
    assert due == [26, 34]


def test_a_frame_without_the_zone_is_a_gap() -> None:
    clip = Clip(stride=8)
    people = Seen(cut_outs=(CutOut(box=BOX, jpeg=b""),), zone=None)
    due = []
    for sequence in range(40):
        seen = people if sequence == 5 else _zone(sequence)
        if clip.process(_call(seen, sequence)) is not None:
            due.append(sequence)
    assert due == [21, 29, 37]


def test_cameras_have_clips_of_their_own() -> None:
    clip = Clip(stride=8)
    due = [
        (camera, sequence)
        for sequence in range(16)
        for camera in (3, 8)
        if clip.process(_call(_zone(sequence), sequence, camera=camera)) is not None
    ]
    assert due == [(3, 15), (8, 15)]


def test_segments_of_video_make_the_same_clips() -> None:
    clip, due = Clip(stride=8), {}
    for last in (7, 15, 23, 31):
        pictures = [_picture(5 * sequence) for sequence in range(last - 7, last + 1)]
        zone = ZoneVideo(codec="mpeg4", frames=8, content=pack_mpeg4(pictures))
        output = clip.process(_call(Seen(cut_outs=(), zone=zone), last))
        if output is not None:
            due[last] = output
    assert list(due) == [15, 23, 31]
    levels = due[23].mean(axis=(1, 2, 3))
    assert levels == pytest.approx(np.arange(8, 24) * 5, abs=4)


def test_pictures_of_another_size_start_anew() -> None:
    clip = Clip(stride=8)
    due = []
    for sequence in range(40):
        side = 32 if sequence < 10 else 40
        seen = Seen(cut_outs=(), zone=_jpeg_zone(np.zeros((side, 48, 3), dtype=np.uint8)))
        if clip.process(_call(seen, sequence)) is not None:
            due.append(sequence)
    assert due == [25, 33]


def test_damaged_pictures_are_refused() -> None:
    broken = Seen(
        cut_outs=(CutOut(box=BOX, jpeg=b"x"),),
        zone=ZoneVideo(codec="jpeg", frames=1, content=b"x"),
    )
    for stage in (Decode(), Clip(stride=8)):
        with pytest.raises(RunError, match="cannot be read"):
            stage.process(_call(broken, 0))


def _call(seen: Seen, sequence: int, *, camera: int = 0) -> Call:
    return Call(camera, sequence, {"gate": seen})


def _zone(sequence: int) -> Seen:
    return Seen(cut_outs=(), zone=_jpeg_zone(_picture(5 * sequence)))


def _jpeg_zone(picture: np.ndarray) -> ZoneVideo:
    return ZoneVideo(codec="jpeg", frames=1, content=pack_jpeg(picture, 95))


def _picture(level: int) -> np.ndarray:
    return np.full((32, 48, 3), level, dtype=np.uint8)
