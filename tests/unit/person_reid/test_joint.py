from __future__ import annotations

import numpy as np
import pytest
import torch

from edge_aibench.scenarios.camera.tasks.person_reid.joint import Batch, JointTraining, grey
from edge_aibench.scenarios.camera.tasks.person_reid.losses import LossWeights
from edge_aibench.scenarios.camera.tasks.person_reid.networks import (
    Dropouts,
    TrainingNetworks,
    build_for_training,
)
from edge_aibench.scenarios.camera.tasks.person_reid.shapes import network_shape


@pytest.fixture
def networks() -> TrainingNetworks:
    dropouts = Dropouts(primary=0.0, fine=0.0, teacher=0.0)
    built = build_for_training("lite", 1, persons=4, dropouts=dropouts)
    built.encoder.train()
    built.teacher.eval()
    return built


@pytest.fixture
def batch() -> Batch:
    rng = np.random.default_rng(0)
    coarse = rng.normal(size=(8, 3, 8, 4)).astype(np.float32)
    images = torch.nn.functional.interpolate(torch.from_numpy(coarse), (128, 64), mode="bilinear")
    return Batch(images=images[:4], others=images[4:], persons=torch.arange(4))


def joint(networks: TrainingNetworks) -> JointTraining:
    return JointTraining(networks, network_shape("lite"), LossWeights())


def test_total_is_the_sum_of_its_named_parts(networks: TrainingNetworks, batch: Batch) -> None:
    step = joint(networks).losses(batch, ramp=1.0)
    assert set(step.parts) == {
        "identity",
        "reconstruction",
        "cycle",
        "identity of made images",
        "adversarial",
        "learned from made images",
    }
    assert step.total.item() == pytest.approx(sum(step.parts.values()), rel=1e-5)
    assert all(value > 0 for value in step.parts.values())


def test_made_images_teach_nothing_at_first(networks: TrainingNetworks, batch: Batch) -> None:
    parts = joint(networks).losses(batch, ramp=0.0).parts
    assert parts["cycle"] == 0
    assert parts["learned from made images"] == 0
    assert parts["reconstruction"] > 0


def test_gradients_reach_encoder_classifiers_and_generator_but_not_the_teacher(
    networks: TrainingNetworks, batch: Batch
) -> None:
    joint(networks).losses(batch, ramp=1.0).total.backward()  # type: ignore[no-untyped-call]
    for module in (networks.encoder, networks.classifiers, networks.generator):
        assert all(p.grad is not None for p in module.parameters())
    assert all(p.grad is None for p in networks.teacher.parameters())


def test_made_images_leave_the_statistics_of_real_ones_alone(
    networks: TrainingNetworks, batch: Batch
) -> None:
    """The encoder's stored statistics move once for the images and once for the others."""
    counts = [
        buffer
        for name, buffer in networks.encoder.named_buffers()
        if name.endswith("num_batches_tracked")
    ]
    joint(networks).losses(batch, ramp=1.0)
    backbone = counts[:-2]
    assert {int(count) for count in backbone} == {2}
    assert networks.encoder.training


def test_made_images_swap_the_appearance_of_the_halves(
    networks: TrainingNetworks, batch: Batch
) -> None:
    with torch.no_grad():
        step = joint(networks).losses(batch, ramp=1.0)
        codes, _ = networks.encoder.embed_with_parts(batch.images)
        structure = networks.generator.encode(grey(step.real))
        wanted = networks.generator.decode(structure, codes[[2, 3, 0, 1]])
    assert torch.allclose(step.made, wanted, atol=1e-4)


def test_losses_fall_in_a_short_run(networks: TrainingNetworks, batch: Batch) -> None:
    training = joint(networks)
    learning = torch.optim.Adam(
        [*networks.encoder.parameters(), *networks.classifiers.parameters()], lr=1e-3
    )
    making = torch.optim.Adam(networks.generator.parameters(), lr=2e-3)
    judging = torch.optim.Adam(networks.discriminator.parameters(), lr=1e-3)
    history, verdicts = [], []
    for _ in range(6):
        step = training.losses(batch, ramp=0.5)
        for optimiser in (learning, making):
            optimiser.zero_grad()
        step.total.backward()  # type: ignore[no-untyped-call]
        for optimiser in (learning, making):
            optimiser.step()
        verdict = training.discriminator_loss(step)
        judging.zero_grad()
        verdict.backward()  # type: ignore[no-untyped-call]
        judging.step()
        history.append(step.parts)
        verdicts.append(verdict.item())
    for name in ("identity", "reconstruction"):
        assert history[-1][name] < 0.98 * history[0][name], name
    assert verdicts[-1] < verdicts[0]


def test_grey_levels_run_from_black_to_white() -> None:
    mean = torch.tensor((0.485, 0.456, 0.406))
    deviation = torch.tensor((0.229, 0.224, 0.225))
    colours = torch.tensor([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    images = ((colours - mean) / deviation)[:, :, None, None]
    levels = grey(images)[:, 0, 0, 0]
    assert torch.allclose(
        levels, torch.tensor([-1.0, 1.0, 2 * 0.299 - 1, 2 * 0.587 - 1]), atol=1e-5
    )
