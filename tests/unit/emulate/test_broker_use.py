"""How busy brokers are, by the processor time of their processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

import pytest

from edge_aibench.emulate import broker_use
from edge_aibench.emulate.broker_use import BrokerTimes
from edge_aibench.emulate.kernel import cpu_time_s


@dataclass
class _Broker:
    host: str
    pid: int


def test_the_load_is_the_time_at_work_as_a_share_of_the_messages_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken_s: dict[int, float | None] = {1: 2.0, 2: 5.0, 3: 1.0}
    monkeypatch.setattr(broker_use, "cpu_time_s", taken_s.get)
    brokers: Any = [_Broker("edge", 1), _Broker("cloud", 2), _Broker("lost", 3)]
    before = BrokerTimes.now(brokers)
    taken_s |= {1: 2.5, 2: 5.25, 3: None}
    edge, cloud = before.loads_until(BrokerTimes.now(brokers), wall_s=10.0)
    assert (edge.kind, edge.place, edge.title) == ("broker", "edge", "broker of edge")
    assert (edge.share, cloud.share) == (0.05, 0.025)
    assert not edge.grows


def test_processor_time_grows_with_work_and_not_with_sleep() -> None:
    began_s, own_s = time.process_time(), cpu_time_s(os.getpid())
    while time.process_time() < began_s + 0.02:
        pass
    after_s = cpu_time_s(os.getpid())
    assert own_s is not None
    assert after_s is not None
    assert own_s == pytest.approx(began_s, abs=0.01)
    assert after_s - own_s == pytest.approx(0.02, abs=0.01)


def test_a_process_that_is_gone_has_none() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert cpu_time_s(process.pid) is None
