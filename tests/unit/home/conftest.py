"""A small data root in both layouts: two voices that say four commands each, eight people."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_aibench.config.load import load_scenario
from edge_aibench.config.overrides import parse_overrides
from edge_aibench.model.components import Context, StageFunction
from edge_aibench.rng import stream
from edge_aibench.scenarios.home.recordings import Person, Recordings, Utterance, open_recordings
from edge_aibench.scenarios.home.stages import HomeComponents, components
from edge_aibench.scenarios.home.tasks.face.data.conditions import draw_conditions
from edge_aibench.scenarios.home.tasks.face.data.identity import draw_identity
from edge_aibench.scenarios.home.tasks.face.data.pairs import draw_pairs, write_pairs
from edge_aibench.scenarios.home.tasks.face.data.picture import encode, take_picture
from edge_aibench.scenarios.home.tasks.speech.data.room import draw_room, record
from edge_aibench.scenarios.home.tasks.speech.data.voices import draw_voice, speak
from edge_aibench.tasks.media import import_soundfile
from edge_aibench.tasks.sample import Sound

SENTENCES = (
    "turn off the radio in the kitchen",
    "open the window in the bedroom",
    "set the temperature in the office to twenty degrees",
    "is the door in the garage open",
)
PEOPLE = 8
PICTURES = 5


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home") / "data"
    _write_speech(folder / "speech" / "LibriSpeech" / "test-clean")
    _write_faces(folder / "faces")
    return folder


@pytest.fixture(scope="session")
def recordings(root: Path) -> Recordings:
    return open_recordings(root, seed=1)


def make_context(root: Path | None = None, **changes: Any) -> Context:
    """Two homes as the scenario describes them."""
    given: dict[str, Any] = {
        "scenario": load_scenario("home", parse_overrides(changes.pop("settings", ()))).scenario,
        "instances": 2,
        "observations": {"microphone": 10, "camera": 20, "thermometer": 50},
        "seed": 1,
        "inference": "window",
        "runtime": "auto",
        "data_root": root,
    }
    return Context(**(given | changes))


@pytest.fixture(scope="session")
def homes(root: Path) -> HomeComponents:
    prepared = components(make_context(root))
    prepared.prepare()
    return prepared


@pytest.fixture(scope="session")
def stages(homes: HomeComponents) -> Mapping[str, StageFunction]:
    return homes.stages(list(make_context().scenario.stages), [0, 1])


def silent(transcript: str) -> Utterance:
    """An utterance of which only the words matter."""
    return Utterance(
        sound=Sound(samples=np.zeros(16, np.int16), rate_hz=16_000), transcript=transcript
    )


def plain(name: str, shade: int = 0) -> Person:
    """A person in one even shade of grey."""
    picture = np.full((32, 32, 3), shade, np.uint8)
    return Person(name=name, references=(picture,) * 3, visits=(picture,))


def _write_speech(folder: Path) -> None:
    for speaker in range(2):
        generator = stream(11, f"speaker/{speaker}")
        voice, room = draw_voice("test", speaker, generator), draw_room(generator)
        chapter = folder / f"{speaker}" / "1"
        chapter.mkdir(parents=True)
        lines = []
        for number, sentence in enumerate(SENTENCES):
            name = f"{speaker}-1-{number:04d}"
            sound = record(speak(sentence, voice), room, generator)
            import_soundfile().write(chapter / f"{name}.flac", sound.samples, sound.rate_hz)
            lines.append(f"{name} {sentence.upper()}\n")
        (chapter / f"{speaker}-1.trans.txt").write_text("".join(lines))


def _write_faces(folder: Path) -> None:
    for number in range(1, PEOPLE + 1):
        name = f"Person_{number:04d}"
        generator = stream(11, name)
        person = draw_identity(generator)
        (folder / "lfw" / name).mkdir(parents=True)
        for picture in range(1, PICTURES + 1):
            conditions = draw_conditions(generator)
            content = encode(take_picture(person, conditions, generator), quality=90)
            (folder / "lfw" / name / f"{name}_{picture:04d}.jpg").write_bytes(content)
    people = [
        [(f"Person_{number:04d}", picture) for picture in range(1, PICTURES + 1)]
        for number in range(1, PEOPLE + 1)
    ]
    pairs = draw_pairs(people, stream(11, "pairs"), where=str(folder))
    write_pairs(folder / "pairs.txt", pairs)
