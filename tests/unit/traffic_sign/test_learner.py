from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from edge_aibench.errors import ConfigError, HostError
from edge_aibench.rng import stream
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.component import component
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data import GtsrbLayout
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.learner import RECIPES
from edge_aibench.tasks.component import LearnerRequest
from edge_aibench.tasks.keras_state import set_model_arrays
from edge_aibench.tasks.sample import Sample
from edge_aibench.tasks.training import Learner

COMPONENT = component()


def request(root: Path, *, epochs: int | None = 2, device: str = "cpu") -> LearnerRequest:
    layout = GtsrbLayout()
    return LearnerRequest(
        preset="lite",
        seed=1,
        epochs=epochs,
        device=device,
        train=layout.open(root, split="train"),
        val=layout.open(root, split="val"),
    )


def train(learner: Learner, epoch: int) -> float:
    return learner.train_epoch(epoch, stream(1, f"epoch/{epoch}"), lambda _done, _total: None)


def test_a_resumed_training_ends_in_the_same_weights(signs_root: Path) -> None:
    straight = COMPONENT.learner(request(signs_root))
    train(straight, 0)
    middle = straight.state()
    last_loss = train(straight, 1)

    resumed = COMPONENT.learner(request(signs_root))
    resumed.restore(middle)
    assert train(resumed, 1) == last_loss
    for name, array in straight.state().items():
        assert np.array_equal(resumed.state()[name], array), name


def test_training_learns_and_tells_how_far_it_is(signs_root: Path) -> None:
    learner = COMPONENT.learner(request(signs_root, epochs=12))
    assert learner.epochs == 12
    told: list[tuple[int, int]] = []
    rng = stream(0, "epoch")
    first = learner.train_epoch(0, rng, lambda done, total: told.append((done, total)))
    assert told[-1] == (43, 43)
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    losses = [train(learner, epoch) for epoch in range(1, 12)]
    assert losses[-1] < 0.9 * first


def test_validation_is_of_the_published_weights(signs_root: Path) -> None:
    learner = COMPONENT.learner(request(signs_root, epochs=None))
    assert learner.epochs == RECIPES["lite"].epochs
    train(learner, 0)
    model = COMPONENT.build("lite", 5)
    set_model_arrays(model, learner.weights(), where="test")
    val = GtsrbLayout().open(signs_root, split="val")
    processing = COMPONENT.processing("lite")
    samples = [val[index] for index in range(len(val))]
    rows = np.concatenate([processing.preprocess(sample.raw)[0] for sample in samples])
    lengths = model(rows, training=False).numpy()
    right = [
        processing.postprocess((row[np.newaxis],), None).class_id == sample.label
        for row, sample in zip(lengths, samples, strict=True)
    ]
    measured = learner.validate()
    assert measured["top1"] == pytest.approx(np.mean(right))
    assert measured["margin_loss"] > 0


class Chosen:
    """A split without one class."""

    def __init__(self, split: Any, missing: int) -> None:
        self._split = split
        self._indices = [i for i in range(len(split)) if split[i].label != missing]

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: int, /) -> Sample[Any, Any]:
        sample: Sample[Any, Any] = self._split[self._indices[index]]
        return sample


def test_a_class_never_seen_is_told(signs_root: Path) -> None:
    layout = GtsrbLayout()
    asked = LearnerRequest(
        preset="lite",
        seed=0,
        epochs=1,
        device="cpu",
        train=Chosen(layout.open(signs_root, split="train"), missing=17),
        val=layout.open(signs_root, split="val"),
    )
    with pytest.raises(ConfigError, match=r"none of 17 \(no entry\)"):
        COMPONENT.learner(asked)


def test_a_missing_device_is_told(signs_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda _kind: [])
    with pytest.raises(HostError, match="CUDA"):
        COMPONENT.learner(request(signs_root, device="cuda"))
