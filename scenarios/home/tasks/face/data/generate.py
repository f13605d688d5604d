"""Writing a generated data set: people of training, and other people for the test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edge_aibench.rng import stream
from edge_aibench.scenarios.home.tasks.face.data.conditions import draw_conditions
from edge_aibench.scenarios.home.tasks.face.data.folders import CASIA, LFW, PAIRS
from edge_aibench.scenarios.home.tasks.face.data.identity import draw_identity
from edge_aibench.scenarios.home.tasks.face.data.pairs import draw_pairs, write_pairs
from edge_aibench.scenarios.home.tasks.face.data.picture import encode, take_picture
from edge_aibench.tasks.generated import writing_data

if TYPE_CHECKING:
    from pathlib import Path

    from edge_aibench.scenarios.home.tasks.face.data.identity import Identity
    from edge_aibench.tasks.component import DataProgress

# At scale 1. Seven pictures of each of the 20 people of a fold make 420 pairs, of which LFW's
# 300 are drawn.
TRAINING_PEOPLE: Final = 880
TRAINING_PICTURES: Final = 10
TEST_PEOPLE: Final = 200
TEST_PICTURES: Final = 7

# The tenth identity is the first of the validation split, which needs four for pairs.
_FEWEST_TRAINING_PEOPLE: Final = 40
_FEWEST_TEST_PEOPLE: Final = 8
_FEWEST_PICTURES: Final = 3

_LARGEST_SCALE: Final = 20.0


def write_faces(
    root: Path, *, seed: int, scale: float, progress: DataProgress | None = None
) -> None:
    """Write both data sets below *root*; see `DataLayout.write`.

    A scale below 1 takes fewer people and, below a quarter, fewer pictures of each.
    """
    with writing_data(root, scale=scale, largest_scale=_LARGEST_SCALE):
        _write(root, seed=seed, scale=scale, progress=progress)


def _write(root: Path, *, seed: int, scale: float, progress: DataProgress | None) -> None:
    pictures_share = min(4 * scale, 1.0)
    people = max(round(TRAINING_PEOPLE * scale), _FEWEST_TRAINING_PEOPLE)
    pictures = max(round(TRAINING_PICTURES * pictures_share), _FEWEST_PICTURES)
    test_people = max(round(TEST_PEOPLE * scale), _FEWEST_TEST_PEOPLE)
    test_pictures = max(round(TEST_PICTURES * pictures_share), _FEWEST_PICTURES)
    total = people * pictures + test_people * test_pictures
    done = 0
    for folder, count, each in ((CASIA, people, pictures), (LFW, test_people, test_pictures)):
        for number in range(1, count + 1):
            _write_person(root / folder, number, each, seed=seed)
            done += each
            if progress is not None:
                progress(done, total)
    test = [
        [(_lfw_name(number), picture) for picture in range(1, test_pictures + 1)]
        for number in range(1, test_people + 1)
    ]
    pairs = draw_pairs(test, stream(seed, "face/test-pairs"), where=str(root / LFW))
    write_pairs(root / PAIRS, pairs)


def _write_person(folder: Path, number: int, pictures: int, *, seed: int) -> None:
    purpose = f"face/{folder.name}/{number}"
    person = draw_identity(stream(seed, purpose))
    name = _lfw_name(number) if folder.name == LFW else f"{number:07d}"
    (folder / name).mkdir(parents=True)
    for picture in range(1, pictures + 1):
        file_name = f"{name}_{picture:04d}.jpg" if folder.name == LFW else f"{picture:03d}.jpg"
        content = _photo(person, f"{purpose}/{picture}", seed=seed)
        (folder / name / file_name).write_bytes(content)


def _photo(person: Identity, purpose: str, *, seed: int) -> bytes:
    rng = stream(seed, purpose)
    conditions = draw_conditions(rng)
    return encode(take_picture(person, conditions, rng), quality=conditions.camera.quality)


def _lfw_name(number: int) -> str:
    return f"Generated_{number:04d}"
