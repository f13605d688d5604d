"""One document from what was measured apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from edge_aibench import rng
from edge_aibench.api.timings import TimingChoices, timings
from edge_aibench.emulate.rehearsal import Rehearsal
from edge_aibench.fidelity.measured import Measured, beside
from edge_aibench.fidelity.observations import RunObservations, StageObservations
from edge_aibench.model.calibration import Calibration, Situation
from edge_aibench.model.experiment import Experiment
from edge_aibench.model.time_law import MeasuredTimes, TimeLaw

Ward = Callable[..., Experiment]

CALLS_S = {
    "window": [1e-3, 2e-3, 3e-3],
    "first": [4e-3, 5e-3, 6e-3],
    "second": [7e-3, 8e-3, 9e-3],
    "bedside": [0.0, 0.0, 0.0],
    "archive": [1e-4, 1e-4, 1e-4],
}
REHEARSAL = Rehearsal(
    service_s={name: float(np.mean(calls)) for name, calls in CALLS_S.items()},
    calls_s=CALLS_S,
    speaks={"first": 0.5},
)


def _stage(handling_s: list[float], payload_bytes: float | None = None) -> StageObservations:
    number = len(handling_s)
    return StageObservations(
        requests=np.arange(number),
        work_s=np.full(number, 1e-6),
        handling_s=np.array(handling_s),
        marginal=1.0,
        passes=1.0,
        payload_bytes=payload_bytes,
    )


def measured(experiment: Experiment, **said: Any) -> Measured:
    null = RunObservations(
        run="null-run",
        experiment=experiment,
        stages={
            "window": _stage([1e-4, np.nan, 3e-4]),
            "first": _stage([0.0, 0.0], 12.0),
            "second": _stage([1e-5], 12.0),
        },
        encode_s=np.array([1e-5, 3e-5]),
        publish_s=np.array([2e-5]),
        transfer_s={12: np.array([3e-4, 5e-4]), 144: np.array([4e-4])},
        rough_transfer_s={},
        worker_use=0.02,
        host_use=0.1,
        requests=np.arange(3),
        due_s=np.arange(3.0),
        encode_by_size_s={144: np.array([3e-5])},
    )
    known: dict[str, Any] = {
        "experiment": experiment,
        "rehearsal": REHEARSAL,
        "null": null,
        "transfer_s": {
            1: {11: np.array([9e-4]), 1000: np.array([6e-4])},
            0: {11: np.array([2e-4]), 1000: np.array([3e-4])},
        },
        "broker_s": 5e-5,
        "broker_messages": 700,
        "sources": ("null-run",),
    }
    return Measured(**{**known, **said})


def calibration(found: Measured) -> Calibration:
    return found.calibration(made_utc="2026-01-01T00:00:00Z", environment={"cores": 2})


def raw(law: TimeLaw) -> tuple[float, ...]:
    assert isinstance(law, MeasuredTimes)
    return law.measured_s


def test_work_is_that_of_the_rehearsal_call_by_call(ward: Ward) -> None:
    found = calibration(measured(ward()))
    for name, calls_s in CALLS_S.items():
        assert raw(found.stages[name].work) == tuple(calls_s)
    assert found.rows
    assert found.stages["first"].passes == 0.5
    assert found.stages["first"].payload_bytes == 12.0


def test_what_surrounds_work_stands_beside_it(ward: Ward) -> None:
    found = calibration(measured(ward()))
    # Two times known of three that are needed: the first of them, by rank, twice, and their mean.
    handled_s = raw(found.stages["window"].handling)
    assert len(handled_s) == 3
    assert np.mean(handled_s) == pytest.approx(2e-4)
    assert max(handled_s) / min(handled_s) == pytest.approx(3.0)
    assert raw(found.stages["first"].handling) == (0.0,) * 3
    # Nothing was seen of it.
    assert found.stages["archive"].handling.mean_s == 0.0


def test_stages_that_did_not_work_in_each_round_have_no_rows(ward: Ward) -> None:
    calls_s = {**CALLS_S, "second": [7e-3]}
    rehearsal = Rehearsal(service_s=REHEARSAL.service_s, calls_s=calls_s)
    found = calibration(measured(ward(), rehearsal=rehearsal))
    assert not found.rows
    assert raw(found.stages["window"].handling) == (1e-4, 3e-4)


def test_messages_of_the_scenario_come_before_those_of_the_same_size(ward: Ward) -> None:
    found = calibration(measured(ward()))
    # 11 B is within a tenth of the 12 B that the scenario's own hosts sent.
    assert {s.payload_bytes: raw(s.time) for s in found.messages.transfer} == {
        12.0: (3e-4, 5e-4),
        144.0: (4e-4,),
        1000.0: (6e-4,),
    }
    assert raw(found.messages.encode) == (1e-5, 3e-5)
    assert found.messages.mean_encode_s(144.0) == pytest.approx(3e-5)
    assert raw(found.messages.publish) == (2e-5,)
    assert found.messages.broker_s == 5e-5


def test_the_other_qos_is_kept_apart(ward: Ward) -> None:
    found = calibration(measured(ward()))
    assert found.qos == 1
    assert [raw(s.time) for s in found.messages_at(0).transfer] == [(2e-4,), (3e-4,)]
    assert found.messages_at(1) == found.messages
    only = calibration(measured(ward(), transfer_s={1: {}}))
    assert only.other_qos == ()


def test_it_knows_how_little_it_saw(ward: Ward) -> None:
    found = calibration(measured(ward()))
    run = Situation(
        worker_use=0.5,
        instances=3,
        payload_bytes=(12.0,),
        placed=ward().placement.groups,
        dilation=1.0,
        qos=1,
    )
    assert found.outside(run) == ("fullest worker at 50%, calibrated from 0% to 2%",)


def test_it_says_how_things_were_measured_and_what_stands_against_it(ward: Ward) -> None:
    found = calibration(measured(ward(), warnings=("null stages INVALID: too busy",)))
    samples = {entry.what: entry.samples for entry in found.measurements}
    assert samples == {
        "work": 15,
        "handling": 5,
        "encode": 2,
        "publish": 1,
        "transfer at QoS 1": 3,
        "broker": 700,
        "transfer by size at QoS 1": 2,
        "transfer by size at QoS 0": 2,
    }
    assert found.warnings == ("null stages INVALID: too busy",)


def test_a_simulation_takes_all_of_it(ward: Ward) -> None:
    found = calibration(measured(ward()))
    choices = TimingChoices(calibrated=found.timings(1.0))
    assert timings(ward(), choices) == found.timings(1.0)


def test_values_beside_others_keep_their_mean_and_their_share() -> None:
    values_s = np.array([3.0, 1.0, 2.0])
    generator = rng.stream(1, "test")
    assert sorted(raw(beside(values_s, 6, generator))) == [1.0, 1.0, 2.0, 2.0, 3.0, 3.0]
    fewer = raw(beside(np.arange(1.0, 101.0), 10, generator))
    assert np.mean(fewer) == pytest.approx(50.5)
    assert fewer != tuple(sorted(fewer))
    assert raw(beside(np.zeros(0), 2, generator)) == (0.0, 0.0)
