"""Writing generated people in the layout of Market-1501.

The shares of distractors and junk in the gallery are near those of the real one, which holds
about a seventh of each. `gt_bbox` and `gt_query` are not written: the first serves queries of
several images, the second lists what the file names say already.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.rng import stream
from edge_aibench.scenarios.camera.tasks.person_reid.data.cameras import (
    CAMERAS,
    draw_framing,
    photograph,
)
from edge_aibench.scenarios.camera.tasks.person_reid.data.drawing import (
    VIEWS,
    Pose,
    draw_person,
)
from edge_aibench.scenarios.camera.tasks.person_reid.data.layout import (
    FOLDER,
    GALLERY_FOLDER,
    QUERY_FOLDER,
    TRAIN_FOLDER,
    VALIDATION_EVERY,
)
from edge_aibench.scenarios.camera.tasks.person_reid.data.names import (
    DISTRACTOR,
    JUNK,
    ImageName,
)
from edge_aibench.scenarios.camera.tasks.person_reid.data.people import Appearance, draw_people
from edge_aibench.tasks.generated import writing_data

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from edge_aibench.tasks.component import DataProgress

    Image = NDArray[np.uint8]

# At scale 1: 168 persons to train on, 24 to validate on and 60 to test on, whole groups of
# lookalikes each.
_TRAIN_PERSONS: Final = 192
_TEST_PERSONS: Final = 60
_FEWEST_TRAIN_PERSONS: Final = 16
_FEWEST_TEST_PERSONS: Final = 4
_FEWEST_OTHERS: Final = 4
IMAGES_PER_PERSON: Final = 16
_FEWEST_CAMERAS: Final = 3

_DISTRACTOR_SHARE: Final = 0.14
_JUNK_SHARE: Final = 0.16

# File names have four digits for the person.
LARGEST_SCALE: Final = 40.0

_FRAMES_BETWEEN_IMAGES: Final = 12
_JPEG_QUALITY: Final = 92


@dataclass(frozen=True, kw_only=True)
class _Shot:
    """An image to write: of whom, by which camera, in which pose and light."""

    folder: str
    name: ImageName
    appearance: Appearance | None
    pose: Pose
    light: float


def write_data_set(
    root: Path, *, seed: int, scale: float, progress: DataProgress | None = None
) -> None:
    """Write a data set under *root*, a new or empty folder; the same arguments write the same.

    Raises ConfigError if *root* holds something already or *scale* is out of range, HostError
    if the folder cannot be written.
    """
    with writing_data(root, scale=scale, largest_scale=LARGEST_SCALE):
        shots = list(_plan(seed, scale))
        for folder in (TRAIN_FOLDER, GALLERY_FOLDER, QUERY_FOLDER):
            (root / FOLDER / folder).mkdir(parents=True)
        for done, shot in enumerate(shots, 1):
            path = root / FOLDER / shot.folder / shot.name.file_name()
            path.write_bytes(_encode(_take(shot, seed)))
            if progress is not None:
                progress(done, len(shots))


def _plan(seed: int, scale: float) -> Iterator[_Shot]:
    train = max(round(_TRAIN_PERSONS * scale), _FEWEST_TRAIN_PERSONS)
    test = max(round(_TEST_PERSONS * scale), _FEWEST_TEST_PERSONS)
    first_test = train + 1
    yield from _shots_of_persons(seed, "train", count=train, first=1)
    gallery = 0
    for shot in _shots_of_persons(seed, "test", count=test, first=first_test):
        gallery += shot.folder == GALLERY_FOLDER
        yield shot
    whole = gallery / (1 - _DISTRACTOR_SHARE - _JUNK_SHARE)
    for label, share in ((DISTRACTOR, _DISTRACTOR_SHARE), (JUNK, _JUNK_SHARE)):
        yield from _shots_of_others(seed, label, max(_FEWEST_OTHERS, round(whole * share)))


def _shots_of_persons(seed: int, part: str, *, count: int, first: int) -> Iterator[_Shot]:
    people = draw_people(stream(seed, f"person-reid/{part}/persons"), count)
    for person, appearance in zip(_identities(part, first, count), people, strict=True):
        queried: set[int] = set()
        for name, pose, light in _passes(stream(seed, f"person-reid/{part}/{person}"), person):
            folder = TRAIN_FOLDER
            if part == "test":
                folder = GALLERY_FOLDER if name.camera in queried else QUERY_FOLDER
                queried.add(name.camera)
            yield _Shot(
                folder=folder,
                name=name,
                appearance=appearance,
                pose=pose,
                light=light,
            )


def _identities(part: str, first: int, count: int) -> list[int]:
    """The identities in the order in which persons are drawn.

    The loader holds every eighth training person out for validation. These are drawn last and
    one after the other, so that they are lookalikes of each other, as test persons are.
    """
    identities = list(range(first, first + count))
    if part == "test":
        return identities
    held_out = identities[VALIDATION_EVERY - 1 :: VALIDATION_EVERY]
    return [identity for identity in identities if identity not in held_out] + held_out


def _passes(rng: np.random.Generator, person: int) -> Iterator[tuple[ImageName, Pose, float]]:
    """The images of a person, walking past some of the cameras one after the other."""
    seen_by = rng.permutation(len(CAMERAS))[: rng.integers(_FEWEST_CAMERAS, len(CAMERAS) + 1)]
    split = np.array_split(np.arange(IMAGES_PER_PERSON), len(seen_by))
    for camera, images in zip(seen_by, split, strict=True):
        view = VIEWS[rng.choice(len(VIEWS), p=CAMERAS[camera].views)]
        phase, light = rng.uniform(0, 2 * np.pi), rng.uniform(0.85, 1.15)
        stride, start = rng.uniform(0.25, 0.5), int(rng.integers(1, 90_000))
        recording = int(rng.integers(1, 7))
        for place in range(len(images)):
            # A person may turn round while in sight.
            if rng.random() < 0.15:
                view = VIEWS[rng.choice(len(VIEWS), p=CAMERAS[camera].views)]
            name = ImageName(
                person=person,
                camera=CAMERAS[camera].number,
                recording=recording,
                frame=start + place * _FRAMES_BETWEEN_IMAGES,
                box=1,
            )
            pose = Pose(view=view, phase=float(phase + 1.9 * place), stride=stride)
            yield name, pose, float(light)


def _shots_of_others(seed: int, label: int, count: int) -> Iterator[_Shot]:
    """Distractors (persons of no interest, or nobody) or junk (boxes beside a person)."""
    rng = stream(seed, f"person-reid/others/{label}")
    people = draw_people(rng, count)
    for index, person in enumerate(people):
        nobody = label == DISTRACTOR and rng.random() < 0.3
        yield _Shot(
            folder=GALLERY_FOLDER,
            name=ImageName(
                person=label,
                camera=1 + int(rng.integers(len(CAMERAS))),
                recording=1 + int(rng.integers(6)),
                frame=1 + index,
                box=1 + int(rng.integers(9)),
            ),
            appearance=None if nobody else person,
            pose=Pose(
                view=VIEWS[rng.integers(len(VIEWS))],
                phase=float(rng.uniform(0, 2 * np.pi)),
                stride=float(rng.uniform(0.25, 0.5)),
            ),
            light=float(rng.uniform(0.85, 1.15)),
        )


def _take(shot: _Shot, seed: int) -> Image:
    rng = stream(seed, f"person-reid/image/{shot.name.file_name()}")
    sprite = None if shot.appearance is None else draw_person(shot.appearance, shot.pose)
    framing = draw_framing(rng, bad=shot.name.person == JUNK)
    camera = CAMERAS[shot.name.camera - 1]
    return photograph(sprite, camera, rng, framing=framing, light=shot.light)


def _encode(image: Image) -> bytes:
    import cv2

    _, coded = cv2.imencode(
        ".jpg",
        cv2.cvtColor(image, cv2.COLOR_RGB2BGR),
        [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY],
    )
    content: bytes = coded.tobytes()
    return content
