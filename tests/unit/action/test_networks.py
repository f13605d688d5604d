"""The networks against the published shape, counted here without them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.camera.tasks.action.networks import ResNet3d, build
from edge_aibench.scenarios.camera.tasks.action.presets import PRESETS, SHAPES, network_shape
from edge_aibench.scenarios.camera.tasks.action.task import ACTION

PRESET_NAMES = ("reference", "lite", "lite-ucf101")


def count_by_hand(width: int, classes: int, side: int) -> tuple[int, int]:
    """Parameters and operations of the layers in the paper's table, 2 a multiply-add."""
    taps = 3 * 7**3
    parameters = taps * width + 2 * width
    operations = 2 * taps * width * 16 * (side // 2) ** 2
    frames, edge, entry = 8, side // 4, width
    for stage in range(4):
        exit_ = width * 2**stage
        if stage:
            frames, edge = (frames + 1) // 2, (edge + 1) // 2
        kernels = 27 * entry * exit_ + 3 * 27 * exit_ * exit_
        norms = 4 * 2 * exit_
        if stage:
            kernels += entry * exit_
            norms += 2 * exit_
        parameters += kernels + norms
        operations += 2 * kernels * frames * edge**2
        entry = exit_
    parameters += entry * classes + classes
    operations += 2 * entry * classes
    return parameters, operations


def test_the_published_network_has_33_million_parameters() -> None:
    """33.26 M of Hara's ResNet-18 with 101 outputs; 16.6 GFLOP a clip."""
    parameters, operations = count_by_hand(64, 101, 112)
    assert parameters == 33_255_717
    assert operations == pytest.approx(16.6e9, rel=5e-3)


@pytest.mark.parametrize("preset", PRESET_NAMES)
def test_parameters_and_operations_are_as_listed(preset: str) -> None:
    shape = SHAPES[preset]
    parameters, operations = count_by_hand(shape.width, len(shape.classes), shape.side)
    with torch.device("meta"):
        network = ResNet3d(shape).eval()
        clip = torch.empty(1, 3, 16, shape.side, shape.side)
    trainable = sum(value.numel() for value in network.parameters() if value.requires_grad)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(clip)
    assert trainable == parameters == PRESETS[preset].parameters == ACTION.parameters[preset]
    assert counter.get_total_flops() == operations == PRESETS[preset].flops


def test_lite_fits_into_the_weights_that_ship() -> None:
    assert PRESETS["lite"].parameters * 4 <= 2.6e6


def test_shortcut_a_has_no_parameters_of_its_own() -> None:
    """The three 1x1x1 convolutions with their normalisations are what B has more."""
    shape = SHAPES["lite"]
    counts = {}
    for kind in ("A", "B"):
        network = ResNet3d(replace(shape, shortcut=kind))
        counts[kind] = sum(value.numel() for value in network.parameters())
    more = sum(entry * 2 * entry + 2 * 2 * entry for entry in (8, 16, 32))
    assert counts["B"] - counts["A"] == more


def test_shortcut_a_subsamples_and_adds_channels_of_zeros() -> None:
    network = ResNet3d(replace(SHAPES["lite"], shortcut="A"))
    block = network.stages[1][0]  # type: ignore[index]
    maps = torch.arange(8 * 4 * 4 * 4, dtype=torch.float32).reshape(1, 8, 4, 4, 4)
    carried = block.shortcut(maps)
    assert carried.shape == (1, 16, 2, 2, 2)
    assert torch.equal(carried[:, :8], maps[:, :, ::2, ::2, ::2])
    assert not carried[:, 8:].any()


def test_a_clip_gives_one_logit_for_each_class() -> None:
    network = build("lite", 0)
    with torch.inference_mode():
        logits = network(torch.zeros(2, 3, 16, 56, 56))
    assert logits.shape == (2, 10)
    assert not network.training


def test_the_seed_decides_the_weights_and_nothing_else_does() -> None:
    torch.manual_seed(3)
    first = build("lite", 7).stem.weight
    torch.manual_seed(4)
    state = torch.random.get_rng_state()
    second = build("lite", 7).stem.weight
    assert torch.equal(first, second)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert not torch.equal(first, build("lite", 8).stem.weight)


def test_rows_do_not_depend_on_each_other() -> None:
    network = build("lite", 1)
    rng = np.random.default_rng(0)
    clips = torch.from_numpy(rng.normal(size=(3, 3, 16, 56, 56)).astype(np.float32))
    with torch.inference_mode():
        together = network(clips)
        alone = torch.cat([network(clips[row : row + 1]) for row in range(3)])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(ConfigError, match="did you mean lite"):
        network_shape("light")
