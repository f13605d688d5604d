from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.rng import stream
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data import TuSimple
from edge_aibench.scenarios.vehicle.tasks.lane_detection.hnet_learner import (
    HNetLearner,
    pad_points,
    perspective_of,
)
from edge_aibench.scenarios.vehicle.tasks.lane_detection.learner import LaneLearner
from edge_aibench.scenarios.vehicle.tasks.lane_detection.networks import build_hnet
from edge_aibench.scenarios.vehicle.tasks.lane_detection.perspective import fixed_perspective
from edge_aibench.scenarios.vehicle.tasks.lane_detection.training_frames import (
    Augmentation,
    TrainingFrame,
    TrainingFrames,
    draw_lines,
)
from edge_aibench.tasks.component import LearnerRequest
from edge_aibench.tasks.sample import Samples
from edge_aibench.tasks.torch_state import set_module_arrays


class First:
    """The first samples of a split."""

    def __init__(self, samples: Samples[object, object], count: int) -> None:
        self._samples = samples
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int, /) -> object:
        return self._samples[index]


def request(root: Path, *, epochs: int = 2, preset: str = "lite") -> LearnerRequest:
    data = TuSimple()
    return LearnerRequest(
        preset=preset,
        seed=1,
        epochs=epochs,
        device="cpu",
        train=First(data.open(root, split="train"), 4),  # type: ignore[arg-type]
        val=First(data.open(root, split="val"), 2),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("learner", [LaneLearner, HNetLearner])
def test_a_resumed_training_ends_in_the_same_weights(
    tusimple: Path, learner: type[LaneLearner] | type[HNetLearner]
) -> None:
    asked = request(tusimple)
    whole = learner(asked)
    assert whole.epochs == 2
    told: list[tuple[int, int]] = []
    first = whole.train_epoch(0, stream(1, "0"), lambda *done: told.append(done))
    assert told[-1] == (4, 4)
    halfway = whole.state()
    second = whole.train_epoch(1, stream(1, "1"), lambda *_done: None)
    assert second != first
    resumed = learner(asked)
    resumed.restore(halfway)
    assert resumed.train_epoch(1, stream(1, "1"), lambda *_done: None) == second
    for name, array in whole.weights().items():
        assert np.array_equal(array, resumed.weights()[name]), name
    assert whole.validate() == resumed.validate()


def test_the_loss_falls(tusimple: Path) -> None:
    learner = LaneLearner(request(tusimple, epochs=6))
    losses = [learner.train_epoch(n, stream(1, "same"), lambda *_done: None) for n in range(6)]
    assert losses[-1] < 0.9 * losses[0]


def test_validation_is_the_official_metric(tusimple: Path) -> None:
    quality = LaneLearner(request(tusimple)).validate()
    assert set(quality) == {"accuracy", "false_positive_rate", "false_negative_rate"}


def test_a_preset_of_another_name_is_refused(tusimple: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean lite"):
        LaneLearner(request(tusimple, preset="light"))


def test_h_net_starts_at_the_fixed_perspective(tusimple: Path) -> None:
    """Up to the little that its last layer adds, and what it has learned is loaded again."""
    samples = TuSimple().open(tusimple, split="val")
    look = perspective_of(build_hnet("lite", 0), "lite")
    numbers = np.array(look(samples[0].raw).numbers)
    assert numbers == pytest.approx(np.array(fixed_perspective().numbers), abs=0.1)
    learner = HNetLearner(request(tusimple))
    error = learner.validate()["reprojection_error"]
    # A cubic from above leaves less than a pixel of 1280 of the labels, 0.08 % of the width.
    assert 0 < error < 0.08
    network = build_hnet("lite", 5)
    set_module_arrays(network, learner.weights(), where="test")
    trained = perspective_of(network, "lite")(samples[0].raw).numbers
    assert trained == perspective_of(build_hnet("lite", 1), "lite")(samples[0].raw).numbers


def test_points_are_padded() -> None:
    image = np.zeros((64, 128, 3), np.uint8)
    line = np.array([(63.5, 31.5), (31.5, 63.5)])
    frames = [
        TrainingFrame(image=image, lines=(line, line[:1])),
        TrainingFrame(image=image, lines=()),
    ]
    points, present = pad_points(frames)
    assert present.tolist() == [[[True, True], [True, False]], [[False, False]] * 2]
    assert points[0, 0].tolist() == [[0.5, 0.5], [0.25, 1.0]]


def test_lines_are_moved_with_the_image() -> None:
    """A bright dot stays where its line's point says it is."""
    image = np.zeros((128, 256, 3), np.uint8)
    point = np.array([(90.0, 50.0)])
    image[48:53, 88:93] = 255
    frame = TrainingFrame(image=image, lines=(point,))
    rng = np.random.default_rng(0)
    mirrored = 0
    for _ in range(20):
        changed = Augmentation(turn_deg=8, light=0.1).apply(frame, rng)
        weight = changed.image[..., 0].astype(float)
        rows, columns = np.indices(weight.shape)
        centre = (weight * columns).sum() / weight.sum(), (weight * rows).sum() / weight.sum()
        assert centre == pytest.approx(tuple(changed.lines[0][0]), abs=0.3)
        mirrored += centre[0] > 128
    assert 4 < mirrored < 16


def test_frames_and_lines_are_shrunk_alike(tusimple: Path) -> None:
    samples = TuSimple().open(tusimple, split="val")
    frames = TrainingFrames(samples, (36, 64))
    frame = frames[0]
    assert frame.image.shape == (36, 64, 3)
    (full, *_), (small, *_) = samples[0].label.polylines(), frame.lines
    # Pixels are counted from 0 at their centres: 1280 of them become 64, twenty each.
    assert (small + 0.5) * 20 == pytest.approx(full + 0.5)
    assert frames[0] is frame


def test_lines_are_drawn_with_their_numbers() -> None:
    lines = [np.array([(10.0, 0.0), (10.0, 31.0)]), np.array([(40.0, 0.0), (40.0, 31.0)])]
    drawn = draw_lines(lines, (32, 64), thickness=2)
    assert set(np.unique(drawn)) == {0, 1, 2}
    assert (drawn[:, 10] == 1).all()
    assert (drawn[:, 40] == 2).all()
    assert (drawn > 0).sum(axis=1).max() <= 2 * 3
