"""What stands behind a task: its data, its network, its processing, its training, its judge.

A `Task` is a line in a list and costs nothing; a `Component` does the work. Its parts import
their frameworks where they use them: a machine that only infers never loads a training
framework, and listing tasks loads none.

    raw sample --preprocess--> rows --network--> outputs --postprocess--> answer --judge--> quality

One sample may need several rows of the network's input (an image and its mirror image, the clips
of a video): the leading axis of all arrays counts rows, and `postprocess` gets them all back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.tasks.task import LITE, REFERENCE

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from edge_aibench.tasks.sample import Sample, Samples
    from edge_aibench.tasks.task import Task
    from edge_aibench.tasks.training import Learner, TrainingProgress
    from edge_aibench.tasks.weights import TrainedNetwork

    Rows = tuple[NDArray[Any], ...]

TRAIN, VAL, TEST = "train", "val", "test"
"""The splits that every data set has. Where the real one has no `val`, its loader takes a part
of `train`, and says which."""

Framework = Literal["torch", "keras"]
Metrics = Mapping[str, float]
DataProgress = Callable[[int, int], None]
"""Told how many samples are written, of how many."""


@dataclass(frozen=True, kw_only=True)
class TensorSpec:
    """One input or output of a network, without the leading axis of rows.

    A dimension of None may differ from call to call, as the length of an utterance does.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str = "float32"


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A size of the network.

    *parameters* counts what training changes; *flops* is the floating point work of one row at
    the input shape given (2 for a multiply-add), counted by the framework's own tool, None where
    the size of a row is not fixed by itself: then *flops_note* says what was counted.
    """

    parameters: int
    flops: int | None
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    flops_note: str = ""


class DataLayout(Protocol):
    """The on-disk layout of a public data set: one loader for the real one and for ours."""

    def write(
        self, root: Path, *, seed: int, scale: float, progress: DataProgress | None = None
    ) -> None:
        """Generate a data set in this layout under *root*, a new or empty folder.

        *scale* 1 is the size that the shipped weights were trained on; all splits shrink with
        it, each to at least what the judge needs. The same arguments write the same bytes.
        Raises ConfigError if *root* holds something already or *scale* is out of range.
        """

    def open(self, root: Path, *, split: str) -> Samples[Any, Any]:
        """Open a split. Raises ConfigError for a folder that is not in the layout: the missing
        file or folder, what is expected there, and the next step.
        """


class Processing(Protocol):
    """What happens on the device before the network and after it; numpy and OpenCV only."""

    def preprocess(self, raw: Any, /) -> Rows:
        """Turn a raw sample into the network's inputs, each of shape (rows, ...).

        Raises ConfigError for a raw sample of another kind, saying what is expected.
        """

    def postprocess(self, outputs: Rows, raw: Any, /) -> Any:
        """Turn the network's outputs, each of shape (rows, ...), into the task's answer."""

    def describe(self, answer: Any, /) -> Mapping[str, Any]:
        """Give an answer as values that JSON can hold, for people and for the wire."""


Controls = Callable[["Samples[Any, Any]", "Samples[Any, Any]"], Mapping[str, Metrics]]
"""From train and test split to the quality of trivial methods, by the method's name."""

Judge = Callable[["Samples[Any, Any]", "Sequence[tuple[Sample[Any, Any], Any]]"], Metrics]
"""From the split and (sample, answer) pairs to the official metrics. Samples that could not be
read are not among the pairs."""


class Session(Protocol):
    """A network in a runtime: rows in, outputs out.

    Sessions keep buffers of their own and serve one thread at a time: give each worker its own.
    """

    def run(self, inputs: Rows, /) -> Rows:
        """Give the outputs, each of shape (rows, ...), for inputs of shape (rows, ...).

        The arrays belong to the caller. Raises ConfigError for inputs of another shape.
        """


@dataclass(frozen=True, kw_only=True)
class LearnerRequest:
    """What a training starts from; *device* is `cpu` or `cuda`, *epochs* the whole length."""

    preset: str
    seed: int
    epochs: int | None
    device: str
    train: Samples[Any, Any]
    val: Samples[Any, Any]


@dataclass(frozen=True, kw_only=True)
class TrainingRequest:
    """What to train and for how long; *epochs* None is the recipe's number.

    *target* is a value of the task's headline metric on the validation split; with
    *stop_at_target* training ends when it is reached.
    """

    preset: str
    seed: int = 1
    epochs: int | None = None
    device: str = "cpu"
    target: float | None = None
    stop_at_target: bool = False


class OwnNetwork(Protocol):
    """For a component that trains, exports and loads its networks in a way of its own."""

    def open(
        self, *, preset: str, runtime: str, threads: int | None, weights_root: Path | None
    ) -> Session:
        """Load a network into a runtime, as `edge_aibench.inference.pipeline.load_task` would."""

    def export(self, *, preset: str, weights_root: Path | None) -> bytes:
        """Give the file that the runtime to deploy on loads."""

    def train(
        self,
        request: TrainingRequest,
        *,
        data_root: Path,
        out: Path,
        progress: TrainingProgress | None,
        resume: bool,
    ) -> TrainedNetwork:
        """Train and judge, as `edge_aibench.inference.publish.train_task` would."""


class NoData:
    """The data layout of a task that has none."""

    def write(
        self, root: Path, *, seed: int, scale: float, progress: DataProgress | None = None
    ) -> None:
        """See `DataLayout.write`; always raises ConfigError."""
        del root, seed, scale, progress
        raise _missing_part("data")

    def open(self, root: Path, *, split: str) -> Samples[Any, Any]:
        """See `DataLayout.open`; always raises ConfigError."""
        del root, split
        raise _missing_part("data")


def no_learner(request: LearnerRequest) -> Learner:
    """The learner of a task that has none; raises ConfigError."""
    del request
    raise _missing_part("learner")


def no_judge(samples: Samples[Any, Any], pairs: Sequence[tuple[Sample[Any, Any], Any]]) -> Metrics:
    """The judge of a task that has none; raises ConfigError."""
    del samples, pairs
    raise _missing_part("judge")


def no_controls(train: Samples[Any, Any], test: Samples[Any, Any]) -> Mapping[str, Metrics]:
    """No trivial method to compare with."""
    del train, test
    return {}


@dataclass(frozen=True, kw_only=True)
class Component:
    """A task's parts.

    *task* is the entry in the list. *presets* describes the networks; *build* gives a native
    network (a `torch.nn.Module` in evaluation mode, or a `keras.Model`) of a preset with random
    weights of a seed; its inputs and outputs are in the preset's order. *processing* is made for
    a preset. *read* gives the raw sample in a file of a kind people have (an image, a video, a
    sound), raising ConfigError for another; None if there is no such kind. *learner* trains a
    preset on data. *headline* names the judge's metric that counts most, the higher the better
    unless *lower_is_better*. *encodings* names the payloads that its sensor may send, see
    `edge_aibench.tasks.payload`. *has_weights* says that *build* gives weights that somebody
    trained or worked out, not random ones.

    *source* is a function beside the network's source code, *build* by default: what was
    exported is exported again when that code changes. Tasks with one *data_name* share their
    generated data; *data_digest* tells versions of the generator apart where it is not the
    package of *data*.
    """

    task: Task
    framework: Framework
    presets: Mapping[str, Preset]
    processing: Callable[[str], Processing] = field(repr=False)
    build: Callable[[str, int], Any] = field(repr=False)
    data: DataLayout = field(default_factory=NoData)
    learner: Callable[[LearnerRequest], Learner] = field(default=no_learner, repr=False)
    judge: Judge = field(default=no_judge, repr=False)
    controls: Controls = field(default=no_controls, repr=False)
    read: Callable[[Path], Any] | None = field(default=None, repr=False)
    headline: str = ""
    lower_is_better: bool = False
    encodings: tuple[str, ...] = ("raw",)
    own_network: OwnNetwork | None = field(default=None, repr=False)
    has_weights: bool = False
    source: Callable[..., Any] | None = field(default=None, repr=False)
    data_name: str = ""
    data_digest: Callable[[], str] | None = field(default=None, repr=False)

    @property
    def default_preset(self) -> str:
        """`lite` where there is one: it is trained; else `reference`."""
        return LITE if LITE in self.presets else REFERENCE

    def headlines(self, metrics: Metrics) -> Metrics:
        """Give those of the judge's metrics that the task lists, all if it lists none."""
        listed = self.task.metrics or tuple(metrics)
        return {name: metrics[name] for name in listed if name in metrics}

    def preset(self, name: str) -> Preset:
        """Give a preset by name; raises ConfigError, with the nearest names, for another."""
        if name not in self.presets:
            raise unknown_name("preset", name, self.presets, where=f"task {self.task.name}")
        return self.presets[name]


def _missing_part(part: str) -> ConfigError:
    return ConfigError(
        f"the task has no {part}",
        where="task",
        next_step=f"give its component a `{part}`; docs/tasks.md says what that is",
    )
