"""Who is known, and who is nearest, by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.camera.gallery import KnownPersons, embed_gallery, find_images
from edge_aibench.scenarios.camera.street.truth import STRANGER

KNOWN = KnownPersons(
    vectors=np.array([[1, 0], [0.6, 0.8], [0, 1]], dtype=np.float32),
    identities=np.array([4, 4, 9]),
)


@pytest.mark.parametrize(
    ("embedding", "known_above", "identity", "likeness"),
    [
        # 30 degrees from the first, 23.1 from the second: nearest is the second.
        ((3**0.5, 1.0), 0.9, 4, 0.5 * (0.6 * 3**0.5 + 0.8)),
        ((0.0, 5.0), 0.9, 9, 1.0),
        ((-1.0, 0.0), 0.9, STRANGER, 0.0),
        ((-1.0, 0.0), 0.0, 9, 0.0),
        # Of length 0: as alike as nothing.
        ((0.0, 0.0), 0.1, STRANGER, 0.0),
    ],
)
def test_the_nearest_image_decides(
    embedding: tuple[float, float], known_above: float, identity: int, likeness: float
) -> None:
    who, cosine = KNOWN.nearest(np.array(embedding), known_above=known_above)
    assert who == identity
    assert cosine == pytest.approx(likeness, abs=1e-6)


def test_images_are_found_where_market_1501_has_them(tmp_path: Path) -> None:
    for place in ("", "bounding_box_test", "Market-1501-v15.09.15/bounding_box_test"):
        home = tmp_path / (place.replace("/", "-") or "plain")
        (home / place).mkdir(parents=True)
        for name in ("0007_c1s1_000001_01.jpg", "0000_c1s1_000001_01.jpg"):
            _write(home / place / name, level=90)
        (home / place / "-1_c1s1_000001_01.jpg").write_bytes(b"junk")
        (home / place / "Thumbs.db").write_bytes(b"")
        images = find_images(home)
        assert images.identities == (7,)
        assert images.paths == (home / place / "0007_c1s1_000001_01.jpg",)


@pytest.mark.parametrize("name", [None, "0000_c1s1_000001_01.jpg", "notes.txt"])
def test_an_empty_gallery_says_what_to_do(tmp_path: Path, name: str | None) -> None:
    if name is not None:
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(ConfigError, match="at least one image of a known person") as caught:
        find_images(tmp_path)
    assert caught.value.where == str(tmp_path)
    assert "0002_c1s1_000451_03.jpg" in (caught.value.next_step or "")


def test_a_missing_gallery_and_a_wrong_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="must be a folder"):
        find_images(tmp_path / "nowhere")
    (tmp_path / "alice.jpg").write_bytes(b"x")
    with pytest.raises(ConfigError, match="must be named") as caught:
        find_images(tmp_path)
    assert caught.value.where == str(tmp_path / "alice.jpg")


def test_vectors_are_made_once_and_again_when_something_changes(tmp_path: Path) -> None:
    folder, cache = tmp_path / "gallery", tmp_path / "cache"
    folder.mkdir()
    for person in range(1, 21):
        _write(folder / f"{person:04d}_c1s1_000001_01.jpg", level=10 * person)
    seen: list[int] = []

    def embed(images: Sequence[np.ndarray]) -> list[np.ndarray]:
        seen.extend(10 * round(float(image.mean()) / 10) for image in images)
        return [np.array([image.mean(), 40.0]) for image in images]

    known = embed_gallery(find_images(folder), embed, network="a", cache=cache)
    assert seen == [10 * person for person in range(1, 21)]
    assert known.identities.tolist() == list(range(1, 21))
    assert np.linalg.norm(known.vectors, axis=1) == pytest.approx(np.ones(20), abs=1e-6)
    # The third is as grey as 30: 30 to 40 is 3 to 4 on the unit circle.
    assert known.vectors[2] == pytest.approx([0.6, 0.8], abs=0.02)
    again = embed_gallery(find_images(folder), embed, network="a", cache=cache)
    assert len(seen) == 20
    assert np.array_equal(again.vectors, known.vectors)
    embed_gallery(find_images(folder), embed, network="b", cache=cache)
    assert len(seen) == 40
    _write(folder / "0001_c1s1_000001_01.jpg", level=200)
    embed_gallery(find_images(folder), embed, network="a", cache=cache)
    assert len(seen) == 60


def test_a_damaged_image_is_named(tmp_path: Path) -> None:
    bad = tmp_path / "0001_c1s1_000001_01.jpg"
    bad.write_bytes(b"no picture")
    with pytest.raises(ConfigError) as caught:
        embed_gallery(find_images(tmp_path), list, network="a", cache=tmp_path / "c")
    assert caught.value.where == str(bad)


def _write(path: Path, *, level: int) -> None:
    cv2.imwrite(str(path), np.full((16, 8, 3), level, dtype=np.uint8))
