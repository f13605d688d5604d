"""The scenario that `init` writes, at work without a network."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edge_aibench.api.choices import Choices, resolve
from edge_aibench.api.components import load_components
from edge_aibench.cli import main
from edge_aibench.config.document import write_document
from edge_aibench.config.load import document_form
from edge_aibench.config.values import FROM_DOCUMENT
from edge_aibench.errors import ConfigError, RunError
from edge_aibench.inference.profile_file import TaskProfile, write_profile
from edge_aibench.model.experiment import Experiment
from edge_aibench.testing.play import play


def change(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new))


def test_its_own_test_passes(written: Path) -> None:
    command = [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    ended = subprocess.run(
        [*command, "test_stages.py"], cwd=written, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout
    assert "1 passed" in ended.stdout


def test_the_network_finds_the_amplitude(written: Path) -> None:
    # By the definition of the discrete Fourier transform: a wave of amplitude a gives a, waves of
    # other whole numbers of cycles and a constant give nothing.
    played = play(written, observations=20)
    cycles = 9 * np.arange(64) / 64
    for request, signal in played.outputs["accelerometer"].items():
        expected = abs(np.sum(np.float64(signal) * np.exp(-2j * math.pi * cycles))) * 2 / 64
        assert float(played.outputs["bearing"][request]) == pytest.approx(expected, abs=1e-5)
        assert float(np.mean(played.outputs["centre"][request])) == pytest.approx(0, abs=1e-5)


def test_as_many_answers_are_right_as_the_noise_lets_be(written: Path) -> None:
    # Noise of 0.6 in 64 readings leaves an error of sqrt(2 / 64) 0.6 = 0.106 in the amplitude.
    # Amplitudes are uniform in 0..1, so the share on the wrong side of 0.5 is the mean of the
    # error's absolute value, sqrt(2 / pi) 0.106 = 0.085; over 500 its standard error is 0.0125.
    quality = play(written, observations=500).quality
    assert quality["bearing"]["run_cases"] == 500
    assert quality["bearing"]["run_right"] == pytest.approx(0.915, abs=4 * 0.0125)
    json.dumps(quality, allow_nan=False)
    assert play(written, observations=500, settings=["stages.lamp.parameters.above=1.5"]).quality[
        "bearing"
    ]["run_right"] == pytest.approx(1.0, abs=0.01)


def test_instances_see_different_data_and_a_seed_the_same(written: Path) -> None:
    one, again = (play(written, instances=2, observations=3).outputs for _ in range(2))
    other = play(written, instances=2, observations=3, seed=2).outputs
    signals = [outputs["accelerometer"] for outputs in (one, again, other)]
    for request in signals[0]:
        assert np.array_equal(signals[0][request], signals[1][request])
    assert not np.array_equal(signals[0][0, 0], signals[0][1, 0])
    assert not np.array_equal(signals[0][0, 0], signals[2][0, 0])


def test_what_it_declares_is_what_travels(written: Path) -> None:
    experiment = resolve(Choices(scenario=str(written)))
    parts = load_components(experiment)
    outputs = {"accelerometer": parts.sensor("accelerometer").observe(0, 0), "bearing": 0.5}
    for name, output in outputs.items():
        encoded = parts.codec(name).encode(output)
        assert len(encoded) == experiment.scenario.payload_bytes(name)
    with pytest.raises(RunError, match="2 bytes that must be an array"):
        parts.codec("bearing").decode(b"\x04\x07")


def test_a_saved_experiment_still_leads_to_its_task(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = resolve(Choices(scenario=str(written), place="cloud"))
    assert experiment.placement.groups["bearing"] == ("cloud",)
    task = experiment.scenario.stages["bearing"].task
    assert task == f"{written.resolve()}/tasks.py:BEARING"
    monkeypatch.chdir("/")
    saved = Experiment.model_validate(document_form(experiment), context=FROM_DOCUMENT)
    assert saved == experiment
    assert f"task: {task}" in write_document(document_form(experiment))
    assert set(load_components(saved).stages(("bearing",), (0,))) == {"bearing"}


def test_a_profile_is_found_by_the_tasks_own_name(written: Path, tmp_path: Path) -> None:
    measured = TaskProfile.model_validate(
        {
            "task": "bearing",
            "preset": "reference",
            "runtime": "onnxruntime",
            "precision": "float32",
            "threads": 1,
            "trained": True,
            "environment": {},
            "hardware": "edge-server",
            "import_ns": 1,
            "load_ns": 1,
            "first_call_ns": 1,
            "warm_up_calls": 0,
            "resident_before_bytes": 1,
            "resident_loaded_bytes": 1,
            "resident_peak_bytes": 1,
            "contention": {
                "contended": False,
                "waiting_share": 0.0,
                "pressure": 0.0,
                "stolen_share": 0.0,
            },
            "batches": [
                {
                    "batch": 1,
                    "preprocess_ns": [1, 2],
                    "inference_ns": [10, 20],
                    "postprocess_ns": [100, 200],
                    "cpu_ns": [0, 0],
                }
            ],
        }
    )
    write_profile(tmp_path / "bearing.json", measured)
    choices = Choices(
        scenario=str(written), compute="profiled", profiles=(tmp_path / "bearing.json",)
    )
    assert resolve(choices).profiles["bearing"].calls_ns == {1: (111, 222)}
    write_profile(tmp_path / "bearing.json", measured.model_copy(update={"task": "gear"}))
    with pytest.raises(ConfigError, match="has no profile of"):
        resolve(choices)


def test_another_task_for_one_run_is_looked_for_in_the_folder_too(
    written: Path, tmp_path: Path
) -> None:
    (written / "others.py").write_text("from .tasks import BEARING as SAME\n")
    settings = ["stages.bearing.task=others.py:SAME"]
    assert play(written, observations=3, settings=settings).outputs["bearing"]
    (tmp_path / "others.py").write_text("")
    option = "stages.bearing.task=other.py:SAME"
    with pytest.raises(ConfigError) as caught:
        play(written, settings=[option])
    assert caught.value.where == f"--set {option}"
    assert "it is looked for in" in str(caught.value)
    assert play(
        written, observations=3, settings=[f"stages.bearing.task={written}/tasks.py:BEARING"]
    ).outputs["bearing"]


def test_recordings_of_ones_own(written: Path, tmp_path: Path) -> None:
    root = tmp_path / "recordings"
    root.mkdir()
    times = np.arange(64) / 64
    waves = [a * np.sin(2 * np.pi * 9 * times) for a in (0.25, 0.75)]
    np.save(root / "test-samples.npy", np.array(waves, np.float32))
    np.save(root / "test-labels.npy", [0.25, 0.75])
    played = play(written, observations=4, data_root=root)
    found = sorted(round(float(answer), 4) for answer in played.outputs["bearing"].values())
    assert found == [0.25, 0.25, 0.75, 0.75]
    assert played.quality["bearing"] == {"run_right": 1.0, "run_cases": 4}
    (root / "test-labels.npy").write_bytes(b"no array")
    with pytest.raises(ConfigError, match=r"test-labels\.npy: must be an array"):
        play(written, data_root=root)


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("scenario.yaml", "{above: 0.5}", "{above: high}", "above: must be a number"),
        ("scenario.yaml", "tasks.py:BEARING", "task.py:BEARING", "stages.bearing.task: there is"),
        ("scenario.yaml", "tasks.py:BEARING", "tasks.py:BEARIN", "did you mean BEARING"),
        ("scenario.yaml", "tasks.py:BEARING", "tasks.py", "must be a task's name"),
        ("scenario.yaml", "tasks.py:BEARING", "no-such-task", "there is no task of this name"),
        ("scenario.yaml", "lamp", "lamb", "components: ended with KeyError: 'lamp'"),
        ("tasks.py", "READINGS = 64", "READINGS = sixty", "could not be imported"),
        ("stages.py", "class Lamp:", "class Lamp", "cannot be imported: SyntaxError"),
        ("stages.py", "self.above = above", "self.abov = abov", "ended with NameError"),
    ],
)
def test_a_slip_is_answered_with_a_message(
    written: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    old: str,
    new: str,
    message: str,
) -> None:
    change(written, name, old, new)
    assert main(["emulate", str(written), "--duration", "1", "--quiet"]) == 2
    assert message in capsys.readouterr().err


def test_files_of_the_folder_import_each_other(written: Path) -> None:
    (written / "lamps.py").write_text("from .stages import Lamp\n\n\nclass Lantern(Lamp): ...\n")
    change(
        written,
        "stages.py",
        "return Lamp(self.above)",
        "from .lamps import Lantern\n\n            return Lantern(self.above)",
    )
    parts = load_components(resolve(Choices(scenario=str(written))))
    assert type(parts.stages(("lamp",), (0,))["lamp"]).__name__ == "Lantern"
