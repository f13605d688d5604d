"""The speakers: a synthesiser, an accent, a timbre, a pitch and a pace each.

Timbres are divided between the splits: a voice of the test set is none of the training set with
another pitch, but one whose vocal tract was never heard. So are flite's four recorded voices,
three of which train and one tests.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, Literal

from edge_aibench.errors import HostError
from edge_aibench.scenarios.home.tasks.speech.sound import FULL_SCALE, RATE_HZ
from edge_aibench.tasks.component import TEST, TRAIN, VAL
from edge_aibench.tasks.media import import_soundfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Waveform = NDArray[np.float32]

Engine = Literal["espeak-ng", "flite"]
Sex = Literal["F", "M"]

_ACCENTS: Final = (
    *("en-us", "en-gb", "en-gb-x-rp", "en-gb-scotland", "en-gb-x-gbclan", "en-gb-x-gbcwmd"),
    *("en-us-nyc", "en-029"),
)

TIMBRES: Final[dict[str, dict[Sex, tuple[str, ...]]]] = {
    TRAIN: {
        "F": ("f1", "f2", "f5", "Annie", "belinda", "linda", "steph", "anika", "Alicia"),
        "M": (
            *("m1", "m2", "m3", "m4", "m6", "m7", "Alex", "Andy", "Mario", "Michael", "adam"),
            *("benjamin", "david", "ed", "edward", "gustave", "john", "max", "miguel", "norbert"),
            *("pablo", "quincy", "robert", "travis", "victor"),
        ),
    },
    VAL: {"F": ("f3", "steph2"), "M": ("m5", "caleb", "rob")},
    TEST: {"F": ("f4", "shelby", "steph3", "Andrea"), "M": ("m8", "Mike", "boris", "zac", "paul")},
}
"""espeak-ng's variants, without whispers, robots and other effects."""

_RECORDED: Final[dict[str, tuple[tuple[str, Sex, float], ...]]] = {
    TRAIN: (("slt", "F", 170.0), ("awb", "M", 120.0), ("kal16", "M", 100.0)),
    VAL: (),
    TEST: (("rms", "M", 100.0),),
}
"""flite's voices, their speakers' sex and about their mean pitch in Hz."""

_RECORDED_EVERY: Final = {TRAIN: 4, VAL: 1, TEST: 8}
"""Of how many speakers one is a recorded voice, which are harder to learn than the others."""

_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, kw_only=True)
class Voice:
    """A speaker. *pitch* and *pace* are in the engine's own units.

    espeak-ng: pitch 0 to 99, pace in words a minute. flite: pitch in Hz, pace as the factor by
    which speech is stretched.
    """

    engine: Engine
    accent: str
    timbre: str
    sex: Sex
    pitch: float
    pace: float

    @property
    def title(self) -> str:
        """A name for people."""
        return f"{self.engine} {self.accent} {self.timbre} {self.pitch:.0f} {self.pace:.2f}"


def draw_voice(split: str, place: int, rng: np.random.Generator) -> Voice:
    """Draw speaker number *place* of a split (train, val or test)."""
    recorded, every = _RECORDED[split], _RECORDED_EVERY[split]
    if recorded and place % every == every - 1:
        timbre, sex, pitch_hz = recorded[place // every % len(recorded)]
        return Voice(
            engine="flite",
            accent="recorded",
            timbre=timbre,
            sex=sex,
            pitch=pitch_hz * rng.uniform(0.85, 1.2),
            pace=rng.uniform(0.9, 1.2),
        )
    sex = "F" if place % 2 else "M"
    timbres = TIMBRES[split][sex]
    return Voice(
        engine="espeak-ng",
        accent=_ACCENTS[int(rng.integers(len(_ACCENTS)))],
        timbre=timbres[int(rng.integers(len(timbres)))],
        sex=sex,
        pitch=float(rng.integers(30, 71)),
        pace=float(rng.integers(125, 171)),
    )


def check_synthesisers() -> None:
    """Raise HostError unless both programs are installed."""
    for program in ("espeak-ng", "flite"):
        if shutil.which(program) is None:
            raise HostError(
                f"speech cannot be generated: the program {program} is not installed",
                mend="sudo apt-get install espeak-ng flite",
            )


def speak(sentence: str, voice: Voice) -> Waveform:
    """Let *voice* say it: float32 (n,) at 16 kHz, full scale 1.

    Raises HostError if the program fails.
    """
    import numpy as np

    soundfile = import_soundfile()
    with TemporaryDirectory(prefix="edge-aibench-speech-") as folder:
        path = Path(folder) / "spoken.wav"
        command = _command(sentence, voice, path)
        error = _run(command)
        if error or not path.is_file():
            raise HostError(
                f"{voice.engine} failed on {voice.title}: {error or 'it wrote no sound'}",
                mend="sudo apt-get install --reinstall espeak-ng espeak-ng-data flite",
            )
        samples, rate_hz = soundfile.read(path, dtype="int16")
    return _resampled(samples.astype(np.float32) / FULL_SCALE, rate_hz)


def _run(command: list[str]) -> str:
    """Run a program; say what was wrong, nothing if all is well."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        return f"it took more than {_TIMEOUT_S:.0f} s"
    if done.returncode == 0:
        return ""
    return done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"


def _command(sentence: str, voice: Voice, path: Path) -> list[str]:
    if voice.engine == "espeak-ng":
        return [
            *("espeak-ng", "-v", f"{voice.accent}+{voice.timbre}"),
            *("-p", f"{voice.pitch:.0f}", "-s", f"{voice.pace:.0f}"),
            *("-w", str(path), "--", sentence),
        ]
    return [
        *("flite", "-voice", voice.timbre),
        *("--setf", f"int_f0_target_mean={voice.pitch:.1f}"),
        *("--setf", f"duration_stretch={voice.pace:.3f}"),
        *("-t", sentence, "-o", str(path)),
    ]


def _resampled(waveform: Waveform, rate_hz: int) -> Waveform:
    if rate_hz == RATE_HZ:
        return waveform
    import math

    import numpy as np
    from scipy.signal import resample_poly

    common = math.gcd(rate_hz, RATE_HZ)
    resampled = resample_poly(waveform, RATE_HZ // common, rate_hz // common)
    return np.asarray(resampled, dtype=np.float32)
