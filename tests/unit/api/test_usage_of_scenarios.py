"""A run with tables and a run without used as much, whatever the scenario and the placement."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import edge_aibench as eb

# The home's sensors are on unlike devices: a tier does not say which one.
OF_THE_HOME = "face=doorbell,speech=speaker"


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """All single values below *value*, by their path."""
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in entries:
        if isinstance(inner, (dict, list)):
            yield from leaves(inner, f"{path}/{key}")
        else:
            yield f"{path}/{key}", inner


@pytest.mark.parametrize("place", ["device", "edge", "cloud"])
@pytest.mark.parametrize("scenario", ["icu", "vehicle", "camera", "home"])
def test_energy_cost_and_bytes_are_those_of_the_tables(scenario: str, place: str) -> None:
    def used(record: Any) -> dict[str, Any]:
        summary = eb.simulate(
            scenario,
            instances=3,
            place=OF_THE_HOME if (scenario, place) == ("home", "device") else place,
            duration_s=4.0,
            warmup_s=1.0,
            service={"all": "exponential 2 ms"},
            record=record,
        ).summary
        return dict(leaves(summary.model_dump(mode="json", include={"energy", "cost", "traffic"})))

    full, summary = used("full"), used("summary")
    assert full["/energy/busy_j"] > 0
    assert summary == {
        key: pytest.approx(value, rel=1e-9) if isinstance(value, float) else value
        for key, value in full.items()
    }
