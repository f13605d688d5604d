"""Hardware: a speed, or a yardstick that gives one."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from edge_aibench.config.load import document_form
from edge_aibench.config.values import FROM_DOCUMENT, Amount
from edge_aibench.errors import ConfigError, InternalError
from edge_aibench.model.hardware import LARGEST_SPEED, Hardware

YARDSTICK = {"time": "448 ms", "precision": "float32", "runtime": "some", "origin": "somebody"}


def hardware(**keys: Any) -> Hardware:
    """A piece of hardware as a user writes it."""
    return Hardware.model_validate({"name": "box", **keys}, context=FROM_DOCUMENT)


def board(**changes: Any) -> Hardware:
    return hardware(yardstick={**YARDSTICK, **changes})


def test_the_speed_is_the_time_here_over_the_published_one() -> None:
    # 56 ms here and 448 ms there: an eighth.
    known = board().measured_here(0.056)
    assert known.speed == pytest.approx(0.125)
    assert known.yardstick is not None
    assert known.yardstick.here_s == 0.056
    assert known.open_yardstick is None


def test_before_it_is_measured_there_is_no_speed() -> None:
    unmeasured = board()
    assert unmeasured.open_yardstick == unmeasured.yardstick
    with pytest.raises(InternalError, match="'box'"):
        _ = unmeasured.speed


def test_hardware_without_a_yardstick_is_not_scaled_by_one() -> None:
    assert hardware(speed=2).open_yardstick is None
    with pytest.raises(InternalError, match="no yardstick"):
        hardware(speed=2).measured_here(0.056)


@pytest.mark.parametrize(
    ("keys", "rule"),
    [
        ({}, "needs a speed or a yardstick"),
        ({"speed": 1, "yardstick": YARDSTICK}, "exclude each other"),
        ({"yardstick": {**YARDSTICK, "here": "56 ms"}}, r"must be .* 0\.125"),
        ({"yardstick": {**YARDSTICK, "here": "56 ms"}, "speed": 0.13}, r"must be .* 0\.125"),
        ({"yardstick": {**YARDSTICK, "time": "0 s"}}, "greater than 0"),
        ({"yardstick": {**YARDSTICK, "time": 448}}, "with a unit|in one of"),
        ({"yardstick": {**YARDSTICK, "precision": "int4"}}, "float32"),
        ({"yardstick": {**YARDSTICK, "origin": ""}}, "at least 1 character"),
        ({"speed": 1, "busy-power": "5"}, "in one of mW, W, kW"),
        ({"speed": 1, "busy-power": "5 W", "idle-power": "6 W"}, "no less than an idle one"),
        ({"speed": 1, "price-per-hour": "0.42"}, "three letters"),
        ({"speed": 1, "price-per-hour": 0.42}, "three letters"),
        ({"speed": 1, "price-per-hour": "-1 USD"}, "three letters"),
        ({"speed": 1, "price-per-hour": "1 dollar"}, "three letters"),
        ({"speed": 1, "price-per-hour": "1e999 USD"}, "finite"),
        ({"speed": 1, "cores": 0}, "greater than or equal to 1"),
    ],
)
def test_what_contradicts_itself_is_refused(keys: dict[str, Any], rule: str) -> None:
    with pytest.raises(ValidationError, match=rule):
        hardware(**keys)


def test_a_price_has_a_currency() -> None:
    box = hardware(speed=1, **{"price-per-hour": " 0.42 USD"})
    assert box.price_per_hour == Amount(0.42, "USD")
    assert document_form(box)["price-per-hour"] == "0.42 USD"


def test_a_yardstick_takes_the_whole_machine_and_a_speed_one_core() -> None:
    assert hardware(speed=1).stages_at_once == 1
    assert hardware(speed=1, cores=16).stages_at_once == 16
    assert hardware(yardstick=YARDSTICK, cores=16).stages_at_once == 1


def test_a_time_in_the_wrong_unit_is_noticed() -> None:
    # 56 ms here over 448 ns there would be 125,000 times as fast.
    with pytest.raises(ConfigError, match=r"1\.25e\+05 times as fast") as caught:
        board(time="448 ns").measured_here(0.056)
    assert caught.value.key == "yardstick.time"
    assert str(LARGEST_SPEED) in str(caught.value)


@pytest.mark.parametrize(
    ("precision", "own"), [("float32", "float32"), ("float16", "float32"), ("int8", "int8")]
)
def test_like_is_compared_with_like_where_both_exist(precision: str, own: str) -> None:
    yardstick = board(precision=precision).yardstick
    assert yardstick is not None
    assert yardstick.own_precision == own


def test_how_it_was_scaled_is_said_with_both_times_and_their_origin() -> None:
    assert board().measured_here(0.056).scaling == (
        "scaled by 0.125: ResNet-50 here 56 ms, there 448 ms, both float32 (somebody)"
    )
    assert board(precision="float16").measured_here(0.056).scaling == (
        "scaled by 0.125: ResNet-50 here 56 ms in float32, there 448 ms in float16 (somebody)"
    )
    assert board().scaling == "scaled by a yardstick that is not measured yet"


def test_a_speed_by_judgement_is_called_that() -> None:
    assert hardware(speed=0.25).scaling == "scaled by a judged 0.25"
    assert hardware(speed=1).scaling == ""


def test_nothing_scaled_is_called_measured() -> None:
    for scaled in (board().measured_here(0.056), hardware(speed=0.25)):
        assert "measured" not in scaled.scaling


def test_saved_with_its_speed_it_reads_back_unchanged() -> None:
    known = board(time="329.052669 ms").measured_here(0.0551234567)
    form = document_form(known)
    assert form["yardstick"]["here"] == "0.0551234567 s"
    assert Hardware.model_validate(form, context=FROM_DOCUMENT) == known
