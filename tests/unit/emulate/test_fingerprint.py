from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from edge_aibench.emulate.fingerprint import fingerprint
from edge_aibench.errors import InternalError


@dataclass(frozen=True)
class Picture:
    pixels: Any
    camera: str


ARRAY = np.arange(6, dtype=np.uint8)
DIFFERENT: list[Any] = [
    None,
    0,
    0.0,
    False,
    "0",
    b"0",
    [],
    {},
    [b"ab", b"c"],
    [b"a", b"bc"],
    ARRAY,
    ARRAY.reshape(2, 3),
    ARRAY.astype(np.int16),
    Picture(ARRAY, "a"),
    Picture(ARRAY, "b"),
    Picture(ARRAY + 1, "a"),
    {"a": 1, "b": 2},
    {"a": 2, "b": 1},
]


def test_different_values_have_different_digests() -> None:
    assert len({fingerprint(value) for value in DIFFERENT}) == len(DIFFERENT)


def test_equal_values_have_equal_digests() -> None:
    transposed = np.asfortranarray(ARRAY.reshape(2, 3))
    assert fingerprint(ARRAY.reshape(2, 3)) == fingerprint(transposed)
    assert fingerprint({"a": 1, "b": [ARRAY]}) == fingerprint({"b": (ARRAY.copy(),), "a": 1})
    assert fingerprint(Picture(ARRAY, "a")) == fingerprint(Picture(ARRAY.copy(), "a"))


def test_what_cannot_be_told_apart_is_refused() -> None:
    with pytest.raises(InternalError, match="object"):
        fingerprint([object()])
