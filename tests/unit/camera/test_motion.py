"""What moves, in pictures made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from edge_aibench.rng import stream
from edge_aibench.scenarios.camera.motion import MOST_BOXES, MotionDetector
from edge_aibench.scenarios.camera.street.layout import Box

ZONE = Box(x=480, y=240, width=160, height=120)


def test_a_body_is_found_where_it_is() -> None:
    motion = _detector().observe(_picture(Box(x=200, y=100, width=48, height=120)))
    (box,) = motion.boxes
    # The analysed picture is a quarter of the size: corners are known to within 4 pixels.
    assert (box.x, box.y) == pytest.approx((200, 100), abs=4)
    assert (box.width, box.height) == pytest.approx((48, 120), abs=8)
    assert not motion.in_zone


def test_noise_is_no_motion() -> None:
    detector = _detector()
    for seed in range(20):
        motion = detector.observe(_picture(seed=seed))
        assert motion.boxes == ()
        assert not motion.in_zone


def test_the_zone_is_looked_at_apart() -> None:
    motion = _detector().observe(_picture(Box(x=540, y=250, width=40, height=90)))
    assert motion.boxes == ()
    assert motion.in_zone


def test_without_a_zone_all_of_the_picture_is_both() -> None:
    detector = MotionDetector([_picture(seed=n) for n in range(5)], None, threshold=14)
    motion = detector.observe(_picture(Box(x=540, y=200, width=40, height=90)))
    assert len(motion.boxes) == 1
    assert motion.in_zone


@pytest.mark.parametrize("x", [0, 440])
def test_who_is_seen_in_part_is_left_out(x: int) -> None:
    assert _detector().observe(_picture(Box(x=x, y=100, width=40, height=120))).boxes == ()


def test_what_is_small_is_left_out() -> None:
    assert _detector().observe(_picture(Box(x=100, y=100, width=12, height=12))).boxes == ()


def test_two_bodies_are_two_boxes_from_left_to_right() -> None:
    bodies = (Box(x=300, y=100, width=40, height=120), Box(x=100, y=110, width=40, height=120))
    boxes = _detector().observe(_picture(*bodies)).boxes
    assert [box.x for box in boxes] == pytest.approx([100, 300], abs=4)


def test_a_gap_between_shirt_and_shoes_is_closed() -> None:
    shirt, shoes = (Box(x=200, y=y, width=40, height=50) for y in (100, 170))
    (box,) = _detector().observe(_picture(shirt, shoes)).boxes
    assert box.height == pytest.approx(120, abs=8)


def test_what_stays_becomes_background() -> None:
    detector = _detector()
    parked = Box(x=200, y=100, width=60, height=80)
    pictures = [_picture(parked, seed=n) for n in range(4)]
    seen = [bool(detector.observe(pictures[n % 4]).boxes) for n in range(1000)]
    assert seen[0]
    # 60 levels fade by 0.002 a frame: below 14 after ln(60/14)/0.002, 730 frames.
    first_missed = seen.index(False)
    assert 650 < first_missed < 800
    assert not any(seen[first_missed + 20 :])


def test_slow_dusk_is_followed() -> None:
    detector = _detector()
    pictures = [_picture(seed=n) for n in range(4)]
    for frame in range(300):
        # A fifth of a level a frame; the background lags by 0.2 / 0.05, 4 levels.
        motion = detector.observe(pictures[frame % 4] - np.uint8(0.2 * frame))
        assert not motion.boxes
        assert not motion.in_zone


def test_a_higher_threshold_overlooks_what_is_faint() -> None:
    body = Box(x=200, y=100, width=48, height=120)
    history = [_picture(seed=n) for n in range(5)]
    assert not MotionDetector(history, ZONE, threshold=80).observe(_picture(body)).boxes


def test_of_many_bodies_the_largest_are_kept() -> None:
    bodies = [
        Box(x=20 + 40 * (n % 11), y=20 + 110 * (n // 11), width=20, height=48 + 2 * (n % 11))
        for n in range(22)
    ]
    boxes = _detector().observe(_picture(*bodies)).boxes
    assert len(boxes) == MOST_BOXES
    assert min(box.height for box in boxes) >= 48


def _detector() -> MotionDetector:
    return MotionDetector([_picture(seed=n) for n in range(5)], ZONE, threshold=14)


def _picture(*bodies: Box, seed: int = 99) -> np.ndarray:
    """Grey of level 120 with noise of deviation 5, and bodies 60 levels brighter."""
    levels = np.full((360, 640, 3), 120.0)
    for body in bodies:
        levels[body.y : body.y + body.height, body.x : body.x + body.width] += 60
    noise = stream(seed, "test").normal(0, 5, levels.shape)
    return np.clip(levels + noise, 0, 255).astype(np.uint8)
