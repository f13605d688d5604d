"""What a calibration says about a run that is to be predicted."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import ValidationError

from edge_aibench.model.calibration import (
    CalibratedRange,
    Calibration,
    Situation,
    Span,
    stretched,
)
from edge_aibench.model.time_law import ConstantTime, ExponentialTime, MeasuredTimes
from edge_aibench.model.timings import MessageTimes, Moments, SizedTime, StageTimes


def calibration(**said: Any) -> Calibration:
    return Calibration(
        made_utc="2026-01-01T00:00:00Z",
        environment={},
        dilation=4.0,
        messages=MessageTimes(
            encode=ConstantTime(time_s=1e-3),
            publish=ConstantTime(time_s=2e-3),
            transfer=(SizedTime(payload_bytes=8.0, time=MeasuredTimes(measured_s=(4e-3, 8e-3))),),
            broker_s=1e-3,
        ),
        stages={
            "first": StageTimes(
                work=MeasuredTimes(measured_s=(5e-3, 6e-3)),
                handling=MeasuredTimes(measured_s=(1e-3, 2e-3)),
            )
        },
        rows=True,
        moments=Moments(at_s=(0.0, 2.0), stretch_s=1.0, near_s=0.5),
        range=CalibratedRange(
            worker_use=Span(least=0.2, most=0.8),
            payload_bytes=Span(least=8.0, most=144.0),
            instances=Span(least=16, most=16),
            placed={"first": ("edge",)},
        ),
    ).model_copy(update=said)


def situation(**said: Any) -> Situation:
    known: dict[str, Any] = {
        "worker_use": 0.5,
        "instances": 16,
        "payload_bytes": (8.0,),
        "placed": {"first": ("edge",)},
        "dilation": 4.0,
    }
    return Situation(**{**known, **said})


def test_at_its_own_dilation_it_gives_what_was_measured() -> None:
    found = calibration().timings(4.0)
    assert found.stages == calibration().stages
    assert found.messages == calibration().messages
    assert found.moments == calibration().moments


def test_at_another_dilation_what_this_machine_does_shrinks_and_work_does_not() -> None:
    # Twice as slow: what takes as long on the wall is half as long in virtual time.
    found = calibration().timings(8.0)
    assert found.stages["first"].work.mean_s == pytest.approx(5.5e-3)
    assert found.stages["first"].handling.mean_s == pytest.approx(0.75e-3)
    assert found.messages.encode.mean_s == pytest.approx(0.5e-3)
    assert found.messages.publish.mean_s == pytest.approx(1e-3)
    assert found.messages.transfer[0].time.mean_s == pytest.approx(3e-3)
    assert found.messages.broker_s == pytest.approx(0.5e-3)
    assert found.moments == Moments(at_s=(0.0, 1.0), stretch_s=0.5, near_s=0.25)


def test_a_run_like_those_that_were_seen_is_no_extrapolation() -> None:
    assert calibration().outside(situation()) == ()
    # A use is measured too: it may lie a little beyond.
    assert calibration().outside(situation(worker_use=0.815)) == ()


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"worker_use": 0.9}, "fullest worker at 90%, calibrated from 20% to 80%"),
        ({"worker_use": 0.1}, "fullest worker at 10%"),
        ({"instances": 32}, "32 instances, calibrated with 16 to 16"),
        ({"payload_bytes": (8.0, 1e6)}, "messages of 1e[+]06 B"),
        ({"dilation": 1.0}, "dilation 1, calibrated at 4"),
        ({"placed": {"first": ("cloud",)}}, "stage first on cloud, calibrated on edge"),
        ({"placed": {"other": ("edge",)}}, "stage other was not calibrated"),
    ],
)
def test_what_was_not_seen_is_said(said: dict[str, Any], complaint: str) -> None:
    (found,) = calibration().outside(situation(**said))
    assert re.match(complaint, found)


def test_only_what_a_calibration_measures_can_be_stretched() -> None:
    assert stretched(ExponentialTime(mean=1.0), 1.0).mean_s == 1.0
    with pytest.raises(ValueError, match="constant and measured times only"):
        stretched(ExponentialTime(mean=1.0), 2.0)


def test_a_span_does_not_run_backwards() -> None:
    with pytest.raises(ValidationError, match="at most 'most'"):
        Span(least=2.0, most=1.0)


OTHER = (SizedTime(payload_bytes=8.0, time=ConstantTime(time_s=1e-3)),)


def test_messages_are_those_of_the_qos_as_far_as_it_was_measured() -> None:
    known = calibration(qos=1, other_qos=OTHER)
    assert known.timings(4.0, qos=1).messages == known.messages
    assert known.timings(4.0).messages == known.messages
    other = known.timings(8.0, qos=0).messages
    # Measured at dilation 4: half as long in virtual time at 8, like everything of messages.
    assert other.transfer[0].time.mean_s == pytest.approx(0.5e-3)
    assert other.publish.mean_s == pytest.approx(1e-3)
    assert calibration(qos=1).timings(4.0, qos=0).messages == known.messages


@pytest.mark.parametrize(
    ("calibrated", "other", "asked", "expected"),
    [
        (1, (), 0, ("messages at QoS 0, calibrated at QoS 1",)),
        (1, OTHER, 0, ()),
        (1, (), 1, ()),
        (None, (), 0, ()),
    ],
)
def test_a_qos_that_was_not_measured_is_said(
    calibrated: int | None, other: tuple[SizedTime, ...], asked: int, expected: tuple[str, ...]
) -> None:
    known = calibration(qos=calibrated, other_qos=other)
    assert known.outside(situation(qos=asked)) == expected


def test_making_messages_ready_shrinks_by_size_too() -> None:
    sized = (
        SizedTime(payload_bytes=0.0, time=ConstantTime(time_s=1e-3)),
        SizedTime(payload_bytes=100.0, time=MeasuredTimes(measured_s=(2e-3, 4e-3))),
    )
    messages = calibration().messages.model_copy(update={"encode_by_size": sized})
    found = calibration(messages=messages).timings(8.0).messages
    assert [one.time.mean_s for one in found.encode_by_size] == pytest.approx([0.5e-3, 1.5e-3])
    # A quarter of the way from 1 to 3 ms, and no further than what was measured.
    assert messages.mean_encode_s(25.0) == pytest.approx(1.5e-3)
    assert messages.mean_encode_s(1e6) == pytest.approx(3e-3)
    assert calibration().messages.mean_encode_s(25.0) == pytest.approx(1e-3)


def test_sizes_do_not_fall() -> None:
    twice = (*OTHER, *OTHER)
    with pytest.raises(ValidationError, match="must rise"):
        MessageTimes(encode_by_size=twice)
