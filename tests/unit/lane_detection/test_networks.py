from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.vehicle.tasks.lane_detection import networks
from edge_aibench.scenarios.vehicle.tasks.lane_detection.component import component
from edge_aibench.scenarios.vehicle.tasks.lane_detection.enet import unpool

LITE_BUDGET_BYTES = 1_600_000


def count(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)


def test_the_reference_has_the_published_size() -> None:
    preset = component().preset("reference")
    network = networks.build("reference", 0)
    assert count(network) == preset.parameters
    assert round(preset.parameters / 1e6, 2) == 0.56
    assert preset.inputs[0].shape == (3, 256, 512)


def test_the_lite_network_is_within_its_budget() -> None:
    preset = component().preset("lite")
    assert count(networks.build("lite", 0)) == preset.parameters
    assert 4 * preset.parameters <= LITE_BUDGET_BYTES


@pytest.mark.parametrize("name", ["reference", "lite"])
def test_floating_point_work(name: str) -> None:
    preset = component().preset(name)
    image = torch.zeros((1, *(size for size in preset.inputs[0].shape if size)))
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        outputs = networks.build(name, 0)(image)
    assert counter.get_total_flops() == preset.flops
    shapes = [tuple(output.shape[1:]) for output in outputs]
    assert shapes == [spec.shape for spec in preset.outputs]
    if name == "reference":
        assert round(counter.get_total_flops() / 1e9, 2) == 3.00


def test_the_task_lists_the_same_parameters() -> None:
    parts = component()
    assert parts.task.parameters == {
        name: preset.parameters for name, preset in parts.presets.items()
    }


def test_h_net_has_the_published_size() -> None:
    convolutions = 9 * (3 * 16 + 16 * 16 + 16 * 32 + 32 * 32 + 32 * 64 + 64 * 64)
    scales = 2 * 2 * (16 + 32 + 64) + 2 * 1024
    dense = (64 * 8 * 16 + 1) * 1024 + (1024 + 1) * 6
    network = networks.build_hnet("reference", 0)
    assert count(network) == convolutions + scales + dense
    assert count(network) == networks.HNET_SHAPES["reference"].parameters
    assert round(count(network) / 1e6, 2) == 8.47
    assert count(networks.build_hnet("lite", 0)) == networks.HNET_SHAPES["lite"].parameters


def test_unpooling_is_that_of_pytorch() -> None:
    features = torch.from_numpy(np.random.default_rng(0).normal(size=(2, 3, 8, 6)))
    pooled, places = functional.max_pool2d_with_indices(features, (2, 2))
    expected = functional.max_unpool2d(pooled, places, (2, 2))
    assert torch.equal(unpool(pooled, places), expected)


def test_weights_follow_the_seed_and_leave_pytorch_s_own_chance_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    first, second, other = (networks.build("lite", seed) for seed in (1, 1, 2))
    assert torch.equal(torch.rand(1), expected)
    pairs = list(zip(first.parameters(), second.parameters(), strict=True))
    assert all(torch.equal(one, two) for one, two in pairs)
    kernels = [network.initial.conv.weight for network in (first, other)]
    assert not torch.equal(*kernels)
    assert not first.training


def test_rows_do_not_see_each_other() -> None:
    network = networks.build("lite", 0)
    images = torch.from_numpy(
        np.random.default_rng(0).uniform(-1, 1, (2, 3, 32, 64)).astype(np.float32)
    )
    with torch.no_grad():
        together, alone = network(images), network(images[1:])
    for both, one in zip(together, alone, strict=True):
        assert torch.allclose(both[1:], one, atol=1e-5)


def test_presets_of_another_name_are_refused() -> None:
    with pytest.raises(ConfigError, match="did you mean lite"):
        networks.build("lit", 0)
    with pytest.raises(ConfigError, match="did you mean reference"):
        networks.build_hnet("referenc", 0)
