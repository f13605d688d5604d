"""What users write where it differs from the value it becomes.

A topology document names hardware and link presets and gives the differences; the value holds
everything spelled out. These models check the written form and give its JSON Schema.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, RootModel

from edge_aibench.config.values import (
    DataRate,
    Duration,
    EnergyPerBit,
    Name,
    Power,
    PresetName,
    Share,
    Value,
)
from edge_aibench.model.hardware import HardwareFacts
from edge_aibench.model.link import JitterLaw, LinkDirection
from edge_aibench.model.mobility import Mobility
from edge_aibench.model.outage import Outage
from edge_aibench.model.topology import Tier

PresetStatus = Literal["requirement", "measured", "judgement"]


def _without_default(schema: dict[str, Any]) -> None:
    # What is not written comes from the preset, not from a default of this form.
    schema.pop("default", None)


def _unless_written(default: Any, **options: Any) -> Any:
    return Field(default=default, json_schema_extra=_without_default, **options)


class JitterForm(Value):
    """How the delay varies: a law and its standard deviation."""

    law: JitterLaw = _unless_written("none")
    spread_s: Duration = _unless_written(0.0, alias="spread")


class EnergyForm(Value):
    """What a bit costs its sender, with what lies between the ends, and its receiver."""

    sending_j_per_bit: EnergyPerBit | None = _unless_written(None, alias="sending")
    receiving_j_per_bit: EnergyPerBit | None = _unless_written(None, alias="receiving")


class DirectionForm(Value):
    """What differs from the preset; `rate: null` is unlimited."""

    delay_s: Duration = _unless_written(0.0, alias="delay")
    jitter: JitterForm = _unless_written(JitterForm())
    loss: Share = _unless_written(0.0)
    rate_bps: DataRate | None = _unless_written(None, alias="rate")
    outage: Outage = _unless_written("none")
    energy: EnergyForm = _unless_written(EnergyForm())


class LinkForm(DirectionForm):
    """A link by preset, by value or both: what `up` or `down` says beats what the link says
    for both directions, and that beats the preset. It may move: by `mobility`, or by a `trace`,
    which is the path of a CSV file, relative to this one, or the text of such a file.
    """

    between: tuple[Name, Name]
    preset: PresetName | None = _unless_written(None)
    idle_power_w: Power | None = _unless_written(None, alias="idle-power")
    up: DirectionForm = _unless_written(DirectionForm())
    down: DirectionForm = _unless_written(DirectionForm())
    mobility: Mobility | None = _unless_written(None)
    trace: str | None = _unless_written(None)


class HardwareForm(HardwareFacts):
    """An entry of a hardware file: exactly one of `speed` and `yardstick`."""


class NamedHardwareForm(HardwareForm):
    """Hardware written where a name of known hardware could stand."""

    name: Name


class NodeForm(Value):
    """A group of nodes; `hardware` is a name from the hardware file or written in place."""

    tier: Tier
    count: Annotated[int, Field(ge=1)] | Literal["instances"] = 1
    kind: Literal["host", "switch"] = "host"
    hardware: Name | NamedHardwareForm | None = None
    broker: bool = False


class TopologyForm(Value):
    """A topology file."""

    name: Name
    title: str = ""
    nodes: dict[Name, NodeForm]
    links: dict[Name, LinkForm]


class PresetForm(DirectionForm):
    """An entry of a link preset file; *status* says what kind of evidence its delay has."""

    title: str
    status: PresetStatus
    source: str = Field(min_length=1)
    idle_power_w: Power | None = _unless_written(None, alias="idle-power")
    up: DirectionForm = _unless_written(DirectionForm())
    down: DirectionForm = _unless_written(DirectionForm())


class LinkPreset(Value):
    """A kind of link by name, each direction spelled out."""

    title: str
    status: PresetStatus
    source: str
    idle_power_w: Power | None = Field(default=None, alias="idle-power")
    up: LinkDirection
    down: LinkDirection


class PresetFile(RootModel[dict[PresetName, PresetForm]]):
    """Link presets by name."""


class HardwareFile(RootModel[dict[Name, HardwareForm]]):
    """Hardware by name."""
