"""Everything that a simulation takes as known, measured on this machine in short runs."""

from __future__ import annotations

import json

import pytest

from edge_aibench.api.calibration_file import read_calibration
from edge_aibench.model.calibration import Calibration
from edge_aibench.model.time_law import MeasuredTimes, TimeLaw
from tests.emulation.conftest import EMPTY_WARD, Place

pytestmark = pytest.mark.emulation

OK_OR_INVALID = (0, 4)
# Bounds that hold on any machine: a message crosses two sockets and a broker (tens of
# microseconds at the least), and a machine on which it takes 50 ms measures something else.
LEAST_S, MOST_S = 20e-6, 50e-3
WARD = str(EMPTY_WARD.parents[1] / "tests" / "emulation" / "small_ward")


def _raw(law: TimeLaw) -> tuple[float, ...]:
    assert isinstance(law, MeasuredTimes)
    return law.measured_s


def _check_stages(found: Calibration) -> None:
    assert set(found.stages) == {"window", "first", "second", "bedside", "archive"}
    for name in ("first", "second"):
        work_s = _raw(found.stages[name].work)
        # They spin for 0.3 ms; 20 calls are wanted.
        assert len(work_s) >= 20
        assert min(work_s) >= 3e-4
        assert found.stages[name].payload_bytes == 4.0
    # The worker wakes up for the first stage of an observation.
    assert 0 < found.stages["window"].handling.mean_s < MOST_S
    assert found.rows


def _check_messages(found: Calibration) -> None:
    messages = found.messages
    assert {sized.payload_bytes for sized in messages.transfer} == {4, 8, 100, 10_000, 1_000_000}
    for sized in messages.transfer:
        assert min(_raw(sized.time)) > LEAST_S
        assert len(_raw(sized.time)) >= 30
    typical_s = {s.payload_bytes: sorted(_raw(s.time))[len(_raw(s.time)) // 2]
                 for s in messages.transfer}  # fmt: skip
    assert typical_s[4] < MOST_S
    # 10,000 times as many bytes do not come for nothing.
    assert typical_s[1_000_000] > 2 * typical_s[100]
    assert 0 < messages.encode.mean_s < 1e-3
    assert 0 < messages.publish.mean_s < 10e-3
    assert 5e-6 < messages.broker_s < 2e-3


def test_a_quick_calibration_is_whole_and_a_simulation_takes_it(place: Place) -> None:
    out = place.folder / "ward.json"
    ended = place.run(
        *("calibrate", WARD, "--quick", "--json", "--patients", "2", "--backend", "relay"),
        *("--runs", str(place.out), "--out", str(out)),
    )
    assert ended.code in OK_OR_INVALID, ended.err
    assert ("INVALID" in ended.err) == (ended.code == 4)
    found = read_calibration(out)
    assert json.loads(ended.out) == json.loads(out.read_text())
    _check_stages(found)
    _check_messages(found)
    assert found.environment["link_backend"] == "relay"
    assert found.environment["mosquitto"]
    assert found.environment["kernel"].startswith("Linux")
    assert (found.qos, found.other_qos) == (1, ())
    assert {entry.what for entry in found.measurements if entry.samples} == {
        "work", "handling", "encode", "publish", "transfer at QoS 1", "broker",
        "transfer by size at QoS 1",
    }  # fmt: skip
    assert sorted(found.sources) == sorted(folder.name for folder in place.out.iterdir())
    assert place.nothing_is_left(), place.snapshot()

    simulated = place.run(
        *("simulate", WARD, "--patients", "2", "--calibration", str(out), "--json"),
        *("--set", "sensors.monitor.arrivals.interval=10ms"),
        *("--out", str(place.folder / "simulated")),
    )
    assert simulated.code == 0, simulated.err
    summary = json.loads(simulated.out)
    distribution = summary["latency"]["e2e"]
    # Links of 2, 1 ms; 0.6 ms of work; three messages.
    assert 3.6 < distribution["mean"]["value"] < 100
    warnings = " ".join(summary["health"]["warnings"])
    assert "extrapolated: fullest worker at" in warnings
    assert "QoS" not in warnings
