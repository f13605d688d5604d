"""Activations on the wire: the layout by hand, any of them back, and nothing from damaged bytes."""

from __future__ import annotations

import contextlib
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from edge_aibench.errors import RunError
from edge_aibench.inference.cutting.crossing import (
    Activation,
    Crossing,
    CrossingCodec,
    OneSample,
    shape_of,
)

CODEC = CrossingCodec()


def test_the_bytes_of_one_small_activation() -> None:
    rows = np.array([[1, -2]], np.int8)
    crossing = Crossing((Activation(rows, (4, 3)),), b"ab")
    # Aside with its length; one sample; two dimensions, 4 and 3; 12 bytes of array: int8 is
    # number 6, two dimensions, 1 and 2, then the numbers.
    expected = b"".join(
        [
            struct.pack("<I", 2) + b"ab",
            struct.pack("<4I", 1, 2, 4, 3),
            struct.pack("<I", 12),
            struct.pack("<BBII", 6, 2, 1, 2) + b"\x01\xfe",
        ]
    )
    assert CODEC.encode(crossing) == expected


def test_an_image_costs_46_bytes_beside_its_numbers() -> None:
    rows = np.zeros((1, 8, 5, 6), np.float32)
    payload = CODEC.encode(Crossing((Activation(rows, (360, 640, 3)),)))
    assert len(payload) == 46 + 4 * 8 * 5 * 6


activations = st.builds(
    Activation,
    nps.arrays(
        dtype=st.sampled_from([np.float32, np.uint8, np.int8]),
        shape=nps.array_shapes(min_dims=1, max_dims=4, max_side=3),
    ),
    st.lists(st.integers(0, 2**32 - 1), max_size=3).map(tuple),
)


@given(st.lists(activations, max_size=3), st.binary(max_size=20))
def test_crossings_come_back(given_activations: list[Activation], aside: bytes) -> None:
    crossing = Crossing(tuple(given_activations), aside)
    found = CODEC.decode(CODEC.encode(crossing))
    assert found.aside == aside
    assert len(found.activations) == len(given_activations)
    for one, other in zip(found.activations, given_activations, strict=True):
        assert one.shape == other.shape
        assert one.rows.dtype == other.rows.dtype
        assert one.rows.tobytes() == other.rows.tobytes()


@given(st.data())
def test_cut_off_payloads_are_refused(data: st.DataObject) -> None:
    whole = CODEC.encode(Crossing((Activation(np.ones((1, 3), np.float32), (2,)),), b"xyz"))
    end = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(RunError):
        CODEC.decode(whole[:end])
    with pytest.raises(RunError):
        CODEC.decode(whole + b"\0")


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(payload: bytes) -> None:
    with contextlib.suppress(RunError):
        assert CODEC.encode(CODEC.decode(payload)) == payload


def test_one_sample_is_its_activation_and_nothing_else() -> None:
    layout = OneSample()
    sample = np.zeros((2, 2))
    assert layout.taken(sample) == ((sample,), b"")
    activation = Activation(np.zeros((1, 1)))
    assert layout.restored([activation], b"") is activation
    for wrong in (([activation, activation], b""), ([], b""), ([activation], b"x")):
        with pytest.raises(RunError):
            layout.restored(*wrong)


def test_the_shape_of_what_is_no_array_is_empty() -> None:
    assert shape_of(np.zeros((3, 4))) == (3, 4)
    assert shape_of("sound") == ()
