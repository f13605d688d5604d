"""What a node computes with, and how fast that is: by a yardstick, or by judgement.

A speed is relative to one core of the machine that runs the experiment. A *yardstick* makes it
mean the same on every machine: the published time of a standard network on that hardware. The
machine that runs the experiment measures the same network itself, and the ratio is the speed.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from edge_aibench.config.values import (
    BrokenRuleError,
    Duration,
    Money,
    Name,
    Power,
    Size,
    Value,
)
from edge_aibench.errors import ConfigError, InternalError
from edge_aibench.units import format_duration

YardstickNetwork = Literal["resnet-50"]
Precision = Literal["float32", "float16", "int8"]
OwnPrecision = Literal["float32", "int8"]
"""What the yardstick is measured in here: ONNX Runtime has no fast float16 on a processor."""

RuntimeName = Literal["litert", "onnxruntime", "tensorflow", "torch"]

LARGEST_SPEED: Final = 100_000
_TITLES: Final[dict[YardstickNetwork, str]] = {"resnet-50": "ResNet-50"}
# A saved speed reads back to the last digit; this allows for one written by hand.
_SAME_SPEED: Final = 1e-3


class Yardstick(Value):
    """The time of one pass of a standard network, one sample at a time, on some hardware.

    *origin* names in a few words who published it; *here_s* is the time of the same network on
    one core of the machine that runs the experiment, None as long as nobody has measured it.
    """

    network: YardstickNetwork = "resnet-50"
    time_s: Duration = Field(alias="time", gt=0)
    precision: Precision
    runtime: str = Field(min_length=1)
    origin: str = Field(min_length=1)
    here_s: Duration | None = Field(default=None, alias="here", gt=0)

    @property
    def own_precision(self) -> OwnPrecision:
        """The precision in which the network is measured here."""
        return "int8" if self.precision == "int8" else "float32"


class HardwareFacts(Value):
    """What is known of some hardware: its speed, or a yardstick to work it out from.

    Saved with an experiment it has both: the yardstick with the time measured, and the speed
    that follows. *cores* are those of the processor; powers are of the whole machine, busy with
    all of its cores or its accelerator. *price_per_hour* is what having it costs for an hour.
    *runtimes* are those that run on it, None any: `place` puts no network where none of its own do,
    and no stage at all where there is none.
    """

    stated_speed: Annotated[float, Field(gt=0, le=LARGEST_SPEED)] | None = Field(
        default=None, alias="speed"
    )
    yardstick: Yardstick | None = None
    memory_bytes: Size | None = Field(default=None, alias="memory")
    cores: Annotated[int, Field(ge=1)] | None = None
    busy_power_w: Power | None = Field(default=None, alias="busy-power")
    idle_power_w: Power | None = Field(default=None, alias="idle-power")
    price_per_hour: Money | None = Field(default=None, alias="price-per-hour")
    runtimes: tuple[RuntimeName, ...] | None = None
    source: str = ""

    @property
    def stages_at_once(self) -> int:
        """How many stages at work load the whole machine, and make it take its busy power.

        A yardstick's time takes the whole machine; a speed is that of one core.
        """
        return 1 if self.yardstick is not None else (self.cores or 1)

    @model_validator(mode="after")
    def _busy_takes_more(self) -> Self:
        busy_w, idle_w = self.busy_power_w, self.idle_power_w
        if busy_w is not None and idle_w is not None and busy_w < idle_w:
            raise BrokenRuleError(
                "a busy machine takes no less than an idle one",
                key=("busy-power",),
                others=[("idle-power",)],
                value=f"busy {busy_w:g} W, idle {idle_w:g} W",
                next_step="check which of the two powers is which",
            )
        return self

    @model_validator(mode="after")
    def _speed_or_yardstick(self) -> Self:
        speed, yardstick = self.stated_speed, self.yardstick
        if yardstick is None and speed is None:
            raise BrokenRuleError(
                "hardware needs a speed or a yardstick",
                key=("speed",),
                next_step="add 'speed: 1' for a machine as fast as this one, or a yardstick "
                "(topologies/README.md says what that is)",
            )
        if yardstick is None:
            return self
        if yardstick.here_s is None and speed is not None:
            raise BrokenRuleError(
                "speed and yardstick exclude each other",
                key=("speed",),
                value=speed,
                next_step="drop one of them: a yardstick gives the speed",
            )
        if yardstick.here_s is not None:
            follows = yardstick.here_s / yardstick.time_s
            if speed is None or abs(speed / follows - 1) > _SAME_SPEED:
                raise BrokenRuleError(
                    f"must be the yardstick's 'here' over its 'time', {follows:.6g}",
                    key=("speed",),
                    value=speed,
                    next_step="drop 'speed' and 'here': they are worked out anew",
                )
        return self


class Hardware(HardwareFacts):
    """What a node computes with."""

    name: Name

    @property
    def speed(self) -> float:
        """How many times as fast as one core of the machine that runs the experiment."""
        if self.stated_speed is None:
            raise InternalError(f"nobody has worked out the speed of '{self.name}'")
        return self.stated_speed

    @property
    def open_yardstick(self) -> Yardstick | None:
        """The yardstick that still has to be measured here, None if the speed is known."""
        return self.yardstick if self.stated_speed is None else None

    def measured_here(self, here_s: float) -> Self:
        """The same with its speed, from the yardstick's time *here_s* on this machine.

        Raises ConfigError if that makes it impossibly fast.
        """
        if self.yardstick is None:
            raise InternalError(f"'{self.name}' has no yardstick")
        speed = here_s / self.yardstick.time_s
        if speed > LARGEST_SPEED:
            raise ConfigError(
                f"makes it {speed:.3g} times as fast as this machine; at most "
                f"{LARGEST_SPEED} is taken",
                where=f"hardware {self.name}",
                key="yardstick.time",
                value=format_duration(self.yardstick.time_s),
                next_step="check the unit of the time",
            )
        yardstick = self.yardstick.model_copy(update={"here_s": here_s})
        return self.model_copy(update={"stated_speed": speed, "yardstick": yardstick})

    @property
    def scaling(self) -> str:
        """How service times of this machine become those of a node, in words; "" if they are.

        They are never called measured: nobody has run a task on that hardware.
        """
        yardstick = self.yardstick
        if yardstick is None:
            return "" if self.stated_speed == 1 else f"scaled by a judged {self.speed:g}"
        if yardstick.here_s is None:
            return "scaled by a yardstick that is not measured yet"
        here, there = format_duration(yardstick.here_s), format_duration(yardstick.time_s)
        if yardstick.precision == yardstick.own_precision:
            there = f"{there}, both {yardstick.precision}"
        else:
            here, there = (
                f"{here} in {yardstick.own_precision}",
                f"{there} in {yardstick.precision}",
            )
        title = _TITLES[yardstick.network]
        return (
            f"scaled by {self.speed:.3g}: {title} here {here}, there {there} ({yardstick.origin})"
        )
