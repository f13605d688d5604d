"""Training DG-Net: whom real images show, then jointly with images made.

Imported only where PyTorch is in use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch  # noqa: TID253

from edge_aibench.scenarios.camera.tasks.person_reid import losses
from edge_aibench.scenarios.camera.tasks.person_reid.augmentation import augment, mirrored
from edge_aibench.scenarios.camera.tasks.person_reid.evaluation import ranking_metrics
from edge_aibench.scenarios.camera.tasks.person_reid.joint import Batch, JointTraining
from edge_aibench.scenarios.camera.tasks.person_reid.networks import build_for_training
from edge_aibench.scenarios.camera.tasks.person_reid.pictures import (
    batches,
    check_trainable,
    draw_pairs,
    load_pictures,
)
from edge_aibench.scenarios.camera.tasks.person_reid.processing import ReidProcessing
from edge_aibench.scenarios.camera.tasks.person_reid.recipes import RECIPES, Recipe
from edge_aibench.scenarios.camera.tasks.person_reid.shapes import network_shape
from edge_aibench.tasks.sample import chunks
from edge_aibench.tasks.torch_state import TrainingState, module_arrays, seeded, torch_device

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.tasks.component import LearnerRequest
    from edge_aibench.tasks.training import StepProgress

    Arrays = Mapping[str, NDArray[Any]]

_WARM_UP_SHARE: Final = 0.05
_FINAL_RATE_SHARE: Final = 0.02
_GRADIENT_LIMIT: Final = 5.0
# Of generator and discriminator. Published is 0 for the first; in the short joint stage of the
# lite preset reconstruction then stays at 7.5 for 30 steps, and falls from 7.7 to 6.7 with this.
_ADAM_BETAS: Final = (0.5, 0.999)

_VALIDATED_AT_ONCE: Final = 64


class ReidLearner:
    """DG-Net under training; see `Recipe` for its course.

    Raises ConfigError for images that cannot be read and for a training split of one person,
    HostError without PyTorch or without the device asked for.
    """

    def __init__(self, request: LearnerRequest, recipe: Recipe | None = None) -> None:
        shape = network_shape(request.preset)
        self._recipe = recipe or RECIPES[request.preset]
        self._device = torch_device(request.device)
        size = shape.encoder.height, shape.encoder.width
        self._processing = ReidProcessing.of_preset(request.preset)
        self._train = load_pictures(request.train, *size)
        check_trainable(self._train)
        self._val = load_pictures(request.val, *size)
        self._epochs = request.epochs or self._recipe.epochs
        self._networks = build_for_training(
            request.preset,
            request.seed,
            persons=self._train.count,
            dropouts=self._recipe.dropouts,
        )
        self._joint = JointTraining(
            self._networks, shape, self._recipe.loss_weights or losses.LossWeights()
        )
        self._modules = {
            "encoder": _laid_out(self._networks.encoder).to(self._device),
            "classifiers": self._networks.classifiers.to(self._device),
            "teacher": _laid_out(self._networks.teacher).to(self._device),
            "generator": self._networks.generator.to(self._device),
            "discriminator": self._networks.discriminator.to(self._device),
        }
        self._optimisers = _optimisers(self._modules, self._recipe)
        self._state = TrainingState(self._modules, self._optimisers)

    @property
    def epochs(self) -> int:
        """See `Learner`."""
        return self._epochs

    @property
    def identity_epochs(self) -> int:
        """How many epochs pass before images are made."""
        return self._epochs - self._recipe.joint_epochs(self._epochs)

    def train_epoch(self, epoch: int, rng: np.random.Generator, progress: StepProgress) -> float:
        """See `Learner`; the loss of a joint epoch is that of encoder and generator together."""
        for module in self._modules.values():
            module.train()
        with seeded(rng):
            if epoch < self.identity_epochs:
                steps = self._identity_steps(epoch, rng, progress)
            else:
                steps = self._joint_steps(epoch, rng, progress)
            return float(np.mean(list(steps)))

    def validate(self) -> Mapping[str, float]:
        """Rank the validation split as the test split is ranked."""
        encoder = self._networks.encoder.eval()
        vectors = []
        for part in chunks(len(self._val.images), _VALIDATED_AT_ONCE):
            rows = [self._processing.preprocess(self._val.images[index])[0] for index in part]
            with torch.inference_mode():
                outputs = encoder(torch.from_numpy(np.concatenate(rows)).to(self._device))
            pairs = [output.cpu().numpy().reshape(len(part), 2, -1) for output in outputs]
            vectors += [
                self._processing.postprocess((primary, fine), None)
                for primary, fine in zip(*pairs, strict=True)
            ]
        return ranking_metrics(zip(self._val.labels, vectors, strict=True))

    def state(self) -> Arrays:
        """See `Learner`."""
        return self._state.arrays()

    def restore(self, state: Arrays) -> None:
        """See `Learner`."""
        self._state.restore(state)

    def weights(self) -> Arrays:
        """The appearance encoder's, without the classifiers."""
        return module_arrays(self._networks.encoder)

    def _identity_steps(
        self, epoch: int, rng: np.random.Generator, progress: StepProgress
    ) -> Iterator[float]:
        cut = batches(len(self._train.images), self._recipe.batch, rng)
        for step, indices in enumerate(cut):
            done = (epoch + step / len(cut)) / self.identity_epochs
            self._set_identity_rate(_rate_share(done))
            images = self._tensor(
                augment(self._train.images[indices], rng, self._recipe.augmentation)
            )
            persons = self._tensor(self._train.persons[indices])
            encoder, classifiers = self._networks.encoder, self._networks.classifiers
            loss = losses.identity_loss(classifiers(encoder(images)), persons)
            self._descend("identity", loss)
            scores = self._networks.teacher(images)
            self._descend("teacher", torch.nn.functional.cross_entropy(scores, persons))
            progress(sum(len(part) for part in cut[: step + 1]), len(self._train.images))
            yield float(loss.detach())

    def _joint_steps(
        self, epoch: int, rng: np.random.Generator, progress: StepProgress
    ) -> Iterator[float]:
        self._networks.teacher.eval()
        self._set_identity_rate(_FINAL_RATE_SHARE)
        joint_epochs = self._epochs - self.identity_epochs
        steps = self._recipe.joint_steps
        for step in range(steps):
            batch = self._joint_batch(rng)
            ramp = (epoch - self.identity_epochs + step / steps) / joint_epochs
            made = self._joint.losses(batch, ramp=ramp)
            self._descend("generator", made.total, "identity")
            self._descend("discriminator", self._joint.discriminator_loss(made))
            progress((step + 1) * len(batch.images), steps * len(batch.images))
            yield float(made.total.detach())

    def _joint_batch(self, rng: np.random.Generator) -> Batch:
        first, second = draw_pairs(self._train, self._recipe.joint_batch, rng)
        image = np.concatenate((first.image, second.image))
        other = np.concatenate((first.other, second.other))
        return Batch(
            images=self._tensor(mirrored(self._train.images[image], rng)),
            others=self._tensor(mirrored(self._train.images[other], rng)),
            persons=self._tensor(self._train.persons[image]),
        )

    def _descend(self, name: str, loss: torch.Tensor, *also: str) -> None:
        """Step the optimisers of these names down the loss."""
        names = (name, *also)
        for optimiser in self._optimisers.values():
            optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        for each in names:
            parameters = [p for g in self._optimisers[each].param_groups for p in g["params"]]
            torch.nn.utils.clip_grad_norm_(parameters, _GRADIENT_LIMIT)
            self._optimisers[each].step()

    def _set_identity_rate(self, share: float) -> None:
        for name in ("identity", "teacher"):
            for group in self._optimisers[name].param_groups:
                group["lr"] = share * self._recipe.rates.identity

    def _tensor(self, array: NDArray[Any]) -> torch.Tensor:
        return torch.from_numpy(array).to(self._device)


def _laid_out(module: torch.nn.Module) -> torch.nn.Module:
    """Store convolutions with channels last: a step of the lite encoder takes a third less time.

    (0.12 instead of 0.18 s for 32 images forth and back, on one core.)
    """
    layout: torch.nn.Module = module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return layout


def _optimisers(
    modules: Mapping[str, torch.nn.Module], recipe: Recipe
) -> dict[str, torch.optim.Optimizer]:
    rates = recipe.rates
    learning = [*modules["encoder"].parameters(), *modules["classifiers"].parameters()]
    return {
        "identity": _adamw(learning, recipe),
        "teacher": _adamw(list(modules["teacher"].parameters()), recipe),
        "generator": torch.optim.Adam(
            modules["generator"].parameters(), lr=rates.generation, betas=_ADAM_BETAS
        ),
        "discriminator": torch.optim.Adam(
            modules["discriminator"].parameters(), lr=rates.generation, betas=_ADAM_BETAS
        ),
    }


def _adamw(parameters: list[torch.nn.Parameter], recipe: Recipe) -> torch.optim.AdamW:
    rates = recipe.rates
    return torch.optim.AdamW(parameters, lr=rates.identity, weight_decay=rates.weight_decay)


def _rate_share(done: float) -> float:
    """A short warm-up, then half a cosine to a small share; *done* goes from 0 to 1."""
    warm = min(1.0, (done + 0.01) / _WARM_UP_SHARE)
    share = 0.5 * (1 + np.cos(np.pi * done))
    return float(warm * max(share, _FINAL_RATE_SHARE))
