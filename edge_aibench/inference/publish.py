"""From a data folder to a weights folder: train, judge on the runtimes, write the manifest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final

from edge_aibench.errors import HostError
from edge_aibench.inference.evaluate import evaluate
from edge_aibench.inference.pipeline import load_task
from edge_aibench.inference.prepared import INT8, WEIGHTS_ROLE, NetworkChoice
from edge_aibench.tasks import weights as manifest_file
from edge_aibench.tasks.component import (
    TEST,
    TRAIN,
    VAL,
    Component,
    LearnerRequest,
    TrainingRequest,
)
from edge_aibench.tasks.generated import data_digest
from edge_aibench.tasks.sample import nonempty
from edge_aibench.tasks.training import Goal, Trained, TrainingPlan, TrainingProgress, fit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray


_PACKAGES: Final = {
    "torch": ("numpy", "onnxruntime", "torch"),
    "keras": ("ai-edge-litert", "keras", "numpy", "tensorflow-cpu"),
}


@dataclass(frozen=True, kw_only=True)
class DataDescription:
    """The folder trained on, and in a line what it holds."""

    root: Path
    text: str


def train_task(
    component: Component,
    request: TrainingRequest,
    *,
    data: DataDescription,
    out: Path,
    progress: TrainingProgress | None = None,
    resume: bool = True,
) -> manifest_file.TrainedNetwork:
    """Train a preset, judge it on the test split, and leave weights and manifest in *out*.

    An interrupted training goes on where it was when called again with *resume*. Raises
    ConfigError for an unknown preset, unreadable data or a checkpoint of another training,
    HostError if *out* cannot be written.
    """
    component.preset(request.preset)
    if component.own_network is not None:
        return component.own_network.train(
            request, data_root=data.root, out=out, progress=progress, resume=resume
        )
    _train(component, request, data=data, out=out, progress=progress, resume=resume)
    judge_published(component, request.preset, root=data.root, out=out)
    return manifest_file.find_network(out, task=component.task.name, preset=request.preset)


def _train(
    component: Component,
    request: TrainingRequest,
    *,
    data: DataDescription,
    out: Path,
    progress: TrainingProgress | None,
    resume: bool,
) -> None:
    splits = {
        split: nonempty(component.data.open(data.root, split=split), root=data.root, split=split)
        for split in (TRAIN, VAL)
    }
    learner = component.learner(
        LearnerRequest(
            preset=request.preset,
            seed=request.seed,
            epochs=request.epochs,
            device=request.device,
            train=splits[TRAIN],
            val=splits[VAL],
        )
    )
    plan = TrainingPlan(
        task=component.task.name,
        preset=request.preset,
        seed=request.seed,
        epochs=learner.epochs if request.epochs is None else request.epochs,
        data_sha256=data_digest(data.root),
        goal=Goal(
            metric=component.headline,
            lower_is_better=component.lower_is_better,
            target=request.target,
        ),
        stop_at_target=request.stop_at_target,
    )
    try:
        out.mkdir(parents=True, exist_ok=True)
        checkpoint = out / f".{component.task.name}-{request.preset}.checkpoint.npz"
        trained = fit(learner, plan, checkpoint=checkpoint, progress=progress, resume=resume)
        _publish(component, request, plan, trained, data=data, out=out)
        checkpoint.unlink(missing_ok=True)
    except OSError as error:
        raise HostError(
            f"{out} cannot be written: {error.strerror or error}",
            mend="free some space or give another --out; the training goes on from its last epoch",
        ) from error


def judge_published(
    component: Component, preset: str, *, root: Path, out: Path, int8: bool = True
) -> manifest_file.Quality:
    """Measure the weights in *out* on the test split under *root* and write that to the manifest.

    The network is measured on the runtime it is deployed on, in float32 and, unless *int8* is
    false, in int8; beside it stand the component's controls.
    """
    entry = manifest_file.find_network(out, task=component.task.name, preset=preset)
    test = component.data.open(root, split=TEST)
    choice = NetworkChoice(preset=preset, weights_root=out)
    measured = evaluate(load_task(component, choice), test)
    small: Mapping[str, float] = {}
    if int8:
        loaded = load_task(component, replace(choice, precision=INT8), calibration_root=root)
        small = evaluate(loaded, test).metrics
    listed = component.headlines(measured.metrics)
    quality = manifest_file.Quality(
        data=entry.training.data,
        cases=measured.cases,
        network=_rounded(listed),
        controls={
            name: _rounded(component.headlines(metrics))
            for name, metrics in component.controls(
                component.data.open(root, split=TRAIN), test
            ).items()
        },
        int8=_rounded(component.headlines(small)),
        further=_rounded(
            {name: value for name, value in measured.metrics.items() if name not in listed}
        ),
    )
    manifest_file.add_to_manifest(
        out,
        task=component.task.name,
        preset=preset,
        entry=entry.model_copy(update={"quality": quality}),
    )
    return quality


def _publish(
    component: Component,
    request: TrainingRequest,
    plan: TrainingPlan,
    trained: Trained,
    *,
    data: DataDescription,
    out: Path,
) -> None:
    from safetensors.numpy import save

    name = f"{component.task.name}-{request.preset}.safetensors"
    content = save(_contiguous(trained.weights))
    (out / name).write_bytes(content)
    entry = manifest_file.TrainedNetwork(
        parameters=component.preset(request.preset).parameters,
        files={
            WEIGHTS_ROLE: manifest_file.WeightsFile(
                path=name, sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content)
            )
        },
        training=manifest_file.Training(
            command=(
                f"edge-aibench task train {component.task.name} --preset {request.preset} "
                f"--seed {plan.seed} --epochs {plan.epochs}"
            ),
            seed=plan.seed,
            epochs=plan.epochs,
            data=data.text,
            data_sha256=plan.data_sha256,
            duration_s=round(trained.duration_s, 3),
            time_to_target_s=(
                None if trained.time_to_target_s is None else round(trained.time_to_target_s, 3)
            ),
            versions={p: metadata.version(p) for p in _PACKAGES[component.framework]},
        ),
        quality=manifest_file.Quality(data=data.text, cases=0, network={}),
    )
    manifest_file.add_to_manifest(out, task=component.task.name, preset=request.preset, entry=entry)


def _contiguous(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.generic]]:
    """Safetensors writes memory as it lies, so that a transposed view would come back wrong."""
    import numpy as np

    return {name: np.array(array, order="C") for name, array in arrays.items()}


def _rounded(metrics: Mapping[str, float]) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in metrics.items()}
