"""The working parts of the smart home: three sensors, two networks, one decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from edge_aibench.errors import unknown_name
from edge_aibench.scenarios.home.codecs import (
    DecisionCodec,
    EncodedCodec,
    PictureCodec,
    ReadingCodec,
    RecognisedCodec,
    SoundCodec,
    TextCodec,
    Unsent,
)
from edge_aibench.scenarios.home.commands import Climate, Command, Diary, Told
from edge_aibench.scenarios.home.compression import Compress, DecodeImage, DecodeSound
from edge_aibench.scenarios.home.household import Household, draw_household
from edge_aibench.scenarios.home.quality import Truth, shipped_figures
from edge_aibench.scenarios.home.recognition import Face, Speech, enrol
from edge_aibench.scenarios.home.recordings import Recordings, open_recordings
from edge_aibench.scenarios.home.sensors import Doorbell, Microphone, Thermometer
from edge_aibench.scenarios.home.settings import (
    CAMERA,
    COMPRESS_IMAGE,
    COMPRESS_SOUND,
    FACE,
    read_settings,
)

if TYPE_CHECKING:
    from edge_aibench.inference.pipeline import Pipeline
    from edge_aibench.model.components import (
        Answer,
        Codec,
        Context,
        SensorFunction,
        StageFunction,
    )

MICROPHONE: Final = "microphone"
THERMOMETER: Final = "thermometer"
DECODE_SOUND: Final = "decode-sound"
DECODE_IMAGE: Final = "decode-image"
SPEECH: Final = "speech"
COMMAND: Final = "command"

_INFERENCE_MODES: Final = ("window",)

_CODECS: Final[Mapping[str, Codec]] = {
    MICROPHONE: SoundCodec(),
    CAMERA: PictureCodec(),
    THERMOMETER: ReadingCodec(),
    COMPRESS_SOUND: EncodedCodec(),
    COMPRESS_IMAGE: EncodedCodec(),
    DECODE_SOUND: SoundCodec(),
    DECODE_IMAGE: PictureCodec(),
    SPEECH: TextCodec(),
    FACE: RecognisedCodec(),
    COMMAND: DecisionCodec(),
}


@dataclass(frozen=True, kw_only=True)
class _Homes:
    """What `prepare` has read."""

    recordings: Recordings
    households: tuple[Household, ...]
    microphone: Microphone
    doorbell: Doorbell
    thermometer: Thermometer


class HomeComponents:
    """All parts of the homes; `prepare` reads the recordings, once, before processes are made."""

    def __init__(self, context: Context) -> None:
        if context.inference not in _INFERENCE_MODES:
            raise unknown_name(
                "inference mode", context.inference, _INFERENCE_MODES, where="--inference"
            )
        self._context = context
        self._settings = read_settings(context.scenario)
        self._homes: _Homes | None = None

    def prepare(self) -> None:
        """Read or generate the recordings and draw who lives where.

        Raises ConfigError for a data root in another layout, HostError where data must be
        generated and cannot be.
        """
        seed = self._context.seed
        recordings = open_recordings(self._context.data_root, seed=seed)
        households = tuple(
            draw_household(recordings.people, home=home, seed=seed)
            for home in range(self._context.instances)
        )
        self._homes = _Homes(
            recordings=recordings,
            households=households,
            microphone=Microphone(recordings.utterances, seed=seed),
            doorbell=Doorbell(households, strangers=self._settings.strangers, seed=seed),
            thermometer=Thermometer(seed=seed),
        )

    def sensor(self, name: str) -> SensorFunction:
        """The sensor of this name; raises ConfigError for another one."""
        homes = self._prepared()
        sensors: dict[str, SensorFunction] = {
            MICROPHONE: homes.microphone,
            CAMERA: homes.doorbell,
            THERMOMETER: homes.thermometer,
        }
        if name not in sensors:
            raise unknown_name("sensor", name, sensors, where="scenario home")
        return sensors[name]

    def stages(self, names: Sequence[str], instances: Sequence[int]) -> Mapping[str, StageFunction]:
        """Working copies of these stages; raises ConfigError for an unknown one."""
        makers = self._makers(instances)
        for name in names:
            if name not in makers:
                raise unknown_name("stage", name, makers, where="scenario home")
        return {name: makers[name]() for name in names}

    def codec(self, name: str) -> Codec:
        """How the output of a sensor or stage travels."""
        return _CODECS.get(name, Unsent())

    def score(self, stage: str, instance: int, sequence: int, output: Any) -> float:
        """Give the word error rate of `speech`; 1 if `face` or `command` is right, 0 if not."""
        truth = self._truth()
        scores: dict[str, Callable[[int, int, Any], float]] = {
            SPEECH: truth.word_error_rate,
            FACE: truth.recognised_rightly,
            COMMAND: truth.decided_rightly,
        }
        if stage not in scores:
            raise unknown_name("judged stage", stage, scores, where="scenario home")
        return scores[stage](instance, sequence, output)

    def quality(self, answers: Sequence[Answer]) -> Mapping[str, Any]:
        """Sum up `score` by stage, beside what the weights reach on their own test sets."""
        truth = self._truth()
        sums = {
            SPEECH: truth.speech_quality,
            FACE: truth.face_quality,
            COMMAND: truth.command_quality,
        }
        found = {stage: [answer for answer in answers if answer.stage == stage] for stage in sums}
        return {
            stage: {**self._shipped(stage), **sums[stage](given)}
            for stage, given in found.items()
            if given
        }

    def _prepared(self) -> _Homes:
        if self._homes is None:
            self.prepare()
        assert self._homes is not None  # noqa: S101 - prepare() has set it
        return self._homes

    def _truth(self) -> Truth:
        homes = self._prepared()
        return Truth(
            microphone=homes.microphone, doorbell=homes.doorbell, households=homes.households
        )

    def _makers(self, instances: Sequence[int]) -> Mapping[str, Callable[[], StageFunction]]:
        homes, settings = self._prepared(), self._settings
        sound = homes.recordings.utterances[0].sound
        picture = homes.recordings.people[0].visits[0]
        households = {home: homes.households[home] for home in instances}
        return {
            COMPRESS_SOUND: lambda: Compress(MICROPHONE, settings.sound, example=sound),
            COMPRESS_IMAGE: lambda: Compress(CAMERA, settings.picture, example=picture),
            DECODE_SOUND: lambda: DecodeSound(COMPRESS_SOUND, example=sound),
            DECODE_IMAGE: lambda: DecodeImage(COMPRESS_IMAGE, example=picture),
            SPEECH: lambda: Speech(self._pipeline(SPEECH), DECODE_SOUND, example=sound),
            FACE: lambda: self._face(households),
            COMMAND: lambda: Command(households),
            "act": Told,
            "welcome": Told,
            "climate": Climate,
            "diary": Diary,
        }

    def _face(self, households: Mapping[int, Household]) -> Face:
        pipeline = self._pipeline(FACE)
        return Face(
            pipeline,
            DECODE_IMAGE,
            enrol(pipeline, households),
            threshold=self._settings.threshold,
        )

    def _pipeline(self, stage: str) -> Pipeline:
        from edge_aibench.inference.pipeline import get_component, load_task
        from edge_aibench.inference.prepared import NetworkChoice

        task, preset, precision = self._network(stage)
        runtime = None if self._context.runtime == "auto" else self._context.runtime
        choice = NetworkChoice(preset=preset, precision=precision, runtime=runtime)
        return load_task(get_component(task), choice, threads=1).pipeline

    def _network(self, stage: str) -> tuple[str, str, str]:
        """Task, preset and precision that the scenario says for an inference stage."""
        described = self._context.scenario.stages[stage]
        task = described.task or stage
        return task, described.preset or "lite", described.precision

    def _shipped(self, stage: str) -> Mapping[str, Any]:
        if stage == COMMAND:
            return {}
        task, preset, precision = self._network(stage)
        metric = "wer" if stage == SPEECH else "accuracy"
        return shipped_figures(task, [metric], preset=preset, precision=precision)


def components(context: Context) -> HomeComponents:
    """The factory that scenario.yaml names."""
    return HomeComponents(context)
