"""Training LaneNet; imports PyTorch when a learner is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.scenarios.vehicle.tasks.lane_detection import networks
from edge_aibench.scenarios.vehicle.tasks.lane_detection.evaluation import judge
from edge_aibench.scenarios.vehicle.tasks.lane_detection.processing import (
    LaneProcessing,
    normalise,
)
from edge_aibench.scenarios.vehicle.tasks.lane_detection.training_frames import (
    Augmentation,
    TrainingFrames,
    draw_lines,
)
from edge_aibench.tasks.sample import chunks
from edge_aibench.tasks.task import REFERENCE
from edge_aibench.tasks.torch_state import (
    TrainingState,
    import_torch,
    module_arrays,
    seeded,
    torch_device,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from edge_aibench.tasks.component import LearnerRequest
    from edge_aibench.tasks.training import StepProgress

    Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a preset is trained.

    Adam with decoupled weight decay; the learning rate rises over the first *warmup* share of
    all steps and falls to nothing along half a cosine. *thickness_px* of the lines drawn as
    targets, at network size.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    thickness_px: int
    warmup: float = 0.05
    weight_decay: float = 2e-4
    augmentation: Augmentation = field(default_factory=Augmentation)


RECIPES: Final[Mapping[str, Recipe]] = {
    # The paper's batch and rate.
    REFERENCE: Recipe(epochs=100, batch_size=8, learning_rate=5e-4, thickness_px=4),
    networks.LITE: Recipe(epochs=20, batch_size=4, learning_rate=2e-3, thickness_px=2),
}


class LaneLearner:
    """The `Learner` of lane detection."""

    def __init__(self, request: LearnerRequest) -> None:
        self._torch = import_torch()
        shape = networks.get_shape(request.preset)
        self._recipe = RECIPES[request.preset]
        self._epochs = request.epochs or self._recipe.epochs
        self._device = torch_device(request.device)
        self._processing = LaneProcessing(size=shape.size)
        self._train = TrainingFrames(request.train, shape.size)
        self._val = request.val
        self._network = networks.build(request.preset, request.seed).to(self._device)
        self._optimiser = self._torch.optim.AdamW(
            self._network.parameters(),
            lr=self._recipe.learning_rate,
            weight_decay=self._recipe.weight_decay,
        )
        self._state = TrainingState({"network": self._network}, {"adam": self._optimiser})

    @property
    def epochs(self) -> int:
        """See `Learner.epochs`."""
        return self._epochs

    def train_epoch(self, epoch: int, rng: np.random.Generator, progress: StepProgress) -> float:
        """See `Learner.train_epoch`."""
        order = rng.permutation(len(self._train))
        size = self._recipe.batch_size
        steps = -(-len(order) // size)
        self._network.train()
        total = 0.0
        with seeded(rng):
            for step, part in enumerate(chunks(len(order), size)):
                done = (epoch * steps + step) / (self._epochs * steps)
                self._set_rate(done)
                total += len(part) * self._step(order[part.start : part.stop], rng)
                progress(part.stop, len(order))
        self._network.eval()
        return total / len(order)

    def validate(self) -> Mapping[str, float]:
        """See `Learner.validate`: the official metric, through the whole processing."""
        pairs = []
        for place in range(len(self._val)):
            sample = self._val[place]
            (rows,) = self._processing.preprocess(sample.raw)
            with self._torch.inference_mode():
                outputs = self._network(self._torch.from_numpy(rows).to(self._device))
            arrays = tuple(output.cpu().numpy() for output in outputs)
            pairs.append((sample, self._processing.postprocess(arrays, sample.raw)))
        return judge(self._val, pairs)

    def state(self) -> Arrays:
        """See `Learner.state`."""
        return self._state.arrays()

    def restore(self, state: Arrays) -> None:
        """See `Learner.restore`."""
        self._state.restore(state)

    def weights(self) -> Arrays:
        """See `Learner.weights`."""
        return module_arrays(self._network)

    def _step(self, places: NDArray[np.intp], rng: np.random.Generator) -> float:
        from edge_aibench.scenarios.vehicle.tasks.lane_detection.losses import (
            Discriminative,
            weighted_cross_entropy,
        )

        images, targets = self._batch(places, rng)
        logits, embedding = self._network(images)
        loss: Any = weighted_cross_entropy(logits, targets > 0)
        loss = loss + Discriminative()(embedding, targets)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self._optimiser.step()
        return float(loss.detach())

    def _batch(self, places: NDArray[np.intp], rng: np.random.Generator) -> tuple[Any, Any]:
        """Images float32 (n, 3, h, w) and line numbers int64 (n, h, w), as tensors."""
        changed = [
            self._recipe.augmentation.apply(self._train[int(place)], rng) for place in places
        ]
        images = normalise(np.stack([frame.image for frame in changed]))
        size = images.shape[2:]
        lines = np.stack(
            [
                draw_lines(frame.lines, (size[0], size[1]), thickness=self._recipe.thickness_px)
                for frame in changed
            ]
        )
        torch = self._torch
        return (
            torch.from_numpy(images).to(self._device),
            torch.from_numpy(lines.astype(np.int64)).to(self._device),
        )

    def _set_rate(self, done: float) -> None:
        warmup = self._recipe.warmup
        if done < warmup:
            share = (done + 1e-3) / (warmup + 1e-3)
        else:
            share = 0.5 * (1 + np.cos(np.pi * (done - warmup) / (1 - warmup)))
        for group in self._optimiser.param_groups:
            group["lr"] = self._recipe.learning_rate * share
