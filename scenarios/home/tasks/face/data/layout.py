"""The folders of LFW and CASIA-WebFace side by side, read and written.

    ROOT/CASIA-WebFace/<identity>/<picture>.jpg    training and validation
    ROOT/lfw/<Name>/<Name>_<four digits>.jpg       test
    ROOT/pairs.txt                                 the test's pairs

CASIA-WebFace has no validation split: every tenth identity, in the order of their names, is held
out for it. Pairs of its pictures are drawn, the same at each reading.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.rng import stream
from edge_aibench.scenarios.home.tasks.face.data.folders import CASIA, LFW, PAIRS
from edge_aibench.scenarios.home.tasks.face.data.generate import write_faces
from edge_aibench.scenarios.home.tasks.face.data.pairs import NamedPair, draw_pairs, read_pairs
from edge_aibench.scenarios.home.tasks.face.data.samples import FaceSamples, Pair
from edge_aibench.tasks.component import TEST, TRAIN, VAL
from edge_aibench.tasks.sample import nonempty

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edge_aibench.tasks.component import DataProgress

_PICTURE_SUFFIXES: Final = {".jpg", ".jpeg", ".png"}
_VAL_EVERY: Final = 10
_NEXT_STEP = "give the folder that holds CASIA-WebFace/, lfw/ and pairs.txt"


@dataclass(frozen=True, kw_only=True)
class FaceLayout:
    """The `DataLayout` of the face task."""

    def write(
        self, root: Path, *, seed: int, scale: float, progress: DataProgress | None = None
    ) -> None:
        """See `DataLayout.write`; scale 1 is 8,800 pictures of 880 people and 1,400 of 200."""
        write_faces(root, seed=seed, scale=scale, progress=progress)

    def open(self, root: Path, *, split: str) -> FaceSamples:
        """See `DataLayout.open`."""
        if split == TEST:
            samples = _open_lfw(root)
        elif split in {TRAIN, VAL}:
            samples = _open_casia(root, split)
        else:
            raise unknown_name("split", split, (TRAIN, VAL, TEST), where=str(root))
        nonempty(samples, root=root, split=split)
        return samples


def _open_casia(root: Path, split: str) -> FaceSamples:
    folder = _existing_folder(root / CASIA)
    people = sorted(entry for entry in folder.iterdir() if entry.is_dir())
    names: list[str] = []
    identities: list[str] = []
    counts: list[int] = []
    for place, person in enumerate(people):
        if (place % _VAL_EVERY == _VAL_EVERY - 1) != (split == VAL):
            continue
        pictures = sorted(
            entry.name for entry in person.iterdir() if entry.suffix.lower() in _PICTURE_SUFFIXES
        )
        if not pictures:
            raise ConfigError(
                "must hold at least one picture (.jpg)",
                where=str(person),
                next_step="restore the person's pictures, or remove the folder",
            )
        names += [f"{CASIA}/{person.name}/{picture}" for picture in pictures]
        identities += [person.name] * len(pictures)
        counts.append(len(pictures))
    if not names:
        raise ConfigError(
            f"must hold a folder for each person, {_VAL_EVERY} or more",
            where=str(folder),
            value=f"{len(people)} folders",
            next_step=_NEXT_STEP,
        )
    samples = FaceSamples(root=root, names=tuple(names), identities=tuple(identities), pairs=())
    # Training needs no pairs, and a part of a data set may hold too few people for any.
    return samples if split == TRAIN else _paired(samples, _drawn_pairs(counts, where=str(folder)))


def _paired(samples: FaceSamples, pairs: Sequence[Pair]) -> FaceSamples:
    """Those of *samples* that are in *pairs*, with the pairs: no other picture is ever judged."""
    used = sorted({index for pair in pairs for index in (pair.first, pair.second)})
    place = {index: number for number, index in enumerate(used)}
    return FaceSamples(
        root=samples.root,
        names=tuple(samples.names[index] for index in used),
        identities=tuple(samples.identities[index] for index in used),
        pairs=tuple(
            replace(pair, first=place[pair.first], second=place[pair.second]) for pair in pairs
        ),
    )


def _drawn_pairs(counts: Sequence[int], *, where: str) -> tuple[Pair, ...]:
    """Pairs of pictures that lie person by person, *counts* of each."""
    index = 0
    people = []
    for person, count in enumerate(counts):
        people.append([(str(person), index + number) for number in range(count)])
        index += count
    drawn = draw_pairs(people, stream(0, "face/validation-pairs"), where=where)
    return tuple(
        Pair(first=pair.first[1], second=pair.second[1], same=pair.same, fold=pair.fold)
        for pair in drawn
    )


def _open_lfw(root: Path) -> FaceSamples:
    _existing_folder(root / LFW)
    pairs = read_pairs(root / PAIRS)
    pictures = sorted({picture for pair in pairs for picture in (pair.first, pair.second)})
    index = {picture: place for place, picture in enumerate(pictures)}
    return FaceSamples(
        root=root,
        names=tuple(f"{LFW}/{name}/{name}_{number:04d}.jpg" for name, number in pictures),
        identities=tuple(name for name, _ in pictures),
        pairs=tuple(_indexed(pair, index) for pair in pairs),
    )


def _indexed(pair: NamedPair, index: dict[tuple[str, int], int]) -> Pair:
    return Pair(first=index[pair.first], second=index[pair.second], same=pair.same, fold=pair.fold)


def _existing_folder(folder: Path) -> Path:
    if not folder.is_dir():
        raise ConfigError(
            "there must be such a folder",
            where=str(folder),
            next_step=f"{_NEXT_STEP}, or write one with `edge-aibench task data face`",
        )
    return folder
