"""Training on a cohort of a few dozen patients: what it keeps, repeats and refuses."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from edge_aibench.errors import ConfigError, InternalError
from edge_aibench.inference.load import load_predictor, load_streaming_predictor
from edge_aibench.scenarios.icu import samples, training
from edge_aibench.scenarios.icu.benchmark import Cohort
from edge_aibench.scenarios.icu.cohort import SplitShares, write_cohort
from edge_aibench.scenarios.icu.learner import GOAL, IcuLearner
from edge_aibench.scenarios.icu.recipes import RECIPES, output_weights
from edge_aibench.scenarios.icu.samples import Stay
from edge_aibench.scenarios.icu.standardiser import parse_standardiser, trained_standardiser
from edge_aibench.scenarios.icu.tasks import networks, shipped_weights
from edge_aibench.tasks.training import (
    EpochReport,
    Trained,
    TrainingPlan,
    TrainingProgress,
    fit,
)
from edge_aibench.tasks.weights import read_manifest


@pytest.fixture(scope="module")
def data_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data") / "new"
    write_cohort(root, patients=160, seed=3, shares=SplitShares(val=0.35, test=0.35))
    return root


@pytest.fixture(scope="module")
def stays(data_root: Path) -> dict[str, tuple[Stay, ...]]:
    cohort = Cohort.open(data_root)
    hours = samples.read_hours(cohort, "train")
    standardiser = samples.fit_on(hours)
    return {
        split: samples.make_stays(cohort, samples.read_hours(cohort, split), standardiser)
        for split in ("train", "val")
    }


def train_death(
    stays: dict[str, tuple[Stay, ...]],
    checkpoint: Path,
    *,
    seed: int = 1,
    stop_after: int | None = None,
) -> Trained:
    """Two epochs of the smallest network, or fewer if interrupted on purpose."""

    def interrupt(report: EpochReport) -> None:
        if report.epoch == stop_after:
            raise KeyboardInterrupt

    return fit(
        IcuLearner("death", seed=seed, epochs=2, train=stays["train"], val=stays["val"]),
        TrainingPlan(
            task="death", preset="reference", seed=seed, epochs=2, data_sha256="x", goal=GOAL
        ),
        checkpoint=checkpoint,
        progress=TrainingProgress(epoch=interrupt),
    )


def equal(left: networks.Weights, right: networks.Weights) -> bool:
    assert left.keys() == right.keys()
    return all(np.array_equal(left[name], right[name]) for name in left)


def test_training_repeats_and_goes_on_where_it_was_interrupted(
    stays: dict[str, tuple[Stay, ...]], tmp_path: Path
) -> None:
    whole = train_death(stays, tmp_path / "whole.npz")
    with pytest.raises(KeyboardInterrupt):
        train_death(stays, tmp_path / "parts.npz", stop_after=1)
    with pytest.raises(ConfigError, match="seed 1 instead of 2"):
        train_death(stays, tmp_path / "parts.npz", seed=2)
    resumed = train_death(stays, tmp_path / "parts.npz")
    assert equal(whole.weights, resumed.weights)


def test_the_seed_decides_the_initial_weights() -> None:
    first, again, other = (
        networks.get_weights(networks.build_network(networks.DEATH, seed=seed))
        for seed in (1, 1, 2)
    )
    assert equal(first, again)
    assert not equal(first, other)


def test_train_publishes_what_load_and_evaluate_read(data_root: Path, tmp_path: Path) -> None:
    reports: list[EpochReport] = []
    entry = training.train(
        "decompensation",
        data_root=data_root,
        out=tmp_path,
        epochs=1,
        progress=TrainingProgress(epoch=reports.append),
    )
    assert [(report.epoch, report.epochs) for report in reports] == [(1, 1)]
    assert entry.parameters == 105_089
    assert entry.training.command == "edge-aibench train decompensation --seed 1 --epochs 1"
    assert set(entry.files) == {"litert", "litert-step", "tensorflow", "standardiser"}
    assert read_manifest(tmp_path).networks["decompensation"]["reference"] == entry
    assert {path.name for path in tmp_path.iterdir()} == {
        "manifest.json",
        *(file.path for file in entry.files.values()),
    }
    features = np.random.default_rng(0).normal(size=(5, 76)).astype(np.float32)
    window = load_predictor("decompensation", weights_root=tmp_path).predict(features)
    stream = load_streaming_predictor("decompensation", weights_root=tmp_path)
    state = stream.initial_state()
    for row in features:
        prediction, state = stream.step(state, row)
    assert np.abs(window - prediction).max() < 1e-5
    judged = training.evaluate("decompensation", data_root=data_root, weights_root=tmp_path)
    assert judged == entry.quality
    # Another task on other data would replace the statistics this one needs.
    other = tmp_path.parent / f"{tmp_path.name}-other"
    write_cohort(other, patients=60, seed=4, shares=SplitShares(val=0.3, test=0.4))
    with pytest.raises(ConfigError, match="trained on other data"):
        training.train("death", data_root=other, out=tmp_path, epochs=1)


def test_an_export_that_differs_is_not_published(stays: dict[str, tuple[Stay, ...]]) -> None:
    weights = networks.get_weights(networks.build_network(networks.DEATH, seed=1))
    files = training.export("death", weights)
    assert training.check_exports("death", weights, files, stays["val"][:3]) < 1e-5
    changed = {name: array + np.float32(0.1) for name, array in weights.items()}
    with pytest.raises(InternalError, match="differs"):
        training.check_exports("death", changed, files, stays["val"][:3])


@pytest.mark.parametrize("task", sorted(RECIPES))
def test_networks_have_the_published_size(task: str) -> None:
    network = RECIPES[task].network
    by_hand = {
        # Two LSTMs of 8 on 76 columns, one of 16 on their 16 outputs, 16 weights and a bias.
        "death": 2 * 4 * 8 * (76 + 8 + 1) + 4 * 16 * (16 + 16 + 1) + 17,
        "decompensation": 4 * 128 * (76 + 128 + 1) + 129,
        "heart-failure": 4 * 256 * (76 + 256 + 1) + 257 * 25,
    }
    weights = networks.get_weights(networks.build_network(network))
    assert sum(array.size for array in weights.values()) == by_hand[task] == network.parameters


def test_a_network_of_another_size_is_a_bug() -> None:
    odd = networks.RecurrentNetwork(units=8, outputs=1, bidirectional=False, parameters=7)
    with pytest.raises(InternalError, match="instead of the published 7"):
        networks.build_network(odd)
    with pytest.raises(InternalError, match="do not fit"):
        networks.set_weights(networks.build_network(networks.DEATH), {})


def test_unknown_tasks_and_epochs_are_refused(data_root: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean death"):
        training.train("deaths", data_root=data_root, out=tmp_path)
    with pytest.raises(ConfigError, match="epochs"):
        training.train("death", data_root=data_root, out=tmp_path, epochs=0)


def test_the_headline_counts_as_much_as_the_rest() -> None:
    weights = output_weights("heart-failure")
    assert weights[8] == 0.5
    assert weights.sum() == pytest.approx(1.0)
    assert output_weights("death").tolist() == [1.0]


def test_the_standardiser_comes_back_and_damage_is_named(data_root: Path) -> None:
    standardiser = samples.fit_on(samples.read_hours(Cohort.open(data_root), "val"))
    text = standardiser.to_json()
    again = parse_standardiser(text.encode(), where="here")
    assert np.array_equal(again.means, standardiser.means)
    assert np.array_equal(again.stds, standardiser.stds)
    with pytest.raises(ConfigError, match="here: pH"):
        parse_standardiser(text.replace('"pH"', '"acidity"').encode(), where="here")
    for damaged in (b"no json", b"\xff"):
        with pytest.raises(ConfigError, match="must be a JSON file"):
            parse_standardiser(damaged, where="here")


def test_a_standardiser_of_other_weights_is_not_used(tmp_path: Path) -> None:
    for name in ("manifest.json", "standardiser.json"):
        (tmp_path / name).write_bytes((shipped_weights() / name).read_bytes())
    assert trained_standardiser(tmp_path, task="death").stds.min() > 0
    path = tmp_path / "standardiser.json"
    path.write_text(path.read_text().replace("1", "2", 1))
    with pytest.raises(ConfigError, match="truncated or was altered"):
        trained_standardiser(tmp_path, task="death")


def test_windows_cover_each_hour_about_once(stays: dict[str, tuple[Stay, ...]]) -> None:
    windows = samples.cut_windows(stays["train"], np.random.default_rng(0))
    for stay in stays["train"]:
        firsts = sorted(first for found, first in windows if found is stay)
        covered = {hour for first in firsts for hour in range(first, first + 48)}
        assert set(range(len(stay.features))) <= covered
        assert all(later - first <= 48 for first, later in itertools.pairwise(firsts))


def test_targets_stand_at_the_hour_they_are_about(stays: dict[str, tuple[Stay, ...]]) -> None:
    stay = next(s for s in stays["train"] if s.labels.decompensation.any())
    first = max(0, len(stay.features) - 48)
    batch = samples.decompensation_batch([(stay, first)])
    for step in range(48):
        label = stay.labels.decompensation_at(first + step + 1)
        assert batch.weights[0, step] == (label is not None)
        assert batch.targets[0, step, 0] == bool(label)
