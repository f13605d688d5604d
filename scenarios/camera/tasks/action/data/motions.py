"""What tells the generated classes apart: how fast, and which way, each part of a figure moves.

A figure has five joints that each run through a closed cycle of postures. A posture is five
phases, and in every class each phase starts anywhere on its cycle, independently of the others.
A class sets only the joints' speeds, so that at any one moment the phases are spread evenly and
independently whatever the class: a single frame holds no information about it, and the best
possible classifier of single frames is right one time in ten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

JOINTS: Final = ("arms", "legs", "height", "sway", "ball")
"""Arms rise and fall, legs spread and close, hips sink and rise, hips swing from side to side,
a ball turns about the figure; one phase each."""


@dataclass(frozen=True, kw_only=True)
class Motion:
    """A class's speeds by joint, in cycles per second; joints left out only idle.

    A negative speed runs through the cycle backwards, which shows for the ball alone: the other
    joints go the same way back.
    """

    speeds_hz: Mapping[str, float] = field(default_factory=dict)


# Slow and fast of one joint, the two ways round, and pairs of joints beside each of them alone.
MOTIONS: Final[dict[str, Motion]] = {
    "BandMarching": Motion(speeds_hz={"legs": 1.9}),
    "BodyWeightSquats": Motion(speeds_hz={"height": 0.8}),
    "BoxingSpeedBag": Motion(speeds_hz={"arms": 2.8}),
    "HammerThrow": Motion(speeds_hz={"ball": 1.4}),
    "HulaHoop": Motion(speeds_hz={"sway": 1.5}),
    "JumpRope": Motion(speeds_hz={"height": 2.6}),
    "JumpingJack": Motion(speeds_hz={"arms": 1.4, "legs": 1.4}),
    "Lunges": Motion(speeds_hz={"legs": 0.9, "height": 0.9}),
    "TaiChi": Motion(speeds_hz={"arms": 0.75}),
    "ThrowDiscus": Motion(speeds_hz={"ball": -1.4}),
}

GROUP_TEMPO: Final = (0.85, 1.18)
"""Every group moves at a tempo of its own, drawn from this range."""

CLIP_TEMPO: Final = (0.94, 1.06)
"""And every clip of a group a little faster or slower than the group."""

IDLE_HZ: Final = 0.04
"""Joints that a class leaves out drift at up to this speed, as nobody stands quite still."""


def draw_phases(
    motion: Motion, *, tempo: float, seconds: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw the phases at *seconds*, (frames,): float64 (frames, joints) in radians, unwrapped."""
    start = rng.uniform(0.0, 2 * np.pi, len(JOINTS))
    idle = rng.uniform(-IDLE_HZ, IDLE_HZ, len(JOINTS))
    speeds = np.array(
        [
            motion.speeds_hz[joint] * tempo if joint in motion.speeds_hz else idle[place]
            for place, joint in enumerate(JOINTS)
        ]
    )
    phases: NDArray[np.float64] = start + 2 * np.pi * seconds[:, np.newaxis] * speeds
    return phases
