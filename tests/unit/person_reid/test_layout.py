from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.camera.tasks.person_reid.data import (
    DISTRACTOR,
    GALLERY,
    JUNK,
    QUERY,
    ImageName,
    Market1501,
    Sighting,
)
from edge_aibench.tasks.sample import read_samples


def test_test_split_is_query_and_gallery(hand_made: Path) -> None:
    samples = Market1501().open(hand_made, split="test")
    listed = {samples[index].name: samples[index].label for index in range(len(samples))}
    assert listed == {
        "query/0001_c1s1_001051_00.jpg": Sighting(person=1, camera=1, role=QUERY),
        "bounding_box_test/-1_c1s1_000401_03.jpg": Sighting(person=JUNK, camera=1, role=GALLERY),
        "bounding_box_test/0000_c2s1_000151_01.jpg": Sighting(
            person=DISTRACTOR, camera=2, role=GALLERY
        ),
        "bounding_box_test/0001_c1s1_001051_01.jpg": Sighting(person=1, camera=1, role=GALLERY),
        "bounding_box_test/0001_c2s1_000301_00.jpg": Sighting(person=1, camera=2, role=GALLERY),
    }


def test_images_are_rgb_as_they_are_on_disk(hand_made: Path) -> None:
    sample = Market1501().open(hand_made, split="test")[2]
    assert sample.raw.shape == (128, 64, 3)
    assert abs(int(sample.raw.mean()) - 80) <= 1  # the second grey level, by way of JPEG


def test_first_image_by_each_camera_is_the_query_of_a_training_person(hand_made: Path) -> None:
    samples = Market1501().open(hand_made, split="train")
    roles = [(label.person, label.camera, label.role) for label in samples.labels]
    assert roles == [(2, 1, QUERY), (2, 1, GALLERY), (2, 2, QUERY), (7, 3, QUERY)]


def test_every_eighth_person_is_held_out(tmp_path: Path, hand_made: Path) -> None:
    train = hand_made / "bounding_box_train"
    image = train / "0007_c3s2_000100_01.jpg"
    for person in (1, 3, 4, 5, 6, 8, 9, 10):
        shutil.copy(image, train / f"{person:04d}_c3s2_000100_01.jpg")
    layout = Market1501()
    # The persons are 1 to 10: the eighth is held out.
    assert {label.person for label in layout.open(hand_made, split="val").labels} == {8}
    kept = {label.person for label in layout.open(hand_made, split="train").labels}
    assert kept == {1, 2, 3, 4, 5, 6, 7, 9, 10}


def test_the_folder_that_holds_the_data_set_will_do(generated: Path) -> None:
    inner = generated / "Market-1501-v15.09.15"
    assert inner.is_dir()
    layout = Market1501()
    assert layout.open(generated, split="test").labels == layout.open(inner, split="test").labels


@pytest.mark.parametrize("folder", ["query", "bounding_box_test"])
def test_a_missing_folder_is_named(hand_made: Path, folder: str) -> None:
    shutil.rmtree(hand_made / folder)
    with pytest.raises(ConfigError, match=f"{folder} is missing") as caught:
        Market1501().open(hand_made, split="test")
    assert caught.value.where == str(hand_made)
    assert caught.value.next_step


def test_an_empty_folder_is_named(hand_made: Path) -> None:
    for path in (hand_made / "query").glob("*.jpg"):
        path.unlink()
    with pytest.raises(ConfigError, match="at least one") as caught:
        Market1501().open(hand_made, split="test")
    assert caught.value.where == str(hand_made / "query")


def test_too_few_persons_leave_no_validation_split(hand_made: Path) -> None:
    with pytest.raises(ConfigError, match="`val` must list at least one sample"):
        Market1501().open(hand_made, split="val")


def test_a_file_of_another_name_is_named(hand_made: Path) -> None:
    (hand_made / "query" / "me.jpg").write_bytes(b"")
    with pytest.raises(ConfigError, match=r"me\.jpg"):
        Market1501().open(hand_made, split="test")


def test_a_query_of_a_person_the_gallery_never_shows_is_named(hand_made: Path) -> None:
    query = hand_made / "query" / "0001_c1s1_001051_00.jpg"
    query.rename(query.with_name("0099_c1s1_001051_00.jpg"))
    with pytest.raises(ConfigError, match="must be shown in bounding_box_test") as caught:
        Market1501().open(hand_made, split="test")
    assert caught.value.value == 99


def test_another_split_is_refused(hand_made: Path) -> None:
    with pytest.raises(ConfigError, match="no split of this name"):
        Market1501().open(hand_made, split="tests")


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff\xe0 not a JPEG image any more"])
def test_a_damaged_image_costs_itself_only(hand_made: Path, content: bytes) -> None:
    damaged = hand_made / "bounding_box_test" / "0000_c2s1_000151_01.jpg"
    damaged.write_bytes(content)
    samples = Market1501().open(hand_made, split="test")
    read = read_samples(samples, range(len(samples)))
    assert len(read.samples) == 4
    (problem,) = read.problems
    assert problem.where == str(damaged)
    assert "must be an image" in problem.rule


def test_an_image_that_went_away_is_named(hand_made: Path) -> None:
    samples = Market1501().open(hand_made, split="test")
    (hand_made / "query" / "0001_c1s1_001051_00.jpg").unlink()
    with pytest.raises(ConfigError, match="cannot be opened"):
        samples[0]


def test_generated_splits_share_no_person(generated: Path) -> None:
    layout = Market1501()
    persons = {
        split: {label.person for label in layout.open(generated, split=split).labels}
        for split in ("train", "val", "test")
    }
    assert len(persons["train"]) == 14
    assert len(persons["val"]) == 2
    assert len(persons["test"] - {JUNK, DISTRACTOR}) == 4
    assert not persons["train"] & persons["val"]
    assert not (persons["train"] | persons["val"]) & persons["test"]


def test_every_generated_query_has_right_images_by_other_cameras(generated: Path) -> None:
    for split in ("train", "val", "test"):
        labels = Market1501().open(generated, split=split).labels
        gallery = {(label.person, label.camera) for label in labels if label.role == GALLERY}
        for query in (label for label in labels if label.role == QUERY):
            others = {camera for person, camera in gallery if person == query.person}
            assert others - {query.camera}


def test_generated_names_are_those_of_the_data_set(generated: Path) -> None:
    paths = sorted(generated.rglob("*.jpg"))
    # 16 + 4 persons of 16 images each; the gallery's distractors and junk on top.
    named = [ImageName.parse(path.name, where=str(path)) for path in paths]
    assert sum(name.person > 0 for name in named) == 320
    for path, name in zip(paths, named, strict=True):
        assert path.name == name.file_name()
        assert 1 <= name.camera <= 6
        if name.person <= 0:
            assert path.parent.name == "bounding_box_test"
