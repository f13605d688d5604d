"""Which camera sees what."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.camera.parameters import VideoParameters
from edge_aibench.scenarios.camera.site import Site, generated_site


def test_an_observation_depends_on_instance_and_sequence_alone(folder: Path, site: Site) -> None:
    again = generated_site(folder, VideoParameters(), seed=1)
    for instance, sequence in ((0, 0), (3, 17), (7, 500), (0, 0)):
        frame = site.frame(instance, sequence)
        assert frame.shape == (360, 640, 3)
        assert frame.dtype == np.uint8
        assert np.array_equal(frame, again.frame(instance, sequence))
        assert site.truth(instance, sequence) == again.truth(instance, sequence)


def test_what_is_done_to_a_frame_stays_in_it(site: Site) -> None:
    before = site.frame(0, 3).copy()
    site.frame(0, 3)[:] = 0
    assert np.array_equal(site.frame(0, 3), before)


def test_cameras_see_different_things(site: Site) -> None:
    seen = {(site.recording(camera).name, site.place(camera, 0)) for camera in range(60)}
    assert len(seen) == 60
    assert {site.recording(camera).name for camera in range(6)} == {
        f"camera-{number}" for number in range(1, 7)
    }


def test_recordings_are_loops(site: Site) -> None:
    places = [site.place(2, sequence) for sequence in range(-2, 241)]
    assert sorted(places[2:242]) == list(range(240))
    assert places[242] == places[2]
    assert places[1] == (places[2] - 1) % 240


def test_the_first_camera_soon_has_work_for_every_stage(folder: Path) -> None:
    for seed in range(20):
        site = generated_site(folder, VideoParameters(), seed=seed)
        truths = [site.truth(0, sequence) for sequence in range(64)]
        acts = [sequence for sequence, truth in enumerate(truths) if truth and truth.action]
        # All 36 frames of an action: enough for three clips.
        assert acts[:36] == list(range(5, 41))
        assert any(passer.whole for truth in truths if truth for passer in truth.passers)


def test_the_seed_decides_who_sees_what(folder: Path, site: Site) -> None:
    other = generated_site(folder, VideoParameters(), seed=2)
    assert [other.place(camera, 0) for camera in range(6)] != [
        site.place(camera, 0) for camera in range(6)
    ]


def test_generated_pictures_are_sixteen_to_nine(folder: Path) -> None:
    with pytest.raises(ConfigError, match="16:9") as caught:
        generated_site(folder, VideoParameters(width=640, height=480), seed=1)
    assert caught.value.value == "640x480"
