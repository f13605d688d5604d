"""What a simulated run takes as known: how long work and messages take, and what they carry.

An emulated run needs none of it, since there things take the time they take. Where the figures
come from (a law of the user's, a profile, a calibration on this machine) is kept in words.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from edge_aibench.config.values import BrokenRuleError, DocumentValue, Name, Size
from edge_aibench.model.time_law import (
    NO_TIME,
    MeasuredTimes,
    Second,
    TimeLaw,
    TimesText,
)


class SizedTime(DocumentValue):
    """The time of messages with *payload_bytes*."""

    payload_bytes: Size = Field(alias="payload")
    time: TimeLaw


def between(
    sized: tuple[SizedTime, ...], payload_bytes: float
) -> tuple[SizedTime, SizedTime, float]:
    """The measured sizes below and above *payload_bytes*, and how far it lies between them."""
    low = max(
        (s for s in sized if s.payload_bytes <= payload_bytes),
        default=sized[0],
        key=lambda s: s.payload_bytes,
    )
    high = min(
        (s for s in sized if s.payload_bytes > payload_bytes),
        default=sized[-1],
        key=lambda s: s.payload_bytes,
    )
    if high.payload_bytes <= low.payload_bytes or payload_bytes <= low.payload_bytes:
        return low, low, 0.0
    gap = high.payload_bytes - low.payload_bytes
    return low, high, (payload_bytes - low.payload_bytes) / gap


class StageTimes(DocumentValue):
    """One stage: its work on hardware of speed 1, and its output.

    *work* is divided by the speed of the node's hardware, unless *scaled* says that it is that
    hardware's own time already. *handling* is what the worker does around it whatever its hardware:
    waking up for the request and reading its inputs. *passes* is the share of requests to which the
    stage has something to say; *payload_bytes* is the mean size of an output where it is not the
    declared one.
    """

    work: TimeLaw
    scaled: bool = False
    handling: TimeLaw = NO_TIME
    passes: Annotated[float, Field(ge=0, le=1)] = 1.0
    payload_bytes: Size | None = Field(default=None, alias="payload")
    source: str = ""


class MessageTimes(DocumentValue):
    """What a message takes besides the links that it crosses.

    *encode* is the maker's work until a message is ready, or *encode_by_size* where it is known by
    size, *publish* its work to hand it over; both keep the worker of the stage. *transfer* is the
    rest of the way from the handing to the receiver's callback, by size. A message between two
    sizes takes what lies between their quantiles. The transfer keeps nobody else from going on, but
    for *broker_s* of it, for which the broker works on one message alone.
    """

    encode: TimeLaw = NO_TIME
    encode_by_size: tuple[SizedTime, ...] = ()
    publish: TimeLaw = NO_TIME
    transfer: tuple[SizedTime, ...] = ()
    broker_s: Second = Field(default=0.0, alias="broker")
    source: str = "none: messages take no time besides the links"

    @model_validator(mode="after")
    def _sizes_rise(self) -> Self:
        for key, times in (("transfer", self.transfer), ("encode-by-size", self.encode_by_size)):
            sizes = [sized.payload_bytes for sized in times]
            if sizes != sorted(set(sizes)):
                raise BrokenRuleError("must rise from size to size", key=(key,), value=sizes)
        return self

    def mean_encode_s(self, payload_bytes: float) -> float:
        """The mean time to make a message of *payload_bytes* ready."""
        if not self.encode_by_size:
            return self.encode.mean_s
        low, high, share = between(self.encode_by_size, payload_bytes)
        return low.time.mean_s + (high.time.mean_s - low.time.mean_s) * share


class Replay(DocumentValue):
    """Service times of a log: column *stage* holds one time in seconds for each request, in the
    order in which requests are scheduled.
    """

    rows: Annotated[int, Field(ge=1)]
    columns: dict[Name, TimesText] = Field(min_length=1)
    source: str = ""

    @model_validator(mode="after")
    def _columns_are_whole(self) -> Self:
        for stage, times in self.columns.items():
            if len(times) != self.rows:
                raise BrokenRuleError(
                    f"must hold {self.rows} times like the others",
                    key=("columns", stage),
                    value=len(times),
                )
        return self


class Moments(DocumentValue):
    """When rows were measured, so that what was slow in a row of requests is slow in a row again.

    *at_s* is when each row's request was due, rising. A run takes *stretch_s* at a time from a
    place in it that is drawn anew for each, and within the stretch the rows of the same moment:
    any of those within *near_s*.
    """

    at_s: TimesText = Field(min_length=1, alias="at")
    stretch_s: Annotated[Second, Field(gt=0)] = Field(alias="stretch")
    near_s: Second = Field(default=0.0, alias="near")

    @model_validator(mode="after")
    def _instants_rise(self) -> Self:
        falls = [i for i in range(1, len(self.at_s)) if self.at_s[i] < self.at_s[i - 1]]
        if falls:
            raise BrokenRuleError("must not fall", key=("at", falls[0]), value=self.at_s[falls[0]])
        return self


class Timings(DocumentValue):
    """All of it; stages that are not named take no time.

    With *rows* the measured times of stages at one position belong together: each request draws one
    position for all of them, so that what was slow together stays slow together. With *moments* so
    do requests that are due shortly after one another. Messages keep draws of their own.
    """

    stages: dict[Name, StageTimes] = Field(default_factory=dict)
    messages: MessageTimes = MessageTimes()
    replay: Replay | None = None
    rows: bool = False
    moments: Moments | None = None

    @model_validator(mode="after")
    def _rows_are_as_long(self) -> Self:
        lengths = {
            len(law.measured_s)
            for law in (
                *(s.work for s in self.stages.values()),
                *(s.handling for s in self.stages.values()),
            )
            if isinstance(law, MeasuredTimes)
        }
        if self.rows and len(lengths) > 1:
            raise BrokenRuleError(
                "needs as many measured times of everything", key=("rows",), value=sorted(lengths)
            )
        if self.moments is not None and lengths not in (set(), {len(self.moments.at_s)}):
            raise BrokenRuleError(
                "needs one instant a row", key=("moments", "at"), value=len(self.moments.at_s)
            )
        if self.moments is not None and not self.rows:
            raise BrokenRuleError("are those of rows", key=("moments",), value="rows: false")
        return self
