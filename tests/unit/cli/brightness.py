"""A whole task outside the package: is a picture bright or dark? For the tests of `task`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_aibench.errors import ConfigError
from edge_aibench.tasks.component import LearnerRequest, TensorSpec
from edge_aibench.tasks.media import read_image
from edge_aibench.tasks.own import own_task
from edge_aibench.tasks.sample import Sample, Samples
from edge_aibench.tasks.torch_state import TrainingState, module_arrays, seeded
from edge_aibench.tasks.training import Learner, StepProgress

CLASSES = ("dark", "bright")
SPLITS = {"train": 60, "val": 20, "test": 20}


class Pictures:
    """`<split>/<class>-<number>.png`."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, index: int) -> Sample[NDArray[np.uint8], int]:
        path = self._paths[index]
        label = CLASSES.index(path.name.split("-")[0])
        return Sample(name=path.name, raw=read_image(path), label=label)


class Folders:
    """Pictures of a random grey, by split."""

    def write(self, root: Path, *, seed: int, scale: float, progress: Any = None) -> None:
        import cv2

        del progress
        rng = np.random.default_rng(seed)
        for split, full in SPLITS.items():
            (root / split).mkdir(parents=True)
            for number in range(max(4, round(full * scale))):
                label = number % 2
                picture = rng.integers(0, 100, (8, 8, 3)) + 120 * label
                name = f"{CLASSES[label]}-{number:03d}.png"
                cv2.imwrite(str(root / split / name), picture.astype(np.uint8))

    def open(self, root: Path, *, split: str) -> Pictures:
        paths = sorted((root / split).glob("*.png"))
        if not paths:
            raise ConfigError("must hold pictures", where=str(root / split))
        return Pictures(paths)


def preprocess(picture: Any) -> tuple[NDArray[Any], ...]:
    return (np.asarray(picture, dtype=np.float32).mean(axis=(0, 1))[np.newaxis] / 255,)


def build() -> Any:
    import torch

    with seeded(np.random.default_rng(0)):
        return torch.nn.Linear(3, 2)


class Trainer:
    """Gradient descent, one step an epoch."""

    def __init__(self, request: LearnerRequest) -> None:
        import torch

        samples = [request.train[i] for i in range(len(request.train))]
        self._rows = torch.from_numpy(np.concatenate([preprocess(s.raw)[0] for s in samples]))
        self._labels = torch.tensor([s.label for s in samples])
        self._val = request.val
        self._network = build()
        self._optimiser = torch.optim.Adam(self._network.parameters(), lr=0.5)
        self._state = TrainingState({"network": self._network}, {"adam": self._optimiser})

    @property
    def epochs(self) -> int:
        return 30

    def train_epoch(self, epoch: int, rng: np.random.Generator, progress: StepProgress) -> float:
        import torch

        del epoch, rng
        self._optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(self._network(self._rows), self._labels)
        torch.autograd.backward(loss)
        self._optimiser.step()
        progress(len(self._labels), len(self._labels))
        return float(loss.detach())

    def validate(self) -> Mapping[str, float]:
        import torch

        with torch.inference_mode():
            answers = [
                int(self._network(torch.from_numpy(preprocess(self._val[i].raw)[0])).argmax())
                for i in range(len(self._val))
            ]
        right = [a == self._val[i].label for i, a in enumerate(answers)]
        return {"accuracy": float(np.mean(right))}

    def state(self) -> Mapping[str, NDArray[Any]]:
        return self._state.arrays()

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        self._state.restore(state)

    def weights(self) -> Mapping[str, NDArray[Any]]:
        return module_arrays(self._network)


def learner(request: LearnerRequest) -> Learner:
    return Trainer(request)


def judge(samples: Samples[Any, Any], pairs: Sequence[tuple[Sample[Any, Any], Any]]) -> Any:
    return {"accuracy": float(np.mean([answer == CLASSES[s.label] for s, answer in pairs]))}


def controls(train: Samples[Any, Any], test: Samples[Any, Any]) -> Any:
    labels = [test[i].label for i in range(len(test))]
    return {"always-dark": {"accuracy": labels.count(0) / len(labels)}}


BRIGHTNESS = own_task(
    "brightness",
    framework="torch",
    build=build,
    inputs=[TensorSpec(name="mean", shape=(3,))],
    outputs=[TensorSpec(name="scores", shape=(2,))],
    preprocess=preprocess,
    postprocess=lambda outputs, _raw: CLASSES[int(outputs[0][0].argmax())],
    read=read_image,
    data=Folders(),
    learner=learner,
    judge=judge,
    controls=controls,
    headline="accuracy",
    encodings=("raw", "jpeg:90"),
)
