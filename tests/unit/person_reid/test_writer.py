from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import pytest

from edge_aibench.errors import ConfigError, HostError
from edge_aibench.scenarios.camera.tasks.person_reid.data import Market1501


def digest(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*.jpg")
    }


def test_same_arguments_write_the_same_bytes_and_another_seed_others(
    generated: Path, tmp_path: Path
) -> None:
    told: list[tuple[int, int]] = []
    Market1501().write(
        tmp_path / "again", seed=3, scale=0.01, progress=lambda *done: told.append(done)
    )
    again, before = digest(tmp_path / "again"), digest(generated)
    assert again == before
    assert told == [(done, len(again)) for done in range(1, len(again) + 1)]
    Market1501().write(tmp_path / "other", seed=4, scale=0.01)
    assert not set(digest(tmp_path / "other").values()) & set(before.values())


def test_images_have_the_size_of_the_data_set(generated: Path) -> None:
    for path in list(generated.rglob("*.jpg"))[::40]:
        image = cv2.imread(str(path))
        assert image is not None
        assert image.shape == (128, 64, 3)


@pytest.mark.parametrize("scale", [0, -1, 41, float("nan")])
def test_a_scale_out_of_range_is_refused(tmp_path: Path, scale: float) -> None:
    with pytest.raises(ConfigError, match="above 0"):
        Market1501().write(tmp_path / "data", seed=0, scale=scale)
    assert not (tmp_path / "data").exists()


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("kept", encoding="utf-8")
    with pytest.raises(ConfigError, match="new or empty folder"):
        Market1501().write(tmp_path, seed=0, scale=0.01)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(HostError, match="cannot be written"):
        Market1501().write(tmp_path / "file" / "data", seed=0, scale=0.01)
