"""The working parts of the smart home: three sensors, two networks, one decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from edge_aibench.config.parameters import check_parameters, own_parameters
from edge_aibench.errors import unknown_name
from edge_aibench.scenarios.home.codecs import (
    DecisionCodec,
    EncodedCodec,
    ReadingCodec,
    RecognisedCodec,
    SoundCodec,
    TextCodec,
)
from edge_aibench.scenarios.home.commands import Command, Diary
from edge_aibench.scenarios.home.compression import Compress, DecodeImage, DecodeSound
from edge_aibench.scenarios.home.household import Household, draw_household
from edge_aibench.scenarios.home.parameters import (
    PARAMETERS,
    DoorbellParameters,
    FaceParameters,
    PictureParameters,
    SoundParameters,
)
from edge_aibench.scenarios.home.quality import Truth
from edge_aibench.scenarios.home.recognition import Face, Speech, enrol
from edge_aibench.scenarios.home.recordings import Recordings, open_recordings
from edge_aibench.scenarios.home.sensors import Doorbell, Microphone, Thermometer
from edge_aibench.tasks.codecs import ImageCodec, LocalOnly
from edge_aibench.tasks.plain_stages import Accept, Archive

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
CAMERA: Final = "camera"
THERMOMETER: Final = "thermometer"
COMPRESS_SOUND: Final = "compress-sound"
COMPRESS_IMAGE: Final = "compress-image"
DECODE_SOUND: Final = "decode-sound"
DECODE_IMAGE: Final = "decode-image"
SPEECH: Final = "speech"
FACE: Final = "face"
COMMAND: Final = "command"

_SHIPPED: Final = ("wer", "accuracy")

_CODECS: Final[Mapping[str, Codec]] = {
    MICROPHONE: SoundCodec(),
    CAMERA: ImageCodec(),
    THERMOMETER: ReadingCodec(),
    COMPRESS_SOUND: EncodedCodec(),
    COMPRESS_IMAGE: EncodedCodec(),
    DECODE_SOUND: SoundCodec(),
    DECODE_IMAGE: ImageCodec(),
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
        # Each utterance and picture is taken by itself: no network carries a state on.
        context.check_inference("window")
        check_parameters(context.scenario, PARAMETERS)
        self._context = context
        self._homes: _Homes | None = None

    def prepare(self) -> None:
        """Read or generate the recordings and draw who lives where.

        Raises ConfigError for a data root in another layout, HostError where data must be
        generated and cannot be.
        """
        seed = self._context.seed
        visits = own_parameters(self._context.scenario, CAMERA, DoorbellParameters)
        recordings = open_recordings(self._context.data_root, seed=seed)
        households = tuple(
            draw_household(recordings.people, home=home, seed=seed)
            for home in range(self._context.instances)
        )
        self._homes = _Homes(
            recordings=recordings,
            households=households,
            microphone=Microphone(recordings.utterances, seed=seed),
            doorbell=Doorbell(households, strangers=visits.strangers, seed=seed),
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
        return _CODECS.get(name, LocalOnly())

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
        from edge_aibench.inference.stage_network import shipped_figures

        truth, described = self._truth(), self._context.scenario.stages
        sums = {
            SPEECH: truth.speech_quality,
            FACE: truth.face_quality,
            COMMAND: truth.command_quality,
        }
        found = {stage: [answer for answer in answers if answer.stage == stage] for stage in sums}
        return {
            stage: {**shipped_figures(described[stage], _SHIPPED), **sums[stage](given)}
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
        homes, scenario = self._prepared(), self._context.scenario
        of_sound = own_parameters(scenario, COMPRESS_SOUND, SoundParameters)
        of_picture = own_parameters(scenario, COMPRESS_IMAGE, PictureParameters)
        sound = homes.recordings.utterances[0].sound
        picture = homes.recordings.people[0].visits[0]
        households = {home: homes.households[home] for home in instances}
        return {
            COMPRESS_SOUND: lambda: Compress(MICROPHONE, of_sound.encoding, example=sound),
            COMPRESS_IMAGE: lambda: Compress(CAMERA, of_picture.encoding, example=picture),
            DECODE_SOUND: lambda: DecodeSound(COMPRESS_SOUND, example=sound),
            DECODE_IMAGE: lambda: DecodeImage(COMPRESS_IMAGE, example=picture),
            SPEECH: lambda: Speech(self._pipeline(SPEECH), DECODE_SOUND, example=sound),
            FACE: lambda: self._face(households),
            COMMAND: lambda: Command(households),
            "act": Accept,
            "welcome": Accept,
            "climate": lambda: Archive(THERMOMETER, ReadingCodec()),
            "diary": Diary,
        }

    def _face(self, households: Mapping[int, Household]) -> Face:
        pipeline = self._pipeline(FACE)
        return Face(
            pipeline,
            DECODE_IMAGE,
            enrol(pipeline, households),
            threshold=own_parameters(self._context.scenario, FACE, FaceParameters).threshold,
        )

    def _pipeline(self, stage: str) -> Pipeline:
        from edge_aibench.inference.stage_network import load_stage_network

        scenario, runtime = self._context.scenario, self._context.runtime
        return load_stage_network(scenario, stage, runtime=runtime, task=stage).pipeline


def components(context: Context) -> HomeComponents:
    """The factory that scenario.yaml names."""
    return HomeComponents(context)
