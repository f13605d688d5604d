"""Pairs of pictures to compare: LFW's `pairs.txt`, and pairs drawn where there is no such file.

`pairs.txt` begins with the numbers of folds and of pairs of each kind a fold, with a tab in
between; each fold then lists its pairs of one person, `Name 1 4`, and its pairs of two,
`Name 3 Other_Name 2`, separated by tabs.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge_aibench.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np

Picture = tuple[str, int]
"""A person's name and the number of the picture, from 1."""

PAIRS_LIMIT_BYTES: Final = 16 * 1024**2
"""The real file has 155 kB."""

FOLDS: Final = 10
PAIRS_A_FOLD: Final = 300
"""Of each kind, as in LFW's view 2."""

_RESTORE = "restore the file from LFW's page, or write the data set again"


@dataclass(frozen=True, kw_only=True)
class NamedPair:
    """Two pictures by name, and the fold they belong to."""

    first: Picture
    second: Picture
    fold: int

    @property
    def same(self) -> bool:
        """Whether both show one person."""
        return self.first[0] == self.second[0]


def read_pairs(path: Path) -> tuple[NamedPair, ...]:
    """Read `pairs.txt`.

    Raises ConfigError, with the line, for a missing file, a wrong header, a line that is no
    pair of its kind, and a number of lines that is not the header's.
    """
    lines = _read_lines(path)
    folds, pairs_a_fold = _read_header(lines[0] if lines else "", path=path)
    expected = 1 + 2 * folds * pairs_a_fold
    if len(lines) != expected:
        raise ConfigError(
            f"must have {expected} lines, as its first one says",
            where=str(path),
            value=len(lines),
            next_step=_RESTORE,
        )
    pairs = []
    for place, line in enumerate(lines[1:]):
        fold, within = divmod(place, 2 * pairs_a_fold)
        where = f"{path}:{place + 2}"
        pairs.append(_read_pair(line, fold=fold, same=within < pairs_a_fold, where=where))
    return tuple(pairs)


def write_pairs(path: Path, pairs: Sequence[NamedPair]) -> None:
    """Write `pairs.txt`; *pairs* come fold by fold, those of one person first."""
    folds = 1 + max(pair.fold for pair in pairs)
    lines = [f"{folds}\t{len(pairs) // (2 * folds)}"]
    for pair in pairs:
        (name, number), (other, other_number) = pair.first, pair.second
        cells = [name, number, other_number] if pair.same else [name, number, other, other_number]
        lines.append("\t".join(str(cell) for cell in cells))
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def draw_pairs(
    pictures: Sequence[Sequence[Picture]], rng: np.random.Generator, *, where: str
) -> tuple[NamedPair, ...]:
    """Draw pairs in LFW's way: the people of a fold are in no other.

    *pictures* holds those of each person. Gives up to 10 folds with up to 300 pairs of each
    kind, all folds with the same number; no pair comes twice. Raises ConfigError, citing *where*,
    with fewer than four people of two pictures or more.
    """
    usable = [tuple(of_one) for of_one in pictures if len(of_one) > 1]
    folds = min(FOLDS, len(usable) // 2)
    if folds < 2:
        raise ConfigError(
            "needs at least four people with two pictures or more to make pairs of",
            where=where,
            value=len(usable),
            next_step="add people, or generate with a larger scale",
        )
    order = rng.permutation(len(usable))
    groups = [[usable[place] for place in order[fold::folds]] for fold in range(folds)]
    count = min(PAIRS_A_FOLD, *(_possible(group) for group in groups))
    pairs: list[NamedPair] = []
    for fold, group in enumerate(groups):
        pairs += _draw_same(group, count, fold, rng)
        pairs += _draw_different(group, count, fold, rng)
    return tuple(pairs)


def _possible(group: Sequence[Sequence[Picture]]) -> int:
    """How many pairs of the rarer kind there are; half of those of two people, so that drawing
    them by chance ends.
    """
    counts = [len(of_one) for of_one in group]
    same = sum(count * (count - 1) // 2 for count in counts)
    different = (sum(counts) ** 2 - sum(count * count for count in counts)) // 2
    return min(same, max(different // 2, 1))


def _draw_same(
    group: Sequence[Sequence[Picture]], count: int, fold: int, rng: np.random.Generator
) -> list[NamedPair]:
    possible = [pair for of_one in group for pair in itertools.combinations(of_one, 2)]
    chosen = sorted(int(place) for place in rng.choice(len(possible), count, replace=False))
    return [
        NamedPair(first=possible[place][0], second=possible[place][1], fold=fold)
        for place in chosen
    ]


def _draw_different(
    group: Sequence[Sequence[Picture]], count: int, fold: int, rng: np.random.Generator
) -> list[NamedPair]:
    drawn: dict[tuple[Picture, Picture], None] = {}
    while len(drawn) < count:
        one, other = sorted(int(place) for place in rng.choice(len(group), 2, replace=False))
        first = group[one][int(rng.integers(len(group[one])))]
        second = group[other][int(rng.integers(len(group[other])))]
        drawn[first, second] = None
    return [NamedPair(first=first, second=second, fold=fold) for first, second in drawn]


def _read_lines(path: Path) -> list[str]:
    try:
        if path.stat().st_size > PAIRS_LIMIT_BYTES:
            raise ConfigError(
                f"must not be larger than {PAIRS_LIMIT_BYTES} bytes",
                where=str(path),
                next_step=_RESTORE,
            )
        return path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ConfigError(
            "must be UTF-8 text", where=str(path), value=str(error), next_step=_RESTORE
        ) from error
    except OSError as error:
        raise ConfigError(
            "must be LFW's list of pairs", where=str(path), value=error.strerror, next_step=_RESTORE
        ) from error


def _read_header(line: str, *, path: Path) -> tuple[int, int]:
    cells = line.split()
    if len(cells) != 2 or not all(cell.isdecimal() and int(cell) > 0 for cell in cells):
        raise ConfigError(
            "must be the number of folds, a tab, and the number of pairs of each kind a fold",
            where=f"{path}:1",
            value=line,
            next_step=_RESTORE,
        )
    return int(cells[0]), int(cells[1])


def _read_pair(line: str, *, fold: int, same: bool, where: str) -> NamedPair:
    cells = line.split("\t")
    if same:
        names, numbers = cells[:1] * 2, cells[1:]
    else:
        names, numbers = cells[0::2], cells[1::2]
    right = len(names) == len(numbers) == 2 and all(number.isdecimal() for number in numbers)
    # A name is one folder: nothing in it may lead elsewhere.
    if not right or any(not name or "/" in name or name.startswith(".") for name in names):
        wanted = "Name, number, number" if same else "Name, number, other name, number"
        raise ConfigError(
            f"must be {wanted}, separated by tabs", where=where, value=line, next_step=_RESTORE
        )
    pair = NamedPair(
        first=(names[0], int(numbers[0])), second=(names[1], int(numbers[1])), fold=fold
    )
    if pair.same != same or pair.first == pair.second:
        raise ConfigError(
            "must be a pair of two different people" if not same else "must be two pictures",
            where=where,
            value=line,
            next_step=_RESTORE,
        )
    return pair
