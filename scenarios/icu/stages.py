"""The working parts of the ICU scenario: monitor, window, three predictions, alerts, archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_aibench.config.folders import cache_folder
from edge_aibench.config.parameters import check_parameters
from edge_aibench.errors import HostError, unknown_name
from edge_aibench.scenarios.icu.benchmark import Cohort
from edge_aibench.scenarios.icu.codecs import (
    Alert,
    AlertCodec,
    ObservationCodec,
    ProbabilityCodec,
)
from edge_aibench.scenarios.icu.quality import judge_answers
from edge_aibench.scenarios.icu.standardiser import shipped_standardiser
from edge_aibench.scenarios.icu.ward import Observation, Ward
from edge_aibench.scenarios.icu.window import PatientWindow
from edge_aibench.tasks.codecs import LocalOnly
from edge_aibench.tasks.plain_stages import Accept, Archive

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from edge_aibench.inference.predictor import Predictor, StreamingPredictor
    from edge_aibench.model.components import (
        Answer,
        Call,
        Codec,
        Context,
        SensorFunction,
        StageFunction,
    )


@dataclass(frozen=True)
class Charted:
    """What the window stage passes on: all hours *features* (t, 76) and the *latest* (76,)."""

    admission: int
    features: NDArray[np.float32]
    latest: NDArray[np.float32]


class Monitor:
    """The bedside monitor: the next hour of the patient in the bed."""

    def __init__(self, ward: Ward) -> None:
        self._ward = ward

    def observe(self, instance: int, sequence: int) -> Observation:
        return self._ward.observation(instance, sequence)


class WindowStage:
    """Keeps the 48-hour window of each patient, from the chart so far and each new hour."""

    def __init__(self, ward: Ward, beds: Sequence[int]) -> None:
        standardiser = shipped_standardiser()
        self._windows: dict[tuple[int, int], PatientWindow] = {}
        for bed in beds:
            for admission in ward.admissions(bed):
                window = PatientWindow(standardiser)
                for row in admission.rows[: admission.first_hour]:
                    window.append(row)
                self._windows[bed, admission.number] = window

    def process(self, call: Call) -> Charted:
        observation: Observation = call.inputs["monitor"]
        window = self._windows[call.instance, observation.admission]
        window.append(observation.values)
        return Charted(observation.admission, window.features(), window.latest())


class WindowPrediction:
    """A prediction over the whole window, anew for each hour."""

    def __init__(self, predictor: Predictor, *, label: int = 0) -> None:
        self._predictor = predictor
        self._label = label

    def process(self, call: Call) -> float:
        return float(self._predictor.predict(call.inputs["window"].features).ravel()[self._label])


class StreamingPrediction:
    """A prediction that goes on from the state after the patient's last hour."""

    def __init__(
        self, predictor: StreamingPredictor, ward: Ward, beds: Sequence[int], *, label: int = 0
    ) -> None:
        self._predictor = predictor
        self._label = label
        self._states: dict[tuple[int, int], Any] = {}
        standardiser = shipped_standardiser()
        for bed in beds:
            for admission in ward.admissions(bed):
                window = PatientWindow(standardiser, hours=1)
                state = predictor.initial_state()
                for row in admission.rows[: admission.first_hour]:
                    window.append(row)
                    _, state = predictor.step(state, window.latest())
                self._states[bed, admission.number] = state

    def process(self, call: Call) -> float:
        charted: Charted = call.inputs["window"]
        key = (call.instance, charted.admission)
        probability, self._states[key] = self._predictor.step(self._states[key], charted.latest)
        return float(probability.ravel()[self._label])


class Alerts:
    """Raises an alert when a probability is over its task's threshold."""

    def __init__(self, thresholds: Mapping[str, float]) -> None:
        self._thresholds = thresholds

    def process(self, call: Call) -> Alert | None:
        over = {
            name: probability
            for name, probability in call.inputs.items()
            if probability > self._thresholds.get(name, 1.0)
        }
        return Alert(over) if over else None


class IcuComponents:
    """All parts of the ward; `prepare` reads the cohort, once, before processes are made."""

    def __init__(self, context: Context) -> None:
        context.check_inference("window", "streaming")
        check_parameters(context.scenario, {})
        self._context = context
        self._ward: Ward | None = None
        self._cohort: Cohort | None = None

    def prepare(self) -> None:
        context = self._context
        self._cohort = Cohort.open(context.data_root or _generated_cohort())
        self._ward = Ward(
            self._cohort,
            beds=context.instances,
            observations=context.observations["monitor"],
            seed=context.seed,
        )

    def sensor(self, name: str) -> SensorFunction:
        if name != "monitor":
            raise unknown_name("sensor", name, ["monitor"], where="scenario icu")
        return Monitor(self._prepared_ward())

    def stages(self, names: Sequence[str], instances: Sequence[int]) -> Mapping[str, StageFunction]:
        return {name: self._stage(name, instances) for name in names}

    def codec(self, name: str) -> Codec:
        if name in self._context.scenario.inference_stages():
            return ProbabilityCodec()
        codecs: dict[str, Codec] = {"monitor": ObservationCodec(), "alerts": AlertCodec()}
        # A window would be 14 kB a request, its observation is 144 bytes.
        return codecs.get(name, LocalOnly())

    def score(self, stage: str, instance: int, sequence: int, output: float) -> float:
        """Give the probability itself: it is judged over all answers together."""
        del stage, instance, sequence
        return output

    def quality(self, answers: Sequence[Answer]) -> Mapping[str, Any]:
        if self._cohort is None:
            self.prepare()
        assert self._cohort is not None  # noqa: S101 - prepare() has set it
        streaming = self._context.inference == "streaming"
        return judge_answers(answers, self._prepared_ward(), self._cohort, streaming=streaming)

    def _prepared_ward(self) -> Ward:
        if self._ward is None:
            self.prepare()
        assert self._ward is not None  # noqa: S101 - prepare() has set it
        return self._ward

    def _stage(self, name: str, beds: Sequence[int]) -> StageFunction:
        described = self._context.scenario.stages.get(name)
        if described is not None and described.task is not None:
            return self._prediction(described.task, beds)
        ward = self._prepared_ward()
        if name == "window":
            return WindowStage(ward, beds)
        others: dict[str, StageFunction] = {
            "bedside": Accept(),
            "alerts": Alerts(self._thresholds()),
            "alarm": Accept(),
            "archive": Archive("monitor", ObservationCodec()),
        }
        if name not in others:
            raise unknown_name("stage", name, ["window", *others], where="scenario icu")
        return others[name]

    def _thresholds(self) -> Mapping[str, float]:
        return {
            name: stage.alert_above
            for name, stage in self._context.scenario.stages.items()
            if stage.alert_above is not None
        }

    def _prediction(self, task: str, beds: Sequence[int]) -> StageFunction:
        from edge_aibench.inference.load import LITERT, load_predictor, load_streaming_predictor
        from edge_aibench.tasks.registry import get_task

        found = get_task(task)
        runtime = LITERT if self._context.runtime == "auto" else self._context.runtime
        label = found.outputs.index(found.headline)
        # A bidirectional network reads the window backwards too: it cannot go on from a state.
        if self._context.inference == "streaming" and found.streams:
            streaming = load_streaming_predictor(found, runtime=runtime)
            return StreamingPrediction(streaming, self._prepared_ward(), beds, label=label)
        return WindowPrediction(load_predictor(found, runtime=runtime), label=label)


def components(context: Context) -> IcuComponents:
    """The factory that scenario.yaml names."""
    return IcuComponents(context)


def _generated_cohort() -> Path:
    from edge_aibench.scenarios.icu.cohort import default_cohort

    folder = cache_folder()
    try:
        return default_cohort(folder)
    except OSError as error:
        raise HostError(
            f"the generated patients cannot be kept in {folder}: {error.strerror or error}",
            mend="free some space, or set XDG_CACHE_HOME to a folder that can be written",
        ) from error
