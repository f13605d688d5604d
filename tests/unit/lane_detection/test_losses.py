from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from edge_aibench.scenarios.vehicle.tasks.lane_detection.losses import (
    Discriminative,
    reprojection_loss,
    weighted_cross_entropy,
)
from edge_aibench.scenarios.vehicle.tasks.lane_detection.perspective import fixed_perspective


def test_cross_entropy_weights_the_rare_class() -> None:
    # One pixel of four is lane; all are undecided but that one, whose odds are 3 to 1 for it.
    logits = torch.zeros((1, 2, 2, 2))
    logits[0, 1, 0, 0] = math.log(3)
    lane = torch.tensor([[[True, False], [False, False]]])
    background, line = 1 / math.log(1.02 + 0.75), 1 / math.log(1.02 + 0.25)
    errors = 3 * background * math.log(2) + line * math.log(4 / 3)
    expected = errors / (3 * background + line)
    assert float(weighted_cross_entropy(logits, lane)) == pytest.approx(expected)


def embedding_of(*vectors: tuple[float, float]) -> torch.Tensor:
    """One image, one row of pixels."""
    return torch.tensor(vectors, dtype=torch.float32).T[None, :, None, :]


def test_discriminative_by_hand() -> None:
    # Line 1 at (0, 0) and (0, 2): mean (0, 1), each pixel 1 off, 0.5 beyond the margin.
    # Line 2 at (2, 1) twice: no spread. The means are 2 apart, 1 short of the margin.
    embedding = embedding_of((0, 0), (0, 2), (2, 1), (2, 1), (9, 9))
    instance = torch.tensor([[[1, 1, 2, 2, 0]]])
    parts = {
        "pull": 0.25 / 2,
        "push": 1.0,
        "size": (1 + math.sqrt(5)) / 2,
    }
    for name, value in parts.items():
        weights = {other: float(other == name) for other in parts}
        assert float(Discriminative(**weights)(embedding, instance)) == pytest.approx(value)
    total = parts["pull"] + parts["push"] + 0.001 * parts["size"]
    assert float(Discriminative()(embedding, instance)) == pytest.approx(total)


def test_discriminative_is_the_mean_over_images_with_a_line() -> None:
    one = embedding_of((0, 0), (0, 2), (5, 5))
    images = torch.cat((one, one + 100, torch.zeros_like(one)))
    instance = torch.tensor([[[1, 1, 0]], [[0, 3, 3]], [[0, 0, 0]]])
    loss = Discriminative(push=0.0, size=0.0)
    second = loss(one, torch.tensor([[[0, 3, 3]]]))
    expected = (0.25 + float(second)) / 2
    assert float(loss(images, instance)) == pytest.approx(expected, rel=1e-4)


def test_discriminative_without_a_line_is_nothing_with_a_slope() -> None:
    embedding = embedding_of((1, 2), (3, 4)).requires_grad_()
    loss = Discriminative()(embedding, torch.zeros((1, 1, 2), dtype=torch.int64))
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == 0
    assert embedding.grad is not None
    assert not embedding.grad.any()


def test_discriminative_at_one_point_has_a_finite_slope() -> None:
    embedding = torch.zeros((1, 4, 1, 4), requires_grad=True)
    loss = Discriminative()(embedding, torch.tensor([[[1, 1, 2, 2]]]))
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == pytest.approx(9, rel=1e-4)
    assert embedding.grad is not None
    assert torch.isfinite(embedding.grad).all()


def line_of(
    coefficients: tuple[float, float, float, float], y: NDArray[np.float64]
) -> NDArray[np.float64]:
    """A line that is a cubic from above, in the fixed perspective."""
    third, second, first, constant = coefficients
    view = fixed_perspective()
    along = view.along(y)
    return view.back(third * along**3 + second * along**2 + first * along + constant, y)


def test_reprojection_of_a_cubic_from_above_is_exact() -> None:
    y = np.linspace(0.4, 1, 20)
    lines = [line_of((1e-3, -0.02, 0.05, -0.3), y), line_of((0.0, 0.0, 0.1, 0.4), y)]
    points = torch.from_numpy(np.stack([np.stack((x, y), axis=1) for x in lines]))[None]
    numbers = torch.tensor([fixed_perspective().numbers])
    present = torch.ones((1, 2, 20), dtype=torch.bool)
    assert float(reprojection_loss(numbers, points, present)) < 1e-9
    assert float(reprojection_loss(numbers, points, present, degree=1)) > 1e-6


def test_reprojection_is_the_error_of_the_closed_form_in_the_image() -> None:
    rng = np.random.default_rng(0)
    y = np.linspace(0.45, 0.95, 12)
    x = 0.5 + 0.3 * (y - 0.3) + 0.01 * rng.normal(size=12)
    present = np.ones(12, dtype=np.bool_)
    present[3] = False
    view = fixed_perspective()
    powers = np.vander(view.along(y[present]), 4)
    solution, *_ = np.linalg.lstsq(powers, view.across(x[present], y[present]), rcond=None)
    back = view.back(powers @ solution, y[present])
    expected = np.mean((back - x[present]) ** 2)
    loss = reprojection_loss(
        torch.tensor([view.numbers]),
        torch.from_numpy(np.stack((x, y), axis=1))[None, None],
        torch.from_numpy(present)[None, None],
    )
    assert float(loss) == pytest.approx(expected, rel=1e-3)


def test_reprojection_leaves_out_what_is_beyond_the_horizon() -> None:
    y = np.concatenate(([0.1, 0.2], np.linspace(0.4, 1, 20)))
    x = line_of((0.0, 0.0, 0.1, 0.4), np.maximum(y, 0.4))
    points = torch.from_numpy(np.stack((x, y), axis=1))[None, None]
    numbers = torch.tensor([fixed_perspective().numbers], requires_grad=True)
    loss = reprojection_loss(numbers, points, torch.ones((1, 1, 22), dtype=torch.bool))
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() < 1e-9
    assert numbers.grad is not None
    assert torch.isfinite(numbers.grad).all()


def test_reprojection_leads_to_the_perspective_of_the_lines() -> None:
    """Parabolas from above, with the horizon at 0.38, look for one from 0.28 on."""
    view = fixed_perspective(0.38)
    y = np.linspace(0.42, 1, 30)
    along = view.along(y)
    lines = [
        view.back(bend * along**2 + 0.05 * along + side, y)
        for bend, side in ((0.004, -0.4), (0.004, 0.3), (-0.006, 0.1))
    ]
    points = torch.from_numpy(np.stack([np.stack((x, y), axis=1) for x in lines]))[None]
    present = torch.ones(points.shape[:3], dtype=torch.bool)
    numbers = torch.tensor([fixed_perspective(0.28).numbers], requires_grad=True)
    optimiser = torch.optim.Adam([numbers], lr=0.02)
    losses = []
    for _ in range(150):
        loss = 1e4 * reprojection_loss(numbers, points, present, degree=2)
        losses.append(loss.item())
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    assert losses[-1] < losses[0] / 20
