"""The ICU tasks under the roof of all tasks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from edge_aibench.cli import main
from edge_aibench.inference.pipeline import get_component, load_task
from edge_aibench.inference.prepared import NetworkChoice
from edge_aibench.scenarios.icu.cohort import SplitShares, write_cohort
from edge_aibench.scenarios.icu.tasks import shipped_weights
from edge_aibench.tasks.component import TEST

TASKS = ("death", "decompensation", "heart-failure")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("cohort") / "new"
    write_cohort(root, patients=120, seed=5, shares=SplitShares(val=0.1, test=0.6))
    return root


@pytest.mark.parametrize(
    ("task", "mflops"),
    # 8 x units x (inputs + units) an hour and layer, 2 x units x outputs at the end.
    [("death", 0.712736), ("decompensation", 10.027264), ("heart-failure", 32.649728)],
)
def test_work_is_counted_by_the_shapes(task: str, mflops: float) -> None:
    assert get_component(task).presets["reference"].flops == round(mflops * 1e6)


@pytest.mark.parametrize("task", TASKS)
def test_both_runtimes_give_the_same_answers(task: str, root: Path) -> None:
    component = get_component(task)
    samples = component.data.open(root, split=TEST)
    raws = [samples[index].raw for index in range(0, len(samples), max(1, len(samples) // 6))]
    answers = []
    for runtime in ("litert", "tensorflow"):
        loaded = load_task(component, NetworkChoice(preset="reference", runtime=runtime))
        answers.append([loaded.pipeline.answer(raw) for raw in raws])
    litert, tensorflow = np.array(answers)
    assert np.abs(litert - tensorflow).max() < 1e-5


def test_evaluate_gives_what_the_tasks_own_evaluation_gives(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from edge_aibench.scenarios.icu.training import evaluate

    capsys.readouterr()
    command = ["task", "evaluate", "death", "--data-root", str(root), "--quiet", "--json"]
    assert main(command) == 0
    found = json.loads(capsys.readouterr().out)
    own = evaluate("death", data_root=root)
    assert found["network"] == own.network
    assert found["controls"] == own.controls | {"oracle": own.oracle}
    assert found["cases"] == own.cases


def test_export_gives_the_file_that_the_ward_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["task", "export", "death", "--out", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    manifest = json.loads((shipped_weights() / "manifest.json").read_text())
    assert (
        found["sha256"] == manifest["networks"]["death"]["reference"]["files"]["litert"]["sha256"]
    )


def test_what_the_networks_cannot_do_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["task", "infer", "death", str(tmp_path)]) == 2
    assert "not for files" in capsys.readouterr().err
    assert main(["task", "export", "death", "--precision", "int8", "--out", str(tmp_path)]) == 2
