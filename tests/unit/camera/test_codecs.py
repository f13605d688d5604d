"""What travels comes back as it was; what was damaged on the way is refused by our own errors."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.errors import RunError
from edge_aibench.scenarios.camera.codecs import (
    ActionCodec,
    EventCodec,
    PeopleCodec,
    SeenCodec,
    SightingsCodec,
)
from edge_aibench.scenarios.camera.street.layout import Box
from edge_aibench.scenarios.camera.views import (
    Action,
    CutOut,
    Event,
    Person,
    Seen,
    Sighting,
    ZoneVideo,
)

_SIDE = st.integers(0, 4000)
_BOXES = st.builds(Box, x=_SIDE, y=_SIDE, width=_SIDE, height=_SIDE)
_BYTES = st.binary(max_size=40)
_FLOATS = st.floats(-1, 1, width=32)
_CUT_OUTS = st.lists(st.builds(CutOut, box=_BOXES, jpeg=_BYTES), max_size=4).map(tuple)
_ZONES = st.none() | st.builds(
    ZoneVideo, codec=st.sampled_from(["jpeg", "mpeg4"]), frames=st.integers(1, 64), content=_BYTES
)
_SIGHTINGS = st.lists(
    st.builds(Sighting, box=_BOXES, identity=st.integers(0, 9999), likeness=_FLOATS), max_size=4
).map(tuple)
_ACTIONS = st.builds(Action, label=st.text(max_size=20), score=_FLOATS)

_DECODERS: tuple[Callable[[bytes], Any], ...] = (
    SeenCodec().decode,
    PeopleCodec().decode,
    SightingsCodec().decode,
    ActionCodec().decode,
    EventCodec().decode,
)


@given(seen=st.builds(Seen, cut_outs=_CUT_OUTS, zone=_ZONES))
def test_what_the_gate_lets_through(seen: Seen) -> None:
    payload = SeenCodec().encode(seen)
    assert SeenCodec().decode(payload) == seen
    pictures = sum(len(cut_out.jpeg) for cut_out in seen.cut_outs)
    pictures += 0 if seen.zone is None else 7 + len(seen.zone.content)
    assert len(payload) == 8 + 12 * len(seen.cut_outs) + pictures


@given(sightings=_SIGHTINGS)
def test_sightings(sightings: tuple[Sighting, ...]) -> None:
    payload = SightingsCodec().encode(sightings)
    assert SightingsCodec().decode(payload) == sightings
    assert len(payload) == 16 * len(sightings)


@given(action=_ACTIONS)
def test_actions(action: Action) -> None:
    assert ActionCodec().decode(ActionCodec().encode(action)) == action


@given(event=st.builds(Event, sightings=_SIGHTINGS, action=st.none() | _ACTIONS))
def test_events(event: Event) -> None:
    assert EventCodec().decode(EventCodec().encode(event)) == event


def test_people() -> None:
    frame = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    person = Person(box=Box(x=1, y=2, width=3, height=2), image=frame)
    (back,) = PeopleCodec().decode(PeopleCodec().encode([person]))
    assert back.box == person.box
    assert np.array_equal(back.image, frame)


@given(payload=st.binary(max_size=60), number=st.integers(0, len(_DECODERS) - 1))
def test_random_bytes_give_our_own_errors(payload: bytes, number: int) -> None:
    with suppress(RunError):
        _DECODERS[number](payload)


@given(seen=st.builds(Seen, cut_outs=_CUT_OUTS, zone=_ZONES), data=st.data())
def test_what_was_cut_short_is_refused(seen: Seen, data: st.DataObject) -> None:
    payload = SeenCodec().encode(seen)
    cut = data.draw(st.integers(0, len(payload) - 1))
    with pytest.raises(RunError, match=f"{cut} bytes"):
        SeenCodec().decode(payload[:cut])
    with pytest.raises(RunError):
        SeenCodec().decode(payload + b"\0")


@pytest.mark.parametrize(
    "payload",
    [
        b"{}",
        b"[]",
        b"null",
        b'{"sightings": [{}], "action": null}',
        b"\xff",
        b'{"action": 3}',
        b"[" * 100_000,
    ],
)
def test_damaged_events_are_refused(payload: bytes) -> None:
    with pytest.raises(RunError, match="an event"):
        EventCodec().decode(payload)


def test_an_unknown_video_codec_is_refused() -> None:
    payload = bytearray(
        SeenCodec().encode(Seen(cut_outs=(), zone=ZoneVideo(codec="jpeg", frames=1, content=b"")))
    )
    payload[8] = 9
    with pytest.raises(RunError):
        SeenCodec().decode(bytes(payload))
