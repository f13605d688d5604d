"""The scenario's own parameters: their names, ranges and defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge_aibench.errors import ConfigError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge_aibench.model.scenario import Parameter, Scenario


@dataclass(frozen=True, kw_only=True)
class NumberRange:
    """What a number may be; *whole* if it counts something."""

    default: float
    low: float
    high: float
    whole: bool = False

    def check(self, value: Parameter, *, where: str, key: str) -> float:
        """Give *value* as a number; raises ConfigError for one out of range, or for no number."""
        kinds = "a whole number" if self.whole else "a number"
        number = isinstance(value, int if self.whole else int | float)
        if not number or isinstance(value, bool) or not self.low <= float(value) <= self.high:
            raise ConfigError(
                f"must be {kinds} from {self.low:g} to {self.high:g}",
                where=where,
                key=key,
                value=value,
                next_step=f"the scenario's own is {self.default:g}",
            )
        return float(value)


RANGES: Final[Mapping[str, Mapping[str, NumberRange]]] = {
    "compress": {"jpeg-quality": NumberRange(default=85, low=1, high=100, whole=True)},
    "detect": {
        "smallest": NumberRange(default=12, low=6, high=200, whole=True),
        "likeness": NumberRange(default=0.9, low=0.5, high=1.0),
    },
    "traffic-sign": {"least-length": NumberRange(default=0.4, low=0.0, high=1.0)},
}
"""By stage: JPEG quality; a region's least height in pixels and its likeness to a sign's shape;
the length of a capsule below which a region is no sign."""


def read_parameters(scenario: Scenario) -> dict[str, dict[str, float]]:
    """All parameters by stage, with defaults; raises ConfigError for an unknown name or value."""
    for name, stage in scenario.stages.items():
        for key in stage.parameters:
            if key not in RANGES.get(name, {}):
                raise unknown_name(
                    "parameter", key, RANGES.get(name, {}), where=f"scenario vehicle: stages.{name}"
                )
    for name, sensor in scenario.sensors.items():
        for key in sensor.parameters:
            raise unknown_name("parameter", key, (), where=f"scenario vehicle: sensors.{name}")
    return {
        name: {
            key: wanted.check(
                scenario.stages[name].parameters.get(key, wanted.default),
                where=f"scenario vehicle: stages.{name}.parameters",
                key=key,
            )
            for key, wanted in ranges.items()
        }
        for name, ranges in RANGES.items()
        if name in scenario.stages
    }
