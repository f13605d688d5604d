"""What a simulated run takes as known, as a document that is saved and read back."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from edge_aibench.config.document import parse_document, write_document
from edge_aibench.config.load import document_form
from edge_aibench.config.values import FROM_DOCUMENT
from edge_aibench.model.time_law import (
    ConstantTime,
    ErlangTime,
    ExponentialTime,
    LognormalTime,
    MeasuredTimes,
    UniformTime,
)
from edge_aibench.model.timings import MessageTimes, Replay, SizedTime, StageTimes, Timings

EVERYTHING = Timings(
    stages={
        "window": StageTimes(work=ConstantTime(time_s=0.1 + 0.2)),
        "death": StageTimes(work=ExponentialTime(mean=1e-3, marginal=0.5), scaled=True),
        "first": StageTimes(work=UniformTime(shortest_s=1e-3, longest_s=2e-3), passes=0.25),
        "second": StageTimes(work=LognormalTime(mean=1e-3, spread_s=1e-4), payload_bytes=12.5),
        "third": StageTimes(work=ErlangTime(mean=1e-3, phases=3), source="as given"),
        "fourth": StageTimes(work=MeasuredTimes(measured_s=(0.1 + 0.2, 1e-9))),
    },
    messages=MessageTimes(
        publish=ConstantTime(time_s=1e-5),
        transfer=(
            SizedTime(payload_bytes=64, time=MeasuredTimes(measured_s=(1e-3,))),
            SizedTime(payload_bytes=1e6, time=MeasuredTimes(measured_s=(2e-3,))),
        ),
        broker_s=5e-5,
    ),
    replay=Replay(rows=2, columns={"fifth": (1 / 3, 0.0)}, source="log.csv"),
)


def test_all_of_it_survives_being_saved() -> None:
    text = write_document({"timings": document_form(EVERYTHING)})
    saved = parse_document(text, "config.yaml").data["timings"]
    assert Timings.model_validate(saved, context=FROM_DOCUMENT) == EVERYTHING


def test_many_times_are_one_text() -> None:
    # A configuration may hold 50,000 values; a log has more times than that.
    replay = Replay(rows=60_000, columns={"death": tuple(n / 1e6 for n in range(60_000))})
    form = document_form(Timings(replay=replay))
    assert form["replay"]["columns"]["death"].startswith("0.0 1e-06 2e-06 ")
    text = write_document({"timings": form})
    saved = parse_document(text, "config.yaml").data["timings"]
    assert Timings.model_validate(saved, context=FROM_DOCUMENT).replay == replay


def test_columns_are_as_long_as_there_are_rows() -> None:
    with pytest.raises(ValidationError, match="must hold 2 times like the others"):
        Replay(rows=2, columns={"first": (1.0, 2.0), "second": (1.0,)})
    with pytest.raises(ValidationError):
        Replay(rows=1, columns={})
    with pytest.raises(ValidationError):
        Replay(rows=0, columns={"first": ()})


def test_sizes_of_messages_rise() -> None:
    sized = [SizedTime(payload_bytes=size, time=ConstantTime(time_s=1e-3)) for size in (64, 64)]
    with pytest.raises(ValidationError, match="must rise from size to size"):
        MessageTimes(transfer=tuple(sized))


def test_rows_belong_together_only_if_they_are_as_many() -> None:
    short = StageTimes(work=MeasuredTimes(measured_s=(1.0,)))
    long = StageTimes(work=MeasuredTimes(measured_s=(1.0, 2.0)))
    law = StageTimes(work=ConstantTime(time_s=1.0))
    assert Timings(stages={"a": long, "b": long, "c": law}, rows=True).rows
    assert not Timings(stages={"a": long, "b": short}).rows
    with pytest.raises(ValidationError, match="as many measured times"):
        Timings(stages={"a": long, "b": short}, rows=True)


@pytest.mark.parametrize("passes", [-0.1, 1.1, float("nan")])
def test_a_share_is_a_share(passes: float) -> None:
    with pytest.raises(ValidationError):
        StageTimes(work=ConstantTime(time_s=1.0), passes=passes)
