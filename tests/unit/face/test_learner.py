"""Training on a few people: it repeats, resumes, learns and refuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_aibench.errors import ConfigError, HostError
from edge_aibench.inference.tensorflow import import_tensorflow
from edge_aibench.rng import stream
from edge_aibench.scenarios.home.tasks.face.augmentation import augment
from edge_aibench.scenarios.home.tasks.face.batches import epoch_batches
from edge_aibench.scenarios.home.tasks.face.component import component
from edge_aibench.scenarios.home.tasks.face.data import FaceLayout, FaceSamples
from edge_aibench.scenarios.home.tasks.face.learner import FaceLearner
from edge_aibench.scenarios.home.tasks.face.presets import SHAPES
from edge_aibench.scenarios.home.tasks.face.recipes import RECIPES, Loss
from edge_aibench.tasks.component import LearnerRequest

LITE = RECIPES["lite"]


def learner(
    root: Path, *, seed: int = 1, device: str = "cpu", recipe: Any = None, people: int = 4
) -> FaceLearner:
    train = FaceLayout().open(root, split="train")
    kept = 3 * people
    request = LearnerRequest(
        preset="lite",
        seed=seed,
        epochs=2,
        device=device,
        train=replace(train, names=train.names[:kept], identities=train.identities[:kept]),
        val=FaceLayout().open(root, split="val"),
    )
    return FaceLearner(request, recipe=recipe or replace(LITE, batch_size=6))


def equal(left: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    return left.keys() == right.keys() and all(
        np.array_equal(left[name], right[name]) for name in left
    )


def quiet(_done: int, _total: int) -> None:
    return None


def test_a_resumed_training_ends_in_the_same_weights(face_root: Path) -> None:
    whole = learner(face_root)
    whole.train_epoch(0, stream(1, "epoch/0"), quiet)
    between = whole.state()
    whole.train_epoch(1, stream(1, "epoch/1"), quiet)
    # Another seed's first weights, all of which the state replaces.
    resumed = learner(face_root, seed=2)
    assert not equal(resumed.weights(), whole.weights())
    resumed.restore(between)
    resumed.train_epoch(1, stream(1, "epoch/1"), quiet)
    assert equal(resumed.weights(), whole.weights())
    assert equal(resumed.state(), whole.state())
    assert resumed.validate() == whole.validate()


def test_the_weights_are_those_of_the_built_network(face_root: Path) -> None:
    from edge_aibench.tasks.keras_state import model_arrays

    assert equal(learner(face_root).weights(), model_arrays(component().build("lite", 1)))


@pytest.mark.parametrize("loss", ["cosface", "a-softmax", "softmax", "triplet"])
def test_every_loss_falls_on_four_people(face_root: Path, loss: Loss) -> None:
    recipe = replace(LITE, loss=loss, warm_up_epochs=0.0, batch_size=12, pictures_each=3)
    taught = learner(face_root, recipe=recipe)
    told: list[tuple[int, int]] = []
    found = [
        taught.train_epoch(0, stream(1, f"epoch/{epoch}"), lambda *now: told.append(now))
        for epoch in range(8)
    ]
    assert np.isfinite(found).all()
    assert min(found[-3:]) < 0.8 * found[0]
    assert told[0] == (12, 12)


def test_one_person_is_too_few(face_root: Path) -> None:
    with pytest.raises(ConfigError, match="at least two people"):
        learner(face_root, people=1)


def test_a_device_that_is_not_there(face_root: Path) -> None:
    if import_tensorflow().config.list_physical_devices("GPU"):
        pytest.skip("this machine has a CUDA device")
    with pytest.raises(HostError, match="no CUDA device"):
        learner(face_root, device="cuda")


def test_triplet_batches_hold_groups_of_a_person() -> None:
    labels = np.repeat(np.arange(6, dtype=np.int32), 8)
    recipe = replace(RECIPES["reference"], batch_size=16, pictures_each=4)
    batches = epoch_batches(labels, recipe, np.random.default_rng(0))
    assert sorted(np.concatenate(batches).tolist()) == list(range(48))
    for batch in batches:
        groups = labels[batch].reshape(4, 4)
        assert (groups == groups[:, :1]).all()


def test_a_last_batch_too_small_for_batch_normalisation_is_left_out() -> None:
    labels = np.zeros(19, dtype=np.int32)
    batches = epoch_batches(labels, replace(LITE, batch_size=8), np.random.default_rng(0))
    assert [len(batch) for batch in batches] == [8, 8]


def test_augmentation_keeps_shape_and_follows_its_generator() -> None:
    crops = np.random.default_rng(0).integers(0, 256, (5, 80, 80, 3), dtype=np.uint8)
    picture = SHAPES["lite"].picture
    first, again, other = (augment(crops, picture, stream(seed, "x")) for seed in (1, 1, 2))
    assert first.shape == (5, 64, 64, 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_augmentation_keeps_the_middle_in_the_middle() -> None:
    crops = np.zeros((200, 80, 80, 3), dtype=np.uint8)
    crops[:, 36:44, 36:44] = 200
    faces = augment(crops, SHAPES["lite"].picture, stream(1, "x")).astype(float)
    mean = faces.mean(axis=(0, 3))
    centre = (mean.sum(axis=1) @ np.arange(64), mean.sum(axis=0) @ np.arange(64)) / mean.sum()
    assert centre == pytest.approx([31.5, 31.5], abs=1.5)


def test_samples_of_all_splits_are_face_samples(face_root: Path) -> None:
    for split in ("train", "val", "test"):
        assert isinstance(FaceLayout().open(face_root, split=split), FaceSamples)
