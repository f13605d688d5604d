"""Observations are functions of home and number alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.scenarios.home.household import draw_household
from edge_aibench.scenarios.home.sensors import Doorbell, Microphone, Thermometer
from tests.unit.home.conftest import plain, silent

SAID = tuple(silent(text) for text in ("one", "two", "three", "four"))
ALL = tuple(plain(f"person {number}", number) for number in range(6))
HOUSEHOLDS = tuple(draw_household(ALL, home=home, seed=5) for home in range(3))
NUMBERS = st.integers(0, 100_000)


@given(st.integers(0, 2), NUMBERS)
def test_what_is_observed_is_what_is_true(home: int, number: int) -> None:
    microphone = Microphone(SAID, seed=5)
    assert microphone.observe(home, number) is microphone.utterance(home, number).sound
    doorbell = Doorbell(HOUSEHOLDS, strangers=0.5, seed=5)
    visit = doorbell.visit(home, number)
    assert doorbell.observe(home, number) is visit.picture
    assert any(visit.picture is one for one in visit.person.visits)
    if visit.member is None:
        assert visit.person in HOUSEHOLDS[home].strangers
    else:
        assert visit.person is HOUSEHOLDS[home].members[visit.member].person


def test_homes_hear_and_see_different_things() -> None:
    microphone = Microphone(SAID, seed=5)
    doorbell = Doorbell(HOUSEHOLDS, strangers=0.5, seed=5)
    heard = [[microphone.utterance(home, n).transcript for n in range(40)] for home in (0, 1)]
    seen = [[doorbell.visit(home, n).person.name for n in range(40)] for home in (0, 1)]
    assert heard[0] != heard[1]
    assert seen[0] != seen[1]
    assert set(heard[0]) == {"one", "two", "three", "four"}


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_strangers_come_as_often_as_asked(share: float) -> None:
    doorbell = Doorbell(HOUSEHOLDS, strangers=share, seed=5)
    came = np.mean([doorbell.visit(0, number).member is None for number in range(2000)])
    # Three standard deviations of a share of one quarter in 2000.
    assert came == pytest.approx(share, abs=0.03 if 0 < share < 1 else 0)


def test_a_room_stays_habitable_and_readings_are_numbered() -> None:
    thermometer = Thermometer(seed=5)
    readings = [thermometer.observe(1, number) for number in range(900)]
    assert [reading.number for reading in readings] == list(range(900))
    celsius = np.array([reading.celsius for reading in readings])
    # A level within 18 to 22, 0.8 up and down with the heating, and noise of 0.03.
    assert np.ptp(celsius) == pytest.approx(1.6, abs=0.3)
    assert 17.0 < celsius.min() < celsius.max() < 23.0
    assert thermometer.observe(1, 7) == readings[7]
    assert thermometer.observe(0, 7) != readings[7]
    assert Thermometer(seed=6).observe(1, 7) != readings[7]
