"""The three ICU tasks as components: windows of hours in, a probability out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.icu import samples
from edge_aibench.scenarios.icu.channels import CHANNEL_COUNT, FEATURE_COLUMNS
from edge_aibench.scenarios.icu.cohort.writer import generator_digest
from edge_aibench.scenarios.icu.recipes import get_recipe
from edge_aibench.scenarios.icu.standardiser import shipped_standardiser
from edge_aibench.scenarios.icu.tasks import shipped_weights
from edge_aibench.scenarios.icu.window import WINDOW_HOURS, HourlyEpisode, encode
from edge_aibench.tasks.component import Component, Preset, TensorSpec
from edge_aibench.tasks.sample import Sample
from edge_aibench.tasks.task import REFERENCE, Task

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from edge_aibench.inference.predictor import Predictor
    from edge_aibench.scenarios.icu.tasks.networks import RecurrentNetwork
    from edge_aibench.tasks.component import (
        Controls,
        DataProgress,
        Metrics,
        Session,
        TrainingRequest,
    )
    from edge_aibench.tasks.training import TrainingProgress
    from edge_aibench.tasks.weights import TrainedNetwork

    Rows = tuple[NDArray[Any], ...]

PATIENTS: Final = 32_000
"""Patients of a generated cohort at scale 1, which the shipped weights were trained on."""

_LEAST_PATIENTS: Final = 200


def icu_component(task: Task) -> Component:
    """Give the component of one of the three tasks."""
    network = get_recipe(task.name).network
    return Component(
        task=task,
        framework="keras",
        presets={
            REFERENCE: Preset(
                parameters=network.parameters,
                flops=_matrix_flops(network),
                flops_note=f"matrix products of a window of {WINDOW_HOURS} hours",
                inputs=(TensorSpec(name="features", shape=(None, FEATURE_COLUMNS)),),
                outputs=(TensorSpec(name="probabilities", shape=(network.outputs,)),),
            )
        },
        processing=lambda _preset: WindowProcessing(task),
        build=_build(task),
        data=CohortData(task.name),
        judge=judge,
        controls=_controls(task.name),
        headline="auroc",
        encodings=("raw", "float32", "base64-float64"),
        own_network=IcuNetwork(task),
        data_name="icu-cohort",
        data_digest=generator_digest,
    )


@dataclass(frozen=True)
class CohortData:
    """The benchmark's folder as the `DataLayout` of one task."""

    task: str

    def write(
        self, root: Path, *, seed: int, scale: float, progress: DataProgress | None = None
    ) -> None:
        """See `DataLayout.write`."""
        from edge_aibench.scenarios.icu.cohort import write_cohort

        if not 0 < scale <= 100:
            raise ConfigError("must lie between 0 and 100", where="data", key="scale", value=scale)
        patients = max(_LEAST_PATIENTS, round(PATIENTS * scale))
        write_cohort(root, patients=patients, seed=seed, progress=progress)

    def open(self, root: Path, *, split: str) -> CohortCases:
        """See `DataLayout.open`."""
        from edge_aibench.scenarios.icu.benchmark import Cohort
        from edge_aibench.scenarios.icu.evaluation import cases_of
        from edge_aibench.scenarios.icu.training import is_generated

        cohort = Cohort.open(root)
        standardiser = shipped_standardiser()
        stays = samples.make_stays(cohort, samples.read_hours(cohort, split), standardiser)
        return CohortCases(cases_of(self.task, stays), generated=is_generated(cohort.root))


class CohortCases:
    """The cases of a split: windows of hours, and whether it came to what the task predicts.

    *generated* says whether the simulator wrote them, so that the exact predictor applies.
    """

    def __init__(self, cases: Sequence[samples.Case], *, generated: bool) -> None:
        self.cases = cases
        self.generated = generated

    def __len__(self) -> int:
        return len(self.cases)

    def __getitem__(self, index: int) -> Sample[HourlyEpisode, bool]:
        case = self.cases[index]
        hours = slice(max(0, case.hour - WINDOW_HOURS), case.hour)
        hourly = case.stay.hourly
        return Sample(
            name=f"{case.stay.name} hour {case.hour}",
            raw=HourlyEpisode(values=hourly.values[hours], observed=hourly.observed[hours]),
            label=bool(case.label),
        )


class WindowProcessing:
    """The 76 columns of each hour before the network, the headline probability after it."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._standardiser = shipped_standardiser()

    def preprocess(self, raw: Any, /) -> Rows:
        """Turn an `HourlyEpisode` of n hours into features (1, n, 76)."""
        if not isinstance(raw, HourlyEpisode) or raw.values.shape[1:] != (CHANNEL_COUNT,):
            raise ConfigError(
                f"must be hours of {CHANNEL_COUNT} channels", where="preprocess", value=type(raw)
            )
        return (encode(raw, self._standardiser)[np.newaxis],)

    def postprocess(self, outputs: Rows, raw: Any, /) -> float:
        """Give the probability that the task is named after."""
        del raw
        return self._task.probability(outputs[0][0])

    def describe(self, answer: Any, /) -> Mapping[str, Any]:
        """See `Processing.describe`."""
        return {"probability": round(float(answer), 6)}


@dataclass(frozen=True)
class IcuNetwork:
    """Training, export and loading as the emulated ward has them (`OwnNetwork`)."""

    task: Task

    def open(
        self, *, preset: str, runtime: str, threads: int | None, weights_root: Path | None
    ) -> Session:
        """See `OwnNetwork.open`."""
        from edge_aibench.inference.load import load_predictor

        return _WindowSession(
            load_predictor(
                self.task,
                runtime=runtime,
                preset=preset,
                threads=threads or 1,
                weights_root=weights_root,
            )
        )

    def export(self, *, preset: str, weights_root: Path | None) -> bytes:
        """See `OwnNetwork.export`."""
        from edge_aibench.scenarios.icu.tasks.loader import WINDOW_ROLE
        from edge_aibench.tasks.weights import read_weights

        root = weights_root or shipped_weights()
        return read_weights(root, task=self.task.name, preset=preset, role=WINDOW_ROLE)

    def train(
        self,
        request: TrainingRequest,
        *,
        data_root: Path,
        out: Path,
        progress: TrainingProgress | None,
        resume: bool,
    ) -> TrainedNetwork:
        """See `OwnNetwork.train`."""
        from edge_aibench.scenarios.icu.training import train

        if request.device != "cpu" or request.target is not None:
            raise ConfigError(
                "trains on the CPU, for a fixed number of epochs",
                where=f"task {self.task.name}",
                value=(request.device, request.target),
                next_step="leave --device and --target out",
            )
        return train(
            self.task.name,
            data_root=data_root,
            out=out,
            seed=request.seed,
            epochs=request.epochs,
            progress=progress,
            resume=resume,
        )


class _WindowSession:
    """Rows one by one: the exported networks read one window at a time."""

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor

    def run(self, inputs: Rows, /) -> Rows:
        """See `Session.run`."""
        return (np.stack([self._predictor.predict(window) for window in inputs[0]]),)


def judge(split: Any, pairs: Sequence[tuple[Sample[Any, Any], Any]]) -> Metrics:
    """AUROC, AUPRC, min(+P, Se) and accuracy over all cases."""
    from edge_aibench.scenarios.icu.evaluation import measure

    del split
    return measure([sample.label for sample, _ in pairs], [answer for _, answer in pairs])


def _controls(task: str) -> Controls:
    """Logistic regression on the last values; for generated patients the best that is possible."""

    def measure_both(train: Any, test: Any) -> Mapping[str, Metrics]:
        from edge_aibench.scenarios.icu.evaluation import logistic_scores, measure, oracle_scores

        labels = [case.label for case in test.cases]
        found = {"logistic": measure(labels, logistic_scores(train.cases, test.cases))}
        if test.generated:
            found["oracle"] = measure(labels, oracle_scores(task, test.cases))
        return found

    return measure_both


def _matrix_flops(network: RecurrentNetwork) -> int:
    """Two for each weight of each gate and hour. By formula: TensorFlow's profiler counts the
    body of a loop once, however often it runs.
    """
    layers = [(network.units, FEATURE_COLUMNS)]
    if network.bidirectional:
        half = network.units // 2
        layers = [(half, FEATURE_COLUMNS), (half, FEATURE_COLUMNS), (network.units, 2 * half)]
    gates = sum(4 * units * (inputs + units) for units, inputs in layers)
    return 2 * (gates * WINDOW_HOURS + network.units * network.outputs)


def _build(task: Task) -> Any:
    def build(preset: str, seed: int) -> Any:
        from edge_aibench.scenarios.icu.tasks import networks

        del preset
        return networks.build_network(get_recipe(task.name).network, seed=seed)

    return build
