"""LFW's list of pairs: read, written, drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.home.tasks.face.data.pairs import (
    NamedPair,
    Picture,
    draw_pairs,
    read_pairs,
    write_pairs,
)

# Two folds of one pair of each kind, in the layout of LFW's file.
TEXT = "2\t1\nAda\t1\t4\nAda\t2\tBo_Li\t1\nCy\t1\t2\nCy\t3\tDi\t10\n"
PAIRS = (
    NamedPair(first=("Ada", 1), second=("Ada", 4), fold=0),
    NamedPair(first=("Ada", 2), second=("Bo_Li", 1), fold=0),
    NamedPair(first=("Cy", 1), second=("Cy", 2), fold=1),
    NamedPair(first=("Cy", 3), second=("Di", 10), fold=1),
)


def written(folder: Path, text: str) -> Path:
    path = folder / "pairs.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_layout_of_lfw(tmp_path: Path) -> None:
    assert read_pairs(written(tmp_path, TEXT)) == PAIRS
    write_pairs(tmp_path / "again.txt", PAIRS)
    assert (tmp_path / "again.txt").read_text(encoding="utf-8") == TEXT


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "number of folds"),
        (TEXT.replace("2\t1\n", "2\n", 1), 1, "number of folds"),
        (TEXT.replace("2\t1\n", "0\t1\n", 1), 1, "number of folds"),
        (TEXT.replace("2\t1\n", "3\t1\n", 1), None, "must have 7 lines"),
        (TEXT + "\n", None, "must have 5 lines"),
        (TEXT.replace("Ada\t1\t4", "Ada 1 4"), 2, "Name, number, number"),
        (TEXT.replace("Ada\t1\t4", "Ada\t1\tfour"), 2, "Name, number, number"),
        (TEXT.replace("Ada\t1\t4", "Ada\t1\t1"), 2, "two pictures"),
        (TEXT.replace("Bo_Li\t1", "Bo_Li"), 3, "Name, number, other name"),
        (TEXT.replace("Bo_Li", "Ada"), 3, "two different people"),
        (TEXT.replace("Bo_Li", "../Bo_Li"), 3, "Name, number, other name"),
        (TEXT.replace("Bo_Li", ".."), 3, "Name, number, other name"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int | None, message: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError, match=message) as caught:
        read_pairs(path)
    assert caught.value.where == (str(path) if line is None else f"{path}:{line}")
    assert caught.value.next_step is not None


def test_a_missing_or_binary_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="LFW's list of pairs"):
        read_pairs(tmp_path / "pairs.txt")
    (tmp_path / "pairs.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        read_pairs(tmp_path / "pairs.txt")


def people(counts: list[int]) -> list[list[Picture]]:
    return [
        [(f"person{person}", number) for number in range(1, count + 1)]
        for person, count in enumerate(counts)
    ]


def test_enough_people_give_lfws_ten_folds_of_300() -> None:
    pairs = draw_pairs(people([7] * 200), np.random.default_rng(0), where="lfw")
    assert len(pairs) == 6000
    for fold in range(10):
        own = [pair for pair in pairs if pair.fold == fold]
        assert [pair.same for pair in own] == [True] * 300 + [False] * 300


def test_fewer_than_four_people_with_two_pictures_are_too_few() -> None:
    with pytest.raises(ConfigError, match="lfw: needs at least four people"):
        draw_pairs(people([5, 5, 5, 1, 1, 1]), np.random.default_rng(0), where="lfw")
