"""Reading and writing the folders of LFW and CASIA-WebFace."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.home.tasks.face.component import component
from edge_aibench.scenarios.home.tasks.face.data import FaceLayout
from edge_aibench.tasks.sample import read_samples


@pytest.fixture
def copy(face_root: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(face_root, tmp_path / "copy"))


def bytes_below(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def test_the_real_layout(face_root: Path) -> None:
    assert (face_root / "CASIA-WebFace" / "0000001" / "001.jpg").is_file()
    assert (face_root / "lfw" / "Generated_0001" / "Generated_0001_0001.jpg").is_file()
    header = (face_root / "pairs.txt").read_text(encoding="utf-8").splitlines()[0]
    folds, pairs_a_fold = header.split("\t")
    assert int(folds) >= 2
    assert int(pairs_a_fold) >= 3


def test_splits_share_no_person(face_root: Path) -> None:
    people = {
        split: set(FaceLayout().open(face_root, split=split).identities)
        for split in ("train", "val", "test")
    }
    assert not people["train"] & people["val"]
    assert len(people["train"]) == 36
    assert people["val"] == {"0000010", "0000020", "0000030", "0000040"}
    assert all(name.startswith("Generated_") for name in people["test"])


@pytest.mark.parametrize("split", ["val", "test"])
def test_pairs_say_what_the_identities_say(face_root: Path, split: str) -> None:
    samples = FaceLayout().open(face_root, split=split)
    assert samples.pairs
    for pair in samples.pairs:
        assert pair.same == (samples.identities[pair.first] == samples.identities[pair.second])
        assert pair.first != pair.second
    compared = {index for pair in samples.pairs for index in (pair.first, pair.second)}
    assert compared == set(range(len(samples)))
    assert samples.pairs == FaceLayout().open(face_root, split=split).pairs


def test_a_picture_is_rgb_of_250_pixels(face_root: Path) -> None:
    sample = FaceLayout().open(face_root, split="test")[0]
    assert sample.name == "lfw/Generated_0001/Generated_0001_0001.jpg"
    assert sample.label == "Generated_0001"
    assert sample.raw.shape == (250, 250, 3)
    assert sample.raw.dtype == np.uint8


def test_channels_are_red_green_blue(tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    folder = tmp_path / "lfw" / "A"
    folder.mkdir(parents=True)
    blue_green_red = np.full((64, 64, 3), (10, 60, 200), dtype=np.uint8)
    for number in (1, 2):
        cv2.imwrite(str(folder / f"A_{number:04d}.jpg"), blue_green_red)
    (tmp_path / "pairs.txt").write_text("1\t1\nA\t1\t2\nA\t1\tB\t1\n", encoding="utf-8")
    middle = FaceLayout().open(tmp_path, split="test")[0].raw[32, 32].astype(int)
    assert np.abs(middle - (200, 60, 10)).max() <= 6


def test_the_same_arguments_write_the_same_bytes(face_root: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    FaceLayout().write(
        tmp_path / "again", seed=3, scale=0.04, progress=lambda *now: told.append(now)
    )
    again = bytes_below(tmp_path / "again")
    assert again == bytes_below(face_root)
    assert told[-1] == (len(again) - 1, len(again) - 1)
    assert told == sorted(told)


def test_a_damaged_picture_costs_itself_only(copy: Path) -> None:
    layout = FaceLayout()
    damaged = copy / layout.open(copy, split="test").names[1]
    damaged.write_bytes(damaged.read_bytes()[:20])
    (copy / layout.open(copy, split="test").names[2]).write_bytes(b"")
    (copy / layout.open(copy, split="test").names[3]).unlink()
    samples = layout.open(copy, split="test")
    read = read_samples(samples, range(len(samples)))
    assert len(read.samples) == len(samples) - 3
    assert [problem.where for problem in read.problems] == [
        str(copy / name) for name in samples.names[1:4]
    ]
    # Those that were read can still be judged.
    vectors = np.random.default_rng(0).standard_normal((len(read.samples), 8))
    figures = component().judge(samples, list(zip(read.samples, vectors, strict=True)))
    assert figures["pairs"] < len(samples.pairs)


@pytest.mark.parametrize(
    ("removed", "split", "message"),
    [
        ("lfw", "test", "lfw: there must be such a folder"),
        ("CASIA-WebFace", "train", "CASIA-WebFace: there must be such a folder"),
        ("pairs.txt", "test", "pairs.txt: must be LFW's list of pairs"),
    ],
)
def test_what_is_missing_is_named(copy: Path, removed: str, split: str, message: str) -> None:
    path = copy / removed
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    with pytest.raises(ConfigError, match=message) as caught:
        FaceLayout().open(copy, split=split)
    assert caught.value.next_step is not None


def test_an_empty_person_and_an_empty_folder(copy: Path) -> None:
    person = copy / "CASIA-WebFace" / "0000001"
    shutil.rmtree(person)
    person.mkdir()
    with pytest.raises(ConfigError, match="at least one picture") as caught:
        FaceLayout().open(copy, split="train")
    assert caught.value.where == str(person)
    shutil.rmtree(copy / "CASIA-WebFace")
    (copy / "CASIA-WebFace").mkdir()
    with pytest.raises(ConfigError, match="a folder for each person"):
        FaceLayout().open(copy, split="train")


def test_too_few_people_to_validate_on(copy: Path) -> None:
    shutil.rmtree(copy / "CASIA-WebFace" / "0000040")
    assert len(FaceLayout().open(copy, split="train")) == 3 * 36
    with pytest.raises(ConfigError, match="CASIA-WebFace: needs at least four people"):
        FaceLayout().open(copy, split="val")


def test_an_unknown_split(face_root: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean train"):
        FaceLayout().open(face_root, split="trian")


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match="new or empty folder"):
        FaceLayout().write(tmp_path, seed=1, scale=0.04)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("scale", [0.0, -1.0, 21.0, float("nan")])
def test_a_scale_out_of_range(tmp_path: Path, scale: float) -> None:
    with pytest.raises(ConfigError, match="above 0 and at most 20"):
        FaceLayout().write(tmp_path / "new", seed=1, scale=scale)
    assert not (tmp_path / "new").exists()
