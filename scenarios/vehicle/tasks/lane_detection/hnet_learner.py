"""Training H-Net, and using one in the processing; imports PyTorch when that is done.

H-Net is no part of the component's network: it looks at the image by itself, and the processing
takes the perspective from it, as `LaneProcessing(perspective=perspective_of(network, ...))`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.scenarios.vehicle.tasks.lane_detection import networks
from edge_aibench.scenarios.vehicle.tasks.lane_detection.perspective import Perspective
from edge_aibench.scenarios.vehicle.tasks.lane_detection.processing import (
    checked_image,
    normalise,
    shrink,
)
from edge_aibench.scenarios.vehicle.tasks.lane_detection.training_frames import (
    Augmentation,
    TrainingFrame,
    TrainingFrames,
)
from edge_aibench.tasks.sample import chunks
from edge_aibench.tasks.torch_state import (
    TrainingState,
    import_torch,
    module_arrays,
    seeded,
    torch_device,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from edge_aibench.scenarios.vehicle.tasks.lane_detection.processing import PerspectiveOf
    from edge_aibench.tasks.component import LearnerRequest
    from edge_aibench.tasks.training import StepProgress

    Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, kw_only=True)
class HNetRecipe:
    """How an H-Net is trained: Adam at one rate; the paper's batch and rate are 10 and 5e-5,
    for a network that starts without a perspective.
    """

    epochs: int = 10
    batch_size: int = 10
    learning_rate: float = 2e-4
    # Turning an image makes level lines slant, which no such homography can undo.
    augmentation: Augmentation = field(default_factory=lambda: Augmentation(turn_deg=0.0))


RECIPE = HNetRecipe()


class HNetLearner:
    """The `Learner` of an H-Net; it validates by `reprojection_error`, the root of the mean
    squared distance in x, in percent of the width.
    """

    def __init__(self, request: LearnerRequest) -> None:
        self._torch = import_torch()
        self._epochs = request.epochs or RECIPE.epochs
        self._device = torch_device(request.device)
        self._network = networks.build_hnet(request.preset, request.seed).to(self._device)
        size = networks.HNET_SHAPES[request.preset].size
        self._train = TrainingFrames(request.train, size)
        self._val = TrainingFrames(request.val, size)
        self._optimiser = self._torch.optim.Adam(
            self._network.parameters(), lr=RECIPE.learning_rate
        )
        self._state = TrainingState({"network": self._network}, {"adam": self._optimiser})

    @property
    def epochs(self) -> int:
        """See `Learner.epochs`."""
        return self._epochs

    def train_epoch(self, epoch: int, rng: np.random.Generator, progress: StepProgress) -> float:  # noqa: ARG002
        """See `Learner.train_epoch`."""
        order = rng.permutation(len(self._train))
        self._network.train()
        total = 0.0
        with seeded(rng):
            for part in chunks(len(order), RECIPE.batch_size):
                frames = [
                    RECIPE.augmentation.apply(self._train[int(place)], rng)
                    for place in order[part.start : part.stop]
                ]
                # Batch normalisation has nothing to normalise by in a batch of one.
                if len(frames) > 1 or len(order) == 1:
                    loss = self._loss(frames)
                    self._optimiser.zero_grad(set_to_none=True)
                    loss.backward()
                    self._optimiser.step()
                    total += len(part) * float(loss.detach())
                progress(part.stop, len(order))
        self._network.eval()
        return total / len(order)

    def validate(self) -> Mapping[str, float]:
        """See `Learner.validate`."""
        losses = []
        with self._torch.inference_mode():
            for place in range(len(self._val)):
                losses.append(float(self._loss([self._val[place]])))
        return {"reprojection_error": float(np.sqrt(np.mean(losses)))}

    def state(self) -> Arrays:
        """See `Learner.state`."""
        return self._state.arrays()

    def restore(self, state: Arrays) -> None:
        """See `Learner.restore`."""
        self._state.restore(state)

    def weights(self) -> Arrays:
        """See `Learner.weights`."""
        return module_arrays(self._network)

    def _loss(self, frames: Sequence[TrainingFrame]) -> Any:
        from edge_aibench.scenarios.vehicle.tasks.lane_detection.losses import reprojection_loss

        torch = self._torch
        images = normalise(np.stack([frame.image for frame in frames]))
        points, present = pad_points(frames)
        numbers = self._network(torch.from_numpy(images).to(self._device))
        loss = reprojection_loss(
            numbers,
            torch.from_numpy(points).to(self._device),
            torch.from_numpy(present).to(self._device),
        )
        # In squared percent: in shares its slopes are as small as Adam's epsilon.
        return 100**2 * loss


def pad_points(
    frames: Sequence[TrainingFrame],
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Give the lines' points in shares of width and height, (n, lines, k, 2), and where they
    are points at all, (n, lines, k); at least one line of one point.
    """
    most = max([len(frame.lines) for frame in frames] + [1])
    longest = max([len(line) for frame in frames for line in frame.lines] + [1])
    points = np.zeros((len(frames), most, longest, 2), np.float32)
    present = np.zeros((len(frames), most, longest), np.bool_)
    for number, frame in enumerate(frames):
        size = np.array(frame.image.shape[1::-1])
        for place, line in enumerate(frame.lines):
            points[number, place, : len(line)] = (line + 0.5) / size
            present[number, place, : len(line)] = True
    return points, present


def perspective_of(network: Any, preset: str) -> PerspectiveOf:
    """Make a trained H-Net of a preset into what `LaneProcessing` takes its perspective from."""
    torch = import_torch()
    size = networks.HNET_SHAPES[preset].size

    def look(raw: Any) -> Perspective:
        image = normalise(shrink(checked_image(raw), size)[np.newaxis])
        with torch.inference_mode():
            a, b, c, d, e, f = network(torch.from_numpy(image))[0].tolist()
        return Perspective(a=a, b=b, c=c, d=d, e=e, f=f)

    return look
