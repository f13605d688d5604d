"""What is read out of a run is what the run was made with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.fidelity.observations import observe, without_jitter
from edge_aibench.model.experiment import Experiment
from edge_aibench.model.time_law import ConstantTime, UniformTime
from edge_aibench.model.timings import MessageTimes, SizedTime, StageTimes, Timings
from edge_aibench.record.opened import OpenedRun

Ward = Callable[..., Experiment]
Emulated = Callable[..., OpenedRun]

MESSAGES = MessageTimes(
    encode=ConstantTime(time_s=1e-4),
    publish=ConstantTime(time_s=2e-4),
    transfer=(SizedTime(payload_bytes=0.0, time=ConstantTime(time_s=5e-4)),),
)


def constant(**seconds: float) -> dict[str, StageTimes]:
    return {name: StageTimes(work=ConstantTime(time_s=time)) for name, time in seconds.items()}


KNOWN = Timings(stages=constant(window=2e-3, first=3e-3, second=4e-3), messages=MESSAGES)


@pytest.mark.parametrize("choice", ["edge", "device", "cloud"])
def test_work_and_messages_are_found_wherever_they_are(
    ward: Ward, emulated: Emulated, choice: str
) -> None:
    found = observe(emulated(ward(KNOWN, choice=choice)))
    for name, seconds in {"window": 2e-3, "first": 3e-3, "second": 4e-3}.items():
        assert found.stages[name].work_s == pytest.approx(np.full(found.count, seconds), abs=2e-9)
        # On the device no stage publishes, so that handing the observation over to the network
        # cannot be told from handling it.
        handled_s = 2e-4 if (choice, name) == ("device", "window") else 0.0
        assert found.stages[name].handling_s.max() == pytest.approx(handled_s, abs=2e-9)
        assert found.stages[name].passes == 1.0
    assert found.encode_s == pytest.approx(np.full(len(found.encode_s), 1e-4), abs=2e-9)
    for times_s in found.transfer_s.values():
        # Two messages at once wait for one another on a wire: only the least is unhindered.
        assert times_s.min() == pytest.approx(5e-4, abs=2e-9)


def test_handing_a_message_over_is_seen_before_the_next_stage_of_a_request(
    ward: Ward, emulated: Emulated
) -> None:
    run = emulated(ward(KNOWN))
    assert run.requests is not None
    # `first` is published before `second` runs, for each request, those of the warm-up too.
    expected = np.full(len(run.requests), 2e-4)
    assert observe(run).publish_s == pytest.approx(expected, abs=2e-9)


def test_work_is_that_of_hardware_with_speed_1(ward: Ward, emulated: Emulated) -> None:
    found = observe(emulated(ward(KNOWN, choice="device", device_speed=0.25)))
    assert found.stages["first"].work_s == pytest.approx(np.full(found.count, 3e-3), abs=2e-9)


def test_the_use_of_the_fullest_worker_is_work_times_rate(ward: Ward, emulated: Emulated) -> None:
    found = observe(emulated(ward(KNOWN)))
    # 3 patients, 10 a second each, 9 ms of work.
    assert found.worker_use == pytest.approx(3 * 10 * 9e-3, rel=0.01)


def test_the_log_holds_what_each_request_took_in_the_order_of_the_schedule(
    ward: Ward, emulated: Emulated
) -> None:
    varied = Timings(
        stages={"first": StageTimes(work=UniformTime(shortest_s=1e-3, longest_s=9e-3))}
    )
    run = emulated(ward(varied))
    found = observe(run)
    assert found.log is not None
    assert run.hops is not None
    assert run.requests is not None
    order = run.requests.sort_values(["scheduled_ns", "request"])["request"]
    served = run.hops[(run.hops["kind"] == "service") & (run.hops["stage"] == "first")]
    took = (served.set_index("request")["end_ns"] - served.set_index("request")["start_ns"]) / 1e9
    assert found.log.columns["first"] == pytest.approx(took.reindex(order).to_numpy(), abs=2e-9)


def test_a_simulated_run_calibrates_nothing(ward: Ward, emulated: Emulated) -> None:
    run = emulated(ward(KNOWN))
    assert run.summary is not None
    simulated = replace(run, summary=run.summary.model_copy(update={"engine": "simulate"}))
    with pytest.raises(ConfigError, match="was not emulated"):
        observe(simulated)
    with pytest.raises(ConfigError, match="holds no tables"):
        observe(replace(run, hops=None))


def test_the_jitter_of_links_is_taken_out_of_the_spread_and_not_of_the_mean() -> None:
    rest_s = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    # Its variance is 2; of that, 1.5 are the links'.
    found = without_jitter(rest_s, 1.5)
    assert found.mean() == pytest.approx(3.0)
    assert found.var() == pytest.approx(0.5)
    assert without_jitter(rest_s, 99.0).tolist() == [3.0] * 5
