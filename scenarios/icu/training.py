"""From a data folder to a weights folder: train, check both runtimes, judge, write the manifest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.errors import ConfigError, InternalError
from edge_aibench.inference.litert import LiteRTPredictor, LiteRTStreamingPredictor
from edge_aibench.scenarios.icu import evaluation, samples
from edge_aibench.scenarios.icu.benchmark import Cohort
from edge_aibench.scenarios.icu.channels import FEATURE_COLUMNS
from edge_aibench.scenarios.icu.cohort.writer import data_digest
from edge_aibench.scenarios.icu.learner import GOAL, IcuLearner
from edge_aibench.scenarios.icu.recipes import get_recipe
from edge_aibench.scenarios.icu.standardiser import FILE_NAME as STANDARDISER_FILE
from edge_aibench.scenarios.icu.standardiser import ROLE as STANDARDISER_ROLE
from edge_aibench.scenarios.icu.standardiser import Standardiser, trained_standardiser
from edge_aibench.scenarios.icu.tasks import networks, shipped_weights
from edge_aibench.scenarios.icu.tasks.export import export_step, export_window
from edge_aibench.scenarios.icu.tasks.loader import (
    STEP_ROLE,
    VARIABLES_ROLE,
    WINDOW_ROLE,
)
from edge_aibench.scenarios.icu.window import WINDOW_HOURS
from edge_aibench.tasks import weights as manifest_file
from edge_aibench.tasks.task import REFERENCE
from edge_aibench.tasks.training import TrainingPlan, TrainingProgress, fit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edge_aibench.scenarios.icu.samples import Stay

EQUAL_WITHIN: Final = 1e-5
"""How far apart the runtimes, and streaming and a growing window, may be."""

_PACKAGES: Final = ("ai-edge-litert", "keras", "numpy", "tensorflow-cpu")
_CHECKED_STAYS: Final = 20


@dataclass(frozen=True, kw_only=True)
class ExportedFiles:
    """The weights of one task in each form; *step* is None for a bidirectional network."""

    variables: bytes
    window: bytes
    step: bytes | None


def train(
    task: str,
    *,
    data_root: Path,
    out: Path,
    seed: int = 1,
    epochs: int | None = None,
    progress: TrainingProgress | None = None,
    resume: bool = True,
) -> manifest_file.TrainedNetwork:
    """Train *task* (`death`, `decompensation`, `heart-failure`) and publish it in *out*.

    *data_root* is a benchmark folder, generated or real. *out* gets the weights in both
    runtimes' forms, the standardiser and an entry in `manifest.json`; entries of other tasks
    stay. An interrupted training goes on where it was when called again with *resume*.

    Raises ConfigError for an unknown task, unreadable data, a checkpoint of another training,
    or an *out* whose other tasks were trained with another standardiser.
    """
    recipe = get_recipe(task)
    epochs = recipe.epochs if epochs is None else epochs
    if epochs < 1:
        raise ConfigError("must be at least 1", where="train", key="epochs", value=epochs)
    cohort = Cohort.open(data_root)
    digest = data_digest(cohort.root)
    hours = samples.read_hours(cohort, "train")
    standardiser = samples.fit_on(hours)
    out.mkdir(parents=True, exist_ok=True)
    _check_standardiser(out, standardiser, task)
    train_stays = samples.make_stays(cohort, hours, standardiser)
    val, test = (
        samples.make_stays(cohort, samples.read_hours(cohort, split), standardiser)
        for split in ("val", "test")
    )
    checkpoint = out / f".{task}.checkpoint.npz"
    learner = IcuLearner(task, seed=seed, epochs=epochs, train=train_stays, val=val)
    plan = TrainingPlan(
        task=task, preset=REFERENCE, seed=seed, epochs=epochs, data_sha256=digest, goal=GOAL
    )
    trained = fit(learner, plan, checkpoint=checkpoint, progress=progress, resume=resume)
    files = export(task, trained.weights)
    check_exports(task, trained.weights, files, test[:_CHECKED_STAYS])
    description = describe_data(cohort.root)
    quality = evaluation.judge(
        task,
        recipe.network,
        trained.weights,
        train=train_stays,
        test=test,
        data=description,
        generated=is_generated(cohort.root),
    )
    entry = manifest_file.TrainedNetwork(
        parameters=recipe.network.parameters,
        files=_write_files(out, task, files, standardiser),
        training=manifest_file.Training(
            command=f"edge-aibench train {task} --seed {seed} --epochs {epochs}",
            seed=seed,
            epochs=epochs,
            data=description,
            data_sha256=digest,
            duration_s=round(trained.duration_s, 1),
            versions={package: metadata.version(package) for package in _PACKAGES},
        ),
        quality=quality,
    )
    manifest_file.add_to_manifest(out, task=task, preset=REFERENCE, entry=entry)
    checkpoint.unlink(missing_ok=True)
    return entry


def evaluate(
    task: str, *, data_root: Path, weights_root: Path | None = None
) -> manifest_file.Quality:
    """Judge published weights (default: the shipped ones) on the test split of *data_root*.

    The features are made with the standardiser that belongs to the weights. Raises ConfigError
    for an unknown task, unreadable data and missing or altered weights.
    """
    from safetensors.numpy import load

    root = weights_root or shipped_weights()
    network = get_recipe(task).network
    content = manifest_file.read_weights(root, task=task, preset=REFERENCE, role=VARIABLES_ROLE)
    standardiser = trained_standardiser(root, task=task)
    cohort = Cohort.open(data_root)
    train_stays, test = (
        samples.make_stays(cohort, samples.read_hours(cohort, split), standardiser)
        for split in ("train", "test")
    )
    return evaluation.judge(
        task,
        network,
        load(content),
        train=train_stays,
        test=test,
        data=describe_data(cohort.root),
        generated=is_generated(cohort.root),
    )


def export(task: str, weights: networks.Weights) -> ExportedFiles:
    """Write the weights of *task* for both runtimes."""
    from safetensors.numpy import save

    network = get_recipe(task).network
    return ExportedFiles(
        variables=save(dict(weights)),
        window=export_window(network, weights),
        step=None if network.bidirectional else export_step(network, weights),
    )


def check_exports(
    task: str, weights: networks.Weights, files: ExportedFiles, stays: Sequence[Stay]
) -> float:
    """Give the largest difference between TensorFlow and LiteRT, window and step, on *stays*.

    The step network is fed the first hours of each stay, where it sees what a growing window
    sees. Raises InternalError if the difference is more than 1e-5.
    """
    network = get_recipe(task).network
    cases = [
        samples.Case(stay=stay, hour=hour, label=False)
        for stay in stays
        for hour in sorted({1, 7, min(48, len(stay.features)), len(stay.features)})
        if hour <= len(stay.features)
    ]
    reference = evaluation.window_scores(network, weights, cases)
    window = LiteRTPredictor(files.window, features=FEATURE_COLUMNS)
    found = [window.predict(case.window) for case in cases]
    difference = float(np.abs(np.stack(found) - reference).max())
    if files.step is not None:
        difference = max(difference, _step_difference(network, files, stays))
    if difference > EQUAL_WITHIN:
        raise InternalError(
            f"the exported network of {task} differs from the trained one by {difference:.2e}"
        )
    return difference


def is_generated(root: Path) -> bool:
    """Whether the folder was written by the simulator, so that the oracle applies."""
    return (root / "cohort.json").is_file()


def describe_data(root: Path) -> str:
    """Say in a line what a data folder holds."""
    if not is_generated(root):
        return "MIMIC-III benchmark layout, given by the user"
    cohort = json.loads((root / "cohort.json").read_text(encoding="utf-8"))
    return (
        f"generated cohort: {cohort['patients']} patients, seed {cohort['seed']}, "
        f"generator {cohort['generator'][:16]}"
    )


def _step_difference(
    network: networks.RecurrentNetwork, files: ExportedFiles, stays: Sequence[Stay]
) -> float:
    step = LiteRTStreamingPredictor(
        files.step or b"",
        features=FEATURE_COLUMNS,
        state_sizes=(network.units, network.units),
    )
    window = LiteRTPredictor(files.window, features=FEATURE_COLUMNS)
    difference = 0.0
    for stay in stays:
        state = step.initial_state()
        growing = stay.features[:WINDOW_HOURS]
        for hour, features in enumerate(growing, start=1):
            prediction, state = step.step(state, features)
            apart = np.abs(prediction - window.predict(growing[:hour])).max()
            difference = max(difference, float(apart))
    return difference


def _check_standardiser(out: Path, standardiser: Standardiser, task: str) -> None:
    path = out / STANDARDISER_FILE
    if not path.exists() or path.read_text(encoding="utf-8") == standardiser.to_json():
        return
    if not (out / manifest_file.FILE_NAME).exists():
        return
    others = set(manifest_file.read_manifest(out).networks) - {task}
    if others:
        raise ConfigError(
            f"holds {', '.join(sorted(others))} trained on other data, whose column statistics "
            "would no longer fit",
            where=str(out),
            next_step="give another --out, or train all tasks on the same data",
        )


def _write_files(
    out: Path, task: str, files: ExportedFiles, standardiser: Standardiser
) -> dict[str, manifest_file.WeightsFile]:
    contents = {
        VARIABLES_ROLE: (f"{task}.safetensors", files.variables),
        WINDOW_ROLE: (f"{task}.tflite", files.window),
        STANDARDISER_ROLE: (STANDARDISER_FILE, standardiser.to_json().encode()),
    }
    if files.step is not None:
        contents[STEP_ROLE] = (f"{task}-step.tflite", files.step)
    written = {}
    for role, (name, content) in contents.items():
        (out / name).write_bytes(content)
        written[role] = manifest_file.WeightsFile(
            path=name, sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content)
        )
    return written
