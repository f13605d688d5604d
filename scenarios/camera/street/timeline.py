"""When what happens before a camera: who walks by, and who does what in the yard.

A recording is a loop of LOOP_FRAMES. The street and the yard each have slots of their own, in
each of which something happens once, at a random moment; between these moments nothing moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge_aibench.scenarios.camera.street.layout import (
    FEET_BAND,
    LOOP_FRAMES,
    SPRITE_WIDTH,
    STREET_WIDTH,
)
from edge_aibench.scenarios.camera.tasks.action.classes import GENERATED_CLASSES
from edge_aibench.scenarios.camera.tasks.person_reid.data.cameras import CAMERAS
from edge_aibench.scenarios.camera.tasks.person_reid.data.drawing import VIEWS

if TYPE_CHECKING:
    import numpy as np

    from edge_aibench.scenarios.camera.tasks.person_reid.data.cameras import Camera
    from edge_aibench.scenarios.camera.tasks.person_reid.data.drawing import View

PASSES: Final = (1, 1, 2)
"""How many persons walk by in each of the street's slots, one behind the other."""

PEOPLE: Final = sum(PASSES) * len(CAMERAS)
"""Every person walks by one camera once."""

ACTION_SLOTS: Final = 2
ACTION_FRAMES: Final = 36

# A person is 118 pixels high: at 1.7 m and ten frames a second 12 pixels a frame are 1.7 m/s.
_SIDEWARDS_PX: Final = 12.0
# Who walks towards the camera or away from it moves aside little, and is seen as long.
_TOWARDS_PX: Final = 3.0
_TOWARDS_FRAMES: Final = 40
# Farther apart than two persons are wide, so that nobody covers anybody.
_BETWEEN_PX: Final = 120.0
# 0.9 cycles of both legs a second.
_PHASE_PER_FRAME: Final = 0.57


@dataclass(frozen=True, kw_only=True)
class Walk:
    """Person *person*, counted from 0, walks by in the frames from *start* to before *end*.

    *x* is where the body's middle is in frame *start*, *step* how far it moves a frame, *feet*
    the row it stands on, all in pixels; *phase* is that of the step in frame *start*, radians.
    """

    person: int
    start: int
    end: int
    view: View
    x: float
    step: float
    feet: float
    phase: float
    stride: float

    def x_at(self, frame: int) -> float:
        """Where the body's middle is."""
        return self.x + self.step * (frame - self.start)

    def phase_at(self, frame: int) -> float:
        """The phase of the step, radians."""
        return self.phase + _PHASE_PER_FRAME * (frame - self.start)


@dataclass(frozen=True, kw_only=True)
class Act:
    """Somebody in the yard does *label* in the frames from *start* to before *end*."""

    label: str
    start: int
    end: int


def draw_walks(rng: np.random.Generator, camera: Camera, people: Sequence[int]) -> list[Walk]:
    """Draw how *people*, as many as PASSES adds up to, walk by *camera*."""
    slot = LOOP_FRAMES // len(PASSES)
    waiting = list(people)
    walks: list[Walk] = []
    for number, count in enumerate(PASSES):
        view = VIEWS[rng.choice(len(VIEWS), p=camera.views)]
        first = _first_walk(rng, view)
        longest = first.end + _frames_behind(view)
        shift = number * slot + int(rng.integers(0, slot - longest))
        for place in range(count):
            walks.append(_follower(rng, first, person=waiting.pop(0), place=place, shift=shift))
    return walks


def draw_acts(rng: np.random.Generator, labels: Sequence[str]) -> list[Act]:
    """Draw when each of *labels*, one in a slot, is done."""
    slot = LOOP_FRAMES // len(labels)
    acts = []
    for number, label in enumerate(labels):
        start = number * slot + int(rng.integers(0, slot - ACTION_FRAMES))
        acts.append(Act(label=label, start=start, end=start + ACTION_FRAMES))
    return acts


def share_out(rng: np.random.Generator) -> tuple[list[list[int]], list[list[str]]]:
    """Draw, for each camera, who walks by it and what is done before it.

    Every person is seen once; every action once, and some twice.
    """
    people = [int(person) for person in rng.permutation(PEOPLE)]
    each = sum(PASSES)
    wanted = ACTION_SLOTS * len(CAMERAS)
    labels = [*rng.permutation(GENERATED_CLASSES), *rng.permutation(GENERATED_CLASSES)][:wanted]
    return (
        [people[start : start + each] for start in range(0, PEOPLE, each)],
        [
            [str(label) for label in labels[start : start + ACTION_SLOTS]]
            for start in range(0, wanted, ACTION_SLOTS)
        ],
    )


def _first_walk(rng: np.random.Generator, view: View) -> Walk:
    """A walk that starts in frame 0."""
    stride, phase = rng.uniform(0.25, 0.5), rng.uniform(0, 6.28)
    feet = rng.uniform(*FEET_BAND)
    outside = STREET_WIDTH + SPRITE_WIDTH / 2
    if view == "right":
        x, step, frames = -SPRITE_WIDTH / 2, _SIDEWARDS_PX, _frames_across()
    elif view == "left":
        x, step, frames = outside, -_SIDEWARDS_PX, _frames_across()
    else:
        # Comes out of a door, and goes through another: whoever follows has room on the right.
        x, frames = rng.uniform(SPRITE_WIDTH, STREET_WIDTH / 2 - SPRITE_WIDTH), _TOWARDS_FRAMES
        step = _TOWARDS_PX
    return Walk(
        person=0,
        start=0,
        end=frames,
        view=view,
        x=float(x),
        step=step,
        feet=float(feet),
        phase=float(phase),
        stride=float(stride),
    )


def _follower(
    rng: np.random.Generator, first: Walk, *, person: int, place: int, shift: int
) -> Walk:
    """The walk of the one who is at *place* behind the first, 0 being the first itself."""
    sidewards = first.view in ("left", "right")
    behind = place * _frames_behind(first.view)
    return Walk(
        person=person,
        start=shift + first.start + behind,
        end=shift + first.end + behind,
        view=first.view,
        x=first.x if sidewards else first.x + place * _BETWEEN_PX,
        step=first.step,
        feet=first.feet,
        phase=first.phase if place == 0 else float(rng.uniform(0, 6.28)),
        stride=first.stride,
    )


def _frames_across() -> int:
    return int((STREET_WIDTH + SPRITE_WIDTH) / _SIDEWARDS_PX) + 1


def _frames_behind(view: View) -> int:
    return int(_BETWEEN_PX / _SIDEWARDS_PX) if view in ("left", "right") else 0
