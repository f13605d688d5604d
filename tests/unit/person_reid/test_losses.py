from __future__ import annotations

import math

import pytest
import torch

from edge_aibench.scenarios.camera.tasks.person_reid import losses


def test_identity_loss_adds_both_embeddings() -> None:
    persons = torch.tensor([0, 1])
    sure = torch.tensor([[100.0, 0.0], [0.0, 100.0]])
    unsure = torch.zeros(2, 2)
    assert losses.identity_loss((sure, unsure), persons).item() == pytest.approx(math.log(2))
    assert losses.identity_loss((unsure, unsure), persons).item() == pytest.approx(2 * math.log(2))


def test_reconstruction_loss_is_the_mean_absolute_difference() -> None:
    made, wanted = torch.tensor([[1.0, 2.0]]), torch.tensor([[0.0, 5.0]])
    assert losses.reconstruction_loss(made, wanted).item() == pytest.approx(2)


def test_primary_loss_is_the_divergence_from_the_teacher() -> None:
    teacher = torch.log(torch.tensor([[0.75, 0.25], [0.5, 0.5]]))
    encoder = torch.log(torch.tensor([[0.5, 0.5], [0.5, 0.5]]))
    first = 0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.5)
    assert losses.primary_loss(encoder, teacher).item() == pytest.approx(first / 2, rel=1e-5)
    assert losses.primary_loss(teacher, teacher).item() == pytest.approx(0, abs=1e-7)


def test_the_teacher_is_not_taught() -> None:
    teacher = torch.zeros(1, 2, requires_grad=True)
    encoder = torch.tensor([[1.0, 0.0]], requires_grad=True)
    losses.primary_loss(encoder, teacher).backward()  # type: ignore[no-untyped-call]
    assert teacher.grad is None
    assert encoder.grad is not None
    assert encoder.grad.abs().sum() > 0


def test_fine_loss_asks_for_the_person_of_the_structure() -> None:
    scores = torch.log(torch.tensor([[0.25, 0.75]]))
    assert losses.fine_loss(scores, torch.tensor([0])).item() == pytest.approx(math.log(4))


def test_discriminator_and_generator_want_opposite_verdicts() -> None:
    right = [torch.ones(1, 1, 2, 2), torch.ones(1, 1, 1, 1)]
    wrong = [torch.zeros(1, 1, 2, 2), torch.zeros(1, 1, 1, 1)]
    half = [torch.full((1, 1, 2, 2), 0.5)]
    assert losses.discriminator_loss(right, wrong).item() == 0
    assert losses.discriminator_loss(wrong, right).item() == 4  # two for each scale
    assert losses.discriminator_loss(half, half).item() == pytest.approx(0.5)
    assert losses.adversarial_loss(right).item() == 0
    assert losses.adversarial_loss(wrong).item() == 2
    assert losses.adversarial_loss(half).item() == pytest.approx(0.25)
