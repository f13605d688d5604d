"""Laws of cutting videos into clips and of averaging their scores."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from edge_aibench.scenarios.camera.tasks.action.clips import (
    clip_frames,
    crop_centre,
    normalise,
    resize,
    window_frames,
)
from edge_aibench.scenarios.camera.tasks.action.evaluation import measure
from edge_aibench.scenarios.camera.tasks.action.processing import processing

NO_VIDEO: NDArray[np.uint8] = np.zeros((1, 1, 1, 3), dtype=np.uint8)
LOGITS = arrays.arrays(
    np.float32, st.tuples(st.integers(1, 6), st.just(10)), elements=st.floats(-50, 50, width=32)
)


@given(frames=st.integers(1, 400))
def test_clips_take_every_frame_in_order_and_no_other(frames: int) -> None:
    taken = clip_frames(frames)
    assert taken.shape == (-(-frames // 16), 16)
    assert list(dict.fromkeys(taken.ravel().tolist())) == list(range(frames))
    assert taken.ravel()[:frames].tolist() == list(range(frames))


@given(frames=st.integers(1, 400))
def test_padding_repeats_the_last_clips_own_frames(frames: int) -> None:
    last = clip_frames(frames)[-1].tolist()
    own = frames - (frames - 1) // 16 * 16
    assert all(last[place] == last[place - own] for place in range(own, 16))


@given(frames=st.integers(1, 60), data=st.data())
def test_windows_stay_in_the_video(frames: int, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, frames - 1))
    taken = window_frames(frames, start=start)
    assert taken.shape == (16,)
    assert taken[0] == start
    assert taken.max() < frames
    if start + 16 <= frames:
        assert taken.tolist() == list(range(start, start + 16))


@given(logits=LOGITS, shift=st.floats(-20, 20), order=st.randoms(use_true_random=False))
def test_scores_ignore_the_order_of_clips_and_a_constant(
    logits: NDArray[np.float32], shift: float, order: object
) -> None:
    task = processing("lite")
    answer = task.postprocess((logits,), NO_VIDEO)
    assert answer.scores.sum() == np.float64(1) or abs(answer.scores.sum() - 1) < 1e-9
    assert (answer.scores >= 0).all()
    rows = list(range(len(logits)))
    order.shuffle(rows)  # type: ignore[attr-defined]
    moved = (logits.astype(np.float64) + shift)[rows]
    again = task.postprocess((moved,), NO_VIDEO)
    np.testing.assert_allclose(again.scores, answer.scores, atol=1e-9)


@given(logits=LOGITS)
def test_clips_that_agree_decide(logits: NDArray[np.float32]) -> None:
    """Where all clips rank one class highest, it is the answer."""
    logits = logits.copy()
    logits[:, 3] = logits.max(axis=1) + 1
    assert processing("lite").postprocess((logits,), NO_VIDEO).scores.argmax() == 3


@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    value=st.integers(0, 255),
    side=st.integers(1, 30),
)
def test_an_even_frame_stays_even(height: int, width: int, value: int, side: int) -> None:
    frames = np.full((2, height, width, 3), value, dtype=np.uint8)
    square = crop_centre(frames)
    assert square.shape == (2, min(height, width), min(height, width), 3)
    scaled = resize(square, height=side, width=side)
    assert scaled.shape == (2, side, side, 3)
    assert (scaled == value).all()


@given(clips=arrays.arrays(np.uint8, (2, 16, 3, 3, 3)))
def test_normalising_can_be_undone(clips: NDArray[np.uint8]) -> None:
    values = normalise(clips).transpose(0, 2, 3, 4, 1)
    back = (values * [0.2768, 0.2713, 0.2737] + [0.4345, 0.4051, 0.3775]) * 255
    assert np.array_equal(np.rint(back), clips)


@given(
    pairs=st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=40
    )
)
def test_quality_against_counting(pairs: list[tuple[str, str]]) -> None:
    quality = measure([label for label, _ in pairs], [named for _, named in pairs])
    shares = []
    for label in {label for label, _ in pairs}:
        own = [named == label for truth, named in pairs if truth == label]
        shares.append(sum(own) / len(own))
    assert abs(quality["top1"] - sum(a == b for a, b in pairs) / len(pairs)) < 1e-12
    assert abs(quality["mean_class_top1"] - sum(shares) / len(shares)) < 1e-12
