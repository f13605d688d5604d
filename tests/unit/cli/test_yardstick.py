"""`edge-aibench yardstick`, and where hardware gets its speed on the way to a run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edge_aibench.api.choices import Choices, resolve
from edge_aibench.cli.notices import on_stderr
from edge_aibench.cli.plan import plan_view
from edge_aibench.config.document import parse_document, write_document
from edge_aibench.config.load import document_form
from edge_aibench.config.values import FROM_DOCUMENT
from edge_aibench.emulate.capacity import Expectation
from edge_aibench.inference import yardstick
from edge_aibench.inference.profile_file import Contention
from edge_aibench.inference.yardstick import MeasuredCalls, OwnYardstick
from edge_aibench.model.experiment import Experiment

Call = Callable[..., Any]

WARD = """\
name: ward
nodes:
  bedside: {tier: device, count: instances, hardware: raspberry-pi-4}
  edge: {tier: edge, hardware: nvidia-t4, broker: true}
  cloud: {tier: cloud, hardware: cloud-server, broker: true}
links:
  access: {between: [bedside, edge], preset: lan-1g}
  wan: {between: [edge, cloud], preset: wan-metro}
"""


class Machine:
    """A machine that takes 56 ms in float32 and 20 ms in int8, and counts how often it is asked."""

    def __init__(self) -> None:
        self.measured = 0
        self.contended = False

    def measure(self, processor: str) -> OwnYardstick:
        self.measured += 1
        contention = Contention(
            contended=self.contended, waiting_share=0.0, pressure=0.0, stolen_share=0.0
        )

        def calls(milliseconds: int) -> MeasuredCalls:
            wall_ns = [milliseconds * 1_000_000] * 30
            return MeasuredCalls(wall_ns=wall_ns, cpu_ns=wall_ns, contention=contention)

        return OwnYardstick(
            processor=processor, onnxruntime="1.0", float32=calls(56), int8=calls(20)
        )


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machine:
    made = Machine()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(yardstick, "measure_in_new_process", made.measure)
    return made


@pytest.fixture
def ward(tmp_path: Path) -> str:
    (tmp_path / "ward.yaml").write_text(WARD)
    return str(tmp_path / "ward.yaml")


def speeds(experiment: Experiment) -> dict[str, float]:
    nodes = experiment.topology.nodes
    return {name: group.hardware.speed for name, group in nodes.items() if group.hardware}


def test_the_command_shows_this_machine_and_every_entry(call: Call, machine: Machine) -> None:
    ending = call("yardstick")
    assert ending.code == 0
    assert "20 s" in ending.err
    assert "float32  p50 56.0" in ending.out
    assert "int8     p50 20.0" in ending.out
    row = next(line for line in ending.out.splitlines() if "raspberry-pi-4" in line)
    # 56 / 329.05 = 0.170
    assert row.split()[:6] == ["raspberry-pi-4", "0.17", "56", "ms", "329", "ms"]
    assert "MLPerf Inference v2.0, Krai" in row
    assert call("yardstick").err == ""
    assert machine.measured == 1


def test_again_measures_again(call: Call, machine: Machine) -> None:
    call("yardstick")
    assert "20 s" in call("yardstick", "--again").err
    assert machine.measured == 2


def test_json_holds_raw_times_and_sources(call: Call, machine: Machine) -> None:
    found = json.loads(call("yardstick", "--json").out)
    assert found["here"]["float32"]["wall_ns"] == [56_000_000] * 30
    entries = {entry["name"]: entry for entry in found["hardware"]}
    t4 = entries["nvidia-t4"]
    # int8 against int8: 20 ms here, 0.99757 ms there.
    assert t4["speed"] == pytest.approx(20 / 0.99757)
    assert (t4["here_s"], t4["there_s"], t4["precision"]) == (0.02, 0.00099757, "int8")
    assert "inference_results_v0.7" in t4["source"]
    assert entries["bedside-monitor"]["scaling"] == "scaled by a judged 0.25"
    assert entries["bedside-monitor"]["here_s"] is None


def test_a_disturbed_measurement_says_so_each_time(call: Call, machine: Machine) -> None:
    machine.contended = True
    assert "warning: something else had the processor" in call("yardstick").err
    ending = call("yardstick")
    assert "--again" in ending.err
    assert "CONTENDED" in ending.out


def test_a_resolved_experiment_holds_the_speed_and_where_it_is_from(
    machine: Machine, ward: str, capsys: pytest.CaptureFixture[str]
) -> None:
    experiment = resolve(Choices(scenario="icu", topology=ward), on_stderr())
    assert speeds(experiment) == {
        "bedside": pytest.approx(56 / 329.052669),
        "edge": pytest.approx(20 / 0.99757),
        "cloud": 1.0,
    }
    hardware = experiment.topology.nodes["bedside"].hardware
    assert hardware is not None
    assert hardware.yardstick is not None
    assert hardware.yardstick.here_s == 0.056
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "measuring ResNet-50" in captured.err


def test_the_plan_names_what_is_scaled(machine: Machine, ward: str) -> None:
    experiment = resolve(Choices(scenario="icu", topology=ward))
    expectation = Expectation(
        cores=2, undilated_use=0.1, use=0.1, proposed_dilation=20.1, service_s={}
    )
    board, accelerator = plan_view(experiment, expectation).scaled
    # 56 / 329.05 and 20 / 0.99757
    assert board.startswith("bedside: raspberry-pi-4, scaled by 0.17: ResNet-50 here 56 ms, there")
    assert board.endswith("329 ms, both float32 (MLPerf Inference v2.0, Krai)")
    assert accelerator.startswith("edge: nvidia-t4, scaled by 20: ResNet-50 here 20 ms, there")
    assert accelerator.endswith("998 us, both int8 (MLPerf Inference v0.7, NVIDIA)")


def test_quiet_is_quiet(machine: Machine, ward: str, capsys: pytest.CaptureFixture[str]) -> None:
    resolve(Choices(scenario="icu", topology=ward), on_stderr(quiet=True))
    assert capsys.readouterr().err == ""
    assert machine.measured == 1


def test_nothing_is_measured_without_need(machine: Machine, ward: str) -> None:
    resolve(Choices(scenario="icu"))
    assert machine.measured == 0
    settings = ("nodes.bedside.hardware=bedside-monitor", "nodes.edge.hardware=edge-server")
    resolve(Choices(scenario="icu", topology=ward, settings=settings))
    assert machine.measured == 0


def test_one_measurement_serves_all_nodes_and_later_runs(machine: Machine, ward: str) -> None:
    for _ in range(2):
        resolve(Choices(scenario="icu", topology=ward))
    assert machine.measured == 1


def test_a_saved_experiment_is_run_again_without_measuring(machine: Machine, ward: str) -> None:
    experiment = resolve(Choices(scenario="icu", topology=ward))
    saved = write_document(document_form(experiment))
    opened = parse_document(saved, "config.yaml").data
    again = Experiment.model_validate(opened, context=FROM_DOCUMENT)
    assert again == experiment
    assert speeds(again) == speeds(experiment)
    assert machine.measured == 1
