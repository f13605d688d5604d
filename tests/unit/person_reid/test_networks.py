from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.camera.tasks.person_reid.component import component
from edge_aibench.scenarios.camera.tasks.person_reid.networks import (
    Dropouts,
    TrainingNetworks,
    build,
    build_for_training,
)

NO_DROPOUT = Dropouts(primary=0.0, fine=0.0, teacher=0.0)
MARKET_PERSONS = 751


def parameters(*modules: torch.nn.Module) -> int:
    return sum(p.numel() for module in modules for p in module.parameters() if p.requires_grad)


@pytest.fixture(scope="module")
def reference() -> TrainingNetworks:
    """The published networks without numbers in them."""
    with torch.device("meta"):
        return build_for_training("reference", 0, persons=MARKET_PERSONS, dropouts=NO_DROPOUT)


@pytest.fixture(scope="module")
def lite() -> TrainingNetworks:
    return build_for_training("lite", 0, persons=5, dropouts=NO_DROPOUT)


def test_reference_has_the_published_number_of_parameters(reference: TrainingNetworks) -> None:
    # ResNet-50 without its classifier has 23,508,032; an embedding has 2048 x 512 weights, 512
    # biases and 2 x 512 of normalisation; a classifier 512 x 751 and 751.
    resnet50, embedding, classifier = 23_508_032, 2048 * 512 + 3 * 512, 512 * 751 + 751
    assert parameters(reference.encoder.backbone) == resnet50
    assert parameters(reference.encoder) == resnet50 + 2 * embedding == 25_608_256
    assert round(parameters(reference.encoder) / 1e6, 1) == 25.6
    assert parameters(reference.classifiers) == 2 * classifier
    both = parameters(reference.encoder, reference.classifiers)
    assert round(both / 1e6, 1) == 26.4
    assert parameters(reference.teacher) == resnet50 + embedding + classifier
    assert round(parameters(reference.teacher.backbone) / 1e6, 1) == 23.5


def test_reference_generator_has_the_published_number_of_parameters(
    reference: TrainingNetworks,
) -> None:
    generator = reference.generator
    adapters = parameters(generator.scales, generator.shifts)
    assert round(parameters(generator.structure) / 1e6, 2) == 0.38
    assert round(adapters / 1e6, 1) == 11.5
    assert round(parameters(generator.blocks, generator.upsampling) / 1e6, 2) == 1.46


def test_reference_discriminator_has_the_layers_of_its_table(reference: TrainingNetworks) -> None:
    def conv(inputs: int, outputs: int, kernel: int) -> int:
        return inputs * outputs * kernel**2 + outputs

    one_scale = (
        conv(3, 32, 1) + 3 * conv(32, 32, 3) + conv(32, 64, 3) + 8 * conv(64, 64, 3)
    ) + conv(64, 1, 1)
    assert parameters(reference.discriminator) == 3 * one_scale


@pytest.mark.parametrize("preset", ["reference", "lite"])
def test_presets_state_parameters_and_work(preset: str) -> None:
    stated = component().preset(preset)
    with torch.device("meta"):
        network = build(preset, 0)
    assert parameters(network) == stated.parameters
    (images,) = stated.inputs
    shape = tuple(size or 0 for size in images.shape)
    with FlopCounterMode(display=False) as counter, torch.device("meta"), torch.no_grad():
        network(torch.empty(1, *shape))
    assert counter.get_total_flops() == stated.flops


def test_reference_does_the_published_work() -> None:
    flops = component().preset("reference").flops
    assert flops is not None
    assert round(flops / 1e9, 2) == 8.11


def test_lite_weights_fit_their_budget(lite: TrainingNetworks) -> None:
    stored = sum(
        value.numel() * value.element_size() for value in lite.encoder.state_dict().values()
    )
    assert stored <= 3.2e6


def test_same_seed_same_weights_and_no_chance_taken_from_elsewhere() -> None:
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    first, again, other = build("lite", 4), build("lite", 4), build("lite", 5)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(
        torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True)
    )
    assert not torch.equal(next(first.parameters()), next(other.parameters()))
    assert not first.training


def test_outputs_have_the_shapes_that_the_preset_states(lite: TrainingNetworks) -> None:
    network = lite.encoder.eval()
    with torch.inference_mode():
        outputs = network(torch.rand(3, 3, 128, 64))
    for output, spec in zip(outputs, component().preset("lite").outputs, strict=True):
        assert output.shape == (3, *spec.shape)


def test_rows_do_not_depend_on_each_other(lite: TrainingNetworks) -> None:
    network, images = lite.encoder.eval(), torch.rand(3, 3, 128, 64)
    with torch.inference_mode():
        together = network(images)
        alone = network(images[1:2])
    for all_rows, one in zip(together, alone, strict=True):
        assert torch.allclose(all_rows[1:2], one, rtol=1e-4, atol=1e-3)


def test_last_stage_keeps_its_resolution_in_the_encoder_only(lite: TrainingNetworks) -> None:
    image = torch.rand(1, 3, 128, 64)
    with torch.inference_mode():
        assert lite.encoder.eval().backbone(image).shape == (1, 256, 8, 4)
        assert lite.teacher.eval().backbone(image).shape == (1, 256, 4, 2)


def test_part_codes_go_from_head_to_foot_and_carry_no_gradient(lite: TrainingNetworks) -> None:
    network, images = lite.encoder.eval(), torch.rand(2, 3, 128, 64)
    codes, embeddings = network.embed_with_parts(images)
    features = network.backbone(images).detach()
    assert codes.shape == (2, 4, 256)
    for part in range(4):
        rows = features[:, :, 2 * part : 2 * part + 2]
        assert torch.allclose(codes[:, part], rows.amax(dim=(2, 3)))
    assert not codes.requires_grad
    assert all(embedding.requires_grad for embedding in embeddings)
    for embedding, plain in zip(embeddings, network(images), strict=True):
        assert torch.equal(embedding, plain)


def test_images_are_made_at_the_generators_size(lite: TrainingNetworks) -> None:
    structure = lite.generator.encode(torch.rand(2, 1, 64, 32))
    assert structure.shape == (2, 64, 16, 8)
    images = lite.generator.decode(structure, torch.rand(2, 4, 256))
    assert images.shape == (2, 3, 64, 32)
    verdicts = lite.discriminator(images)
    assert [tuple(v.shape) for v in verdicts] == [(2, 1, 16, 8), (2, 1, 8, 4), (2, 1, 4, 2)]


def test_every_part_of_the_body_shapes_the_image(lite: TrainingNetworks) -> None:
    rng = np.random.default_rng(0)
    structure = torch.from_numpy(rng.normal(size=(1, 64, 16, 8)).astype(np.float32))
    codes = torch.from_numpy(rng.normal(size=(1, 4, 256)).astype(np.float32))
    with torch.inference_mode():
        before = lite.generator.decode(structure, codes)
        for part in range(4):
            changed = codes.clone()
            changed[:, part] += 1
            assert not torch.allclose(lite.generator.decode(structure, changed), before)


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(ConfigError, match="no preset of this name"):
        build("light", 0)
