"""`edge-aibench task`, all of it, on a small task that lives in a file outside the package."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_aibench.cli import main

NAME = f"{Path(__file__).with_name('brightness.py')}:BRIGHTNESS"


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("brightness") / "data"
    assert main(["task", "data", NAME, "--out", str(folder), "--quiet"]) == 0
    return folder


@pytest.fixture(scope="module")
def weights(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    command = ["task", "train", NAME, "--data-root", str(data), "--out", str(folder), "--quiet"]
    assert main(command) == 0
    return folder


def run(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    capsys.readouterr()
    assert main(["task", *arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_show_counts_the_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    shown = run(capsys, "show", NAME)
    # A 3 x 2 matrix and a bias of 2.
    assert shown["presets"]["reference"]["parameters"] == 8
    assert shown["presets"]["reference"]["quality"] is None
    assert shown["runtimes"] == ["onnxruntime", "torch"]
    assert main(["task", "show", NAME]) == 0
    assert "n/a (untrained)" in capsys.readouterr().out


def test_the_same_seed_writes_the_same_bytes(data: Path, tmp_path: Path) -> None:
    for seed, same in ((7, True), (8, False)):
        folder = tmp_path / str(seed)
        assert main(["task", "data", NAME, "--out", str(folder), "--seed", str(seed)]) == 0
        name = "test/bright-001.png"
        assert ((folder / name).read_bytes() == (data / name).read_bytes()) is same


def test_check_names_what_is_wrong_and_goes_on(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "data", NAME, "--check", str(data))["problems"] == []
    broken = tmp_path / "broken"
    (broken / "train").mkdir(parents=True)
    (broken / "train" / "dark-000.png").write_bytes(b"no picture")
    whole = (data / "train" / "dark-000.png").read_bytes()
    (broken / "train" / "dark-002.png").write_bytes(whole)
    (broken / "train" / "dark-004.png").write_bytes(whole[:40])
    found = run(capsys, "data", NAME, "--check", str(broken), code=2)
    assert found["samples"] == {"train": 3}
    problems = "\n".join(found["problems"])
    assert all(name in problems for name in ("dark-000.png", "dark-004.png", "val", "test"))
    assert "dark-002.png" not in problems


def test_a_trained_network_is_judged_on_the_runtime_it_is_deployed_on(
    data: Path, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = json.loads((weights / "manifest.json").read_text())["networks"]["brightness"]
    quality = entry["reference"]["quality"]
    assert quality["network"]["accuracy"] == 1.0
    assert quality["controls"] == {"always-dark": {"accuracy": 0.5}}
    assert quality["int8"]["accuracy"] >= 0.9
    assert quality["cases"] == 20
    common = (NAME, "--data-root", str(data), "--weights", str(weights), "--quiet")
    for runtime in ("onnxruntime", "torch"):
        found = run(capsys, "evaluate", *common, "--runtime", runtime, "--batch", "7")
        assert found["runtime"] == runtime
        assert found["trained"]
        assert found["network"]["accuracy"] == 1.0


def test_random_weights_are_called_untrained(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = run(capsys, "evaluate", NAME, "--data-root", str(data), "--quiet")
    assert not found["trained"]
    assert main(["task", "evaluate", NAME, "--data-root", str(data), "--quiet"]) == 0
    assert "UNTRAINED: random weights" in capsys.readouterr().out


def test_without_a_folder_data_are_generated_and_kept(capsys: pytest.CaptureFixture[str]) -> None:
    first = run(capsys, "evaluate", NAME, "--quiet")
    assert first["cases"] == 20
    assert run(capsys, "evaluate", NAME, "--quiet") == first


def test_training_stops_at_the_target_and_tells_the_spread_over_seeds(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "many")
    options = (NAME, "--data-root", str(data), "--out", out, "--quiet", "--seeds", "2")
    entries = run(capsys, "train", *options, "--target", "0.9")
    assert [entry["seed"] for entry in entries] == [1, 2]
    for entry in entries:
        training = entry["training"]
        # The headline is met at the end of some epoch, and training ends there.
        assert 0 < training["time_to_target_s"] == training["duration_s"]


def test_altered_weights_and_those_of_another_network_are_refused(
    data: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = (weights / "manifest.json").read_text()
    content = (weights / "brightness-reference.safetensors").read_bytes()
    options = ("--data-root", str(data), "--weights", str(tmp_path), "--quiet")
    (tmp_path / "manifest.json").write_text(manifest)
    (tmp_path / "brightness-reference.safetensors").write_bytes(content[:-1] + b"\x00")
    assert main(["task", "evaluate", NAME, *options]) == 2
    assert "truncated or was altered" in capsys.readouterr().err

    import hashlib

    from safetensors.numpy import save

    other = save({"weight": np.zeros((2, 4), np.float32), "bias": np.zeros(2, np.float32)})
    (tmp_path / "brightness-reference.safetensors").write_bytes(other)
    digest = hashlib.sha256(content).hexdigest()
    changed = manifest.replace(digest, hashlib.sha256(other).hexdigest())
    (tmp_path / "manifest.json").write_text(changed)
    assert main(["task", "evaluate", NAME, *options]) == 2
    assert "must be weights of this network: weight" in capsys.readouterr().err


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_export_writes_a_model_that_onnx_runtime_loads(
    precision: str, data: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import onnxruntime

    options = ("--out", str(tmp_path), "--weights", str(weights), "--precision", precision)
    found = run(capsys, "export", NAME, *options, "--data-root", str(data))
    model = Path(found["file"])
    assert model.name == f"brightness-reference-{precision}.onnx"
    session = onnxruntime.InferenceSession(str(model))
    rows = np.array([[0.1, 0.1, 0.1], [0.7, 0.7, 0.7]], dtype=np.float32)
    (scores,) = session.run(None, {"mean": rows})
    assert scores.argmax(axis=1).tolist() == [0, 1]


def test_infer_answers_what_it_can_read(
    data: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = [str(data / "test" / name) for name in ("bright-001.png", "dark-000.png")]
    bad = tmp_path / "text.png"
    bad.write_text("not a picture")
    capsys.readouterr()
    command = ["task", "infer", NAME, good[0], str(bad), good[1], "--weights", str(weights)]
    assert main([*command, "--json"]) == 2
    said = capsys.readouterr()
    answers = json.loads(said.out)
    assert [entry["answer"]["answer"] for entry in answers] == ["bright", "dark"]
    assert "text.png" in said.err


def test_a_profile_holds_the_raw_times_of_a_fresh_process(
    data: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from edge_aibench.inference.profile_file import read_profile

    out = tmp_path / "profile.json"
    options = ("--data-root", str(data), "--weights", str(weights), "--out", str(out))
    found = run(capsys, "profile", NAME, *options, "--batch", "1", "--batch", "4")
    assert read_profile(out).model_dump(mode="json") == found
    assert [entry["batch"] for entry in found["batches"]] == [1, 4]
    for entry in found["batches"]:
        # Far less than 10 ms a call, so a thousand of them.
        assert len(entry["inference_ns"]) == len(entry["cpu_ns"]) == 1000
        assert min(entry["preprocess_ns"] + entry["inference_ns"]) > 0
    assert 0 < found["resident_before_bytes"] < found["resident_loaded_bytes"]
    assert found["environment"]["cores"] >= 1
    assert found["first_call_ns"] > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "no-such-task"], "there is no task of this name"),
        (["evaluate", NAME, "--preset", "litte"], "there is no preset"),
        (["evaluate", NAME, "--runtime", "litert"], "there is no runtime"),
        (["evaluate", NAME, "--precision", "int4"], "there is no precision"),
        (["evaluate", NAME, "--precision", "int8", "--runtime", "torch"], "float32 only"),
        (["evaluate", NAME, "--weights", "/nonexistent"], "readable weights manifest"),
        (["data", NAME], "give one of --out"),
        (["train", NAME, "--device", "tpu"], "there is no device"),
        (["train", NAME, "--data-root", "/nonexistent"], "must hold pictures"),
        (["infer", NAME, "/nonexistent.png"], "cannot be opened"),
    ],
)
def test_mistakes_are_named(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    if "train" in arguments:
        arguments = [*arguments, "--out", str(tmp_path / "weights")]
    assert main(["task", *arguments]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert "Traceback" not in said
