"""The ward's messages, byte by byte."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edge_aibench.errors import RunError
from edge_aibench.scenarios.icu.codecs import (
    Alert,
    AlertCodec,
    ObservationCodec,
    ProbabilityCodec,
)
from edge_aibench.scenarios.icu.ward import Observation

UINT32 = st.integers(0, 2**32 - 1)


def test_an_observation_is_a_header_and_seventeen_numbers() -> None:
    values = np.arange(17, dtype=np.float64) + 0.5
    values[3] = np.nan
    payload = ObservationCodec().encode(Observation(2, 51, values))
    assert len(payload) == 144
    assert payload == struct.pack("<II17d", 2, 51, *values)


@given(UINT32, UINT32, arrays(np.float64, 17))
def test_an_observation_comes_back_bit_for_bit(
    admission: int, hour: int, values: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> None:
    codec = ObservationCodec()
    back = codec.decode(codec.encode(Observation(admission, hour, values)))
    assert (back.admission, back.hour) == (admission, hour)
    assert back.values.dtype == np.float64
    assert back.values.tobytes() == values.tobytes()


@pytest.mark.parametrize("size", [0, 7, 8, 143, 145])
def test_an_observation_of_another_size_is_refused(size: int) -> None:
    payload = ObservationCodec().encode(Observation(0, 48, np.zeros(17))) + b"\0"
    with pytest.raises(RunError, match=f"{size} bytes that must be an hour of a patient"):
        ObservationCodec().decode(payload[:size])


def test_a_probability_is_four_bytes() -> None:
    payload = ProbabilityCodec().encode(0.625)
    assert payload == struct.pack("<f", 0.625)
    assert ProbabilityCodec().decode(payload) == 0.625


@given(st.floats(0, 1))
def test_a_probability_comes_back_as_float32(probability: float) -> None:
    codec = ProbabilityCodec()
    assert codec.decode(codec.encode(probability)) == float(np.float32(probability))


@pytest.mark.parametrize("payload", [b"", b"\x00" * 3, b"\x00" * 5])
def test_a_probability_of_another_size_is_refused(payload: bytes) -> None:
    with pytest.raises(RunError, match="a probability"):
        ProbabilityCodec().decode(payload)


def test_an_alert_is_text_that_a_nurse_could_read() -> None:
    alert = Alert({"death": 0.98765, "heart-failure": 0.5})
    assert AlertCodec().encode(alert) == b"death=0.9877;heart-failure=0.5000"


def test_an_alert_comes_back_to_four_digits() -> None:
    codec = AlertCodec()
    back = codec.decode(codec.encode(Alert({"death": 0.98765, "heart-failure": 0.5})))
    assert back == Alert({"death": 0.9877, "heart-failure": 0.5})


@pytest.mark.parametrize("payload", [b"", b"death", b"death=high", b"death=0.9;", b"\xff"])
def test_a_damaged_alert_is_refused(payload: bytes) -> None:
    with pytest.raises(RunError, match="an alert"):
        AlertCodec().decode(payload)
