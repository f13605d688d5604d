"""Writing the generated site: a recording of each camera, and a gallery of who is known.

    camera-1/street.npy     the empty picture, uint8 (height, width, 3)
    camera-1/pixels.npy     all patches, uint8, one after the other
    camera-1/frames.json    where the patches belong in each frame, and what is true of it
    gallery/                images of known persons, named as in Market-1501

Only what changes is kept of a frame: whole frames of six cameras would take a gigabyte.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.rng import stream
from edge_aibench.scenarios.camera.street import scenes
from edge_aibench.scenarios.camera.street.layout import LOOP_FRAMES, STREET_WIDTH, Box
from edge_aibench.scenarios.camera.street.timeline import (
    PEOPLE,
    draw_acts,
    draw_walks,
    share_out,
)
from edge_aibench.scenarios.camera.street.truth import STRANGER
from edge_aibench.scenarios.camera.tasks.action.data.motions import (
    CLIP_TEMPO,
    GROUP_TEMPO,
    MOTIONS,
    draw_phases,
)
from edge_aibench.scenarios.camera.tasks.action.data.scenery import (
    FRAMES_PER_S,
    draw_outfit,
    draw_scene,
)
from edge_aibench.scenarios.camera.tasks.person_reid.data.cameras import (
    CAMERAS,
    draw_framing,
    photograph,
)
from edge_aibench.scenarios.camera.tasks.person_reid.data.drawing import VIEWS, Pose, draw_person
from edge_aibench.scenarios.camera.tasks.person_reid.data.names import ImageName
from edge_aibench.scenarios.camera.tasks.person_reid.data.people import LOOKALIKES, draw_people
from edge_aibench.tasks.generated import writing_data

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edge_aibench.scenarios.camera.street.timeline import Act, Walk
    from edge_aibench.scenarios.camera.tasks.action.data.scenery import Scene
    from edge_aibench.scenarios.camera.tasks.person_reid.data.cameras import Camera
    from edge_aibench.scenarios.camera.tasks.person_reid.data.people import Appearance

GALLERY_FOLDER: Final = "gallery"
STREET_FILE, PIXELS_FILE, FRAMES_FILE = "street.npy", "pixels.npy", "frames.json"

IMAGES_PER_CAMERA: Final = 2
"""Of each known person, by every camera but the one the person walks by."""

_JPEG_QUALITY: Final = 92


def recording_folder(camera: Camera) -> str:
    """The name of a camera's folder."""
    return f"camera-{camera.number}"


def identity(person: int) -> int:
    """The number of a person in the gallery, from 1; STRANGER for one who is not in it.

    The last of every group of lookalikes is a stranger: strangers look like somebody known.
    """
    return STRANGER if person % LOOKALIKES == LOOKALIKES - 1 else person + 1


def write_site(root: Path, *, seed: int) -> None:
    """Write recordings and gallery under *root*, a new or empty folder.

    The persons are the test persons that the generator of person-reid draws from the same
    seed, the yards those of the first test groups of action: neither was trained on. Raises
    HostError if the folder cannot be written.
    """
    with writing_data(root, scale=1, largest_scale=1):
        people = draw_people(stream(seed, "person-reid/test/persons"), PEOPLE)
        shares, labels = share_out(stream(seed, "camera/shares"))
        for camera, share, wanted in zip(CAMERAS, shares, labels, strict=True):
            rng = stream(seed, f"camera/{camera.number}")
            walks = draw_walks(rng, camera, share)
            film = _film(seed, camera, people, walks, draw_acts(rng, wanted))
            _write_film(root / recording_folder(camera), film)
        _write_gallery(root / GALLERY_FOLDER, seed, people, shares)


@dataclass
class _Film:
    """A recording in the making; *frames* hold a row for each patch and what is true."""

    street: Any
    noise: float
    pixels: list[Any] = field(default_factory=list)
    patches: list[list[int]] = field(default_factory=list)
    frames: list[dict[str, Any]] = field(
        default_factory=lambda: [
            {"patches": [], "passers": [], "action": None} for _ in range(LOOP_FRAMES)
        ]
    )

    def add(self, frame: int, patch: scenes.Patch) -> None:
        start = sum(part.size for part in self.pixels[-1:])
        start += self.patches[-1][0] if self.patches else 0
        self.pixels.append(patch.pixels.reshape(-1))
        self.patches.append([start, *_numbers(patch.place)])
        self.frames[frame]["patches"].append(len(self.patches) - 1)


def _film(
    seed: int,
    camera: Camera,
    people: Sequence[Appearance],
    walks: Sequence[Walk],
    acts: Sequence[Act],
) -> _Film:
    group = f"action/g{camera.number:02d}"
    yard = draw_scene(stream(seed, group), tempo=GROUP_TEMPO)
    street = scenes.draw_street(stream(seed, f"camera/{camera.number}/street"), camera)
    scenes.place_yard(street, yard)
    empty = np.clip(scenes.expose(street, camera), 0, 255).astype(np.uint8)
    film = _Film(street=empty, noise=camera.noise)
    for walk in walks:
        _add_walk(film, seed, camera, street, people[walk.person], walk)
    for act in acts:
        _add_act(film, seed, camera, yard, act)
    return film


def _add_walk(
    film: _Film,
    seed: int,
    camera: Camera,
    street: scenes.Floats,
    appearance: Appearance,
    walk: Walk,
) -> None:
    rng = stream(seed, f"camera/{camera.number}/walk/{walk.person}")
    walker = scenes.draw_walker(rng, appearance)
    for frame in range(walk.start, walk.end):
        drawn = scenes.draw_walk(street, camera, walk, walker, frame=frame, rng=rng)
        if drawn is None:
            continue
        patch, body = drawn
        film.add(frame, patch)
        whole = body.x >= 0 and body.x + body.width <= STREET_WIDTH
        passer = [identity(walk.person), *_numbers(body), int(whole)]
        film.frames[frame]["passers"].append(passer)


def _add_act(film: _Film, seed: int, camera: Camera, yard: Scene, act: Act) -> None:
    rng = stream(seed, f"camera/{camera.number}/act/{act.start}")
    outfit = draw_outfit(yard, rng)
    # The figure takes one step of the generator's 25 frames a second in every frame: this is
    # what the network was trained on, whatever the camera's own rate is.
    phases = draw_phases(
        MOTIONS[act.label],
        tempo=yard.tempo * float(rng.uniform(*CLIP_TEMPO)),
        seconds=np.arange(act.end - act.start) / FRAMES_PER_S,
        rng=rng,
    )
    for place, frame in enumerate(range(act.start, act.end)):
        film.add(frame, scenes.draw_act(yard, outfit, phases[place], camera, rng))
        film.frames[frame]["action"] = act.label


def _write_film(folder: Path, film: _Film) -> None:
    folder.mkdir()
    np.save(folder / STREET_FILE, film.street, allow_pickle=False)
    np.save(folder / PIXELS_FILE, np.concatenate(film.pixels), allow_pickle=False)
    content = {"noise": film.noise, "patches": film.patches, "frames": film.frames}
    (folder / FRAMES_FILE).write_text(json.dumps(content), encoding="utf-8")


def _write_gallery(
    folder: Path, seed: int, people: Sequence[Appearance], shares: Sequence[Sequence[int]]
) -> None:
    folder.mkdir()
    passed = {person: place for place, share in enumerate(shares) for person in share}
    for person, appearance in enumerate(people):
        number = identity(person)
        if number == STRANGER:
            continue
        rng = stream(seed, f"camera/gallery/{person}")
        for place, camera in enumerate(CAMERAS):
            if place == passed[person]:
                continue
            for image in range(1, IMAGES_PER_CAMERA + 1):
                name = ImageName(
                    person=number, camera=camera.number, recording=1, frame=image, box=1
                )
                _write_portrait(folder / name.file_name(), appearance, camera, rng)


def _write_portrait(
    path: Path, appearance: Appearance, camera: Camera, rng: np.random.Generator
) -> None:
    import cv2

    pose = Pose(
        view=VIEWS[rng.choice(len(VIEWS), p=camera.views)],
        phase=float(rng.uniform(0, 2 * np.pi)),
        stride=float(rng.uniform(0.25, 0.5)),
    )
    sprite, light = draw_person(appearance, pose), float(rng.uniform(0.85, 1.15))
    image = photograph(sprite, camera, rng, framing=draw_framing(rng), light=light)
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, coded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    path.write_bytes(coded.tobytes())


def _numbers(box: Box) -> list[int]:
    return [box.x, box.y, box.width, box.height]
