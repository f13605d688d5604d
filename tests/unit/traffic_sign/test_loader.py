from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data import GtsrbLayout
from edge_aibench.tasks.sample import read_samples

LAYOUT = GtsrbLayout()
HEADER = "Filename;Width;Height;Roi.X1;Roi.Y1;Roi.X2;Roi.Y2;ClassId"


@pytest.fixture
def root(signs_root: Path, tmp_path: Path) -> Path:
    """A copy that may be damaged."""
    shutil.copytree(signs_root, tmp_path / "data")
    return tmp_path / "data"


def write_ppm(path: Path, image: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    height, width, _ = image.shape
    path.write_bytes(f"P6\n{width} {height}\n255\n".encode() + image.tobytes())


def put_class(root: Path, class_id: int, tracks: int, frames: int) -> None:
    """A class folder by hand: each image of 20 x 22 pixels holds its track, frame and class."""
    folder = root / "GTSRB/Final_Training/Images" / f"{class_id:05d}"
    folder.mkdir(parents=True)
    rows = [HEADER]
    for track in range(tracks):
        for frame in range(frames):
            name = f"{track:05d}_{frame:05d}.ppm"
            image = np.zeros((22, 20, 3), dtype=np.uint8)
            image[6:17, 5:14] = (track, frame, class_id)
            write_ppm(folder / name, image)
            rows.append(f"{name};20;22;5;6;14;17;{class_id}")
    (folder / f"GT-{class_id:05d}.csv").write_text("\r\n".join(rows) + "\r\n")


@pytest.fixture(scope="module")
def handmade(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("handmade")
    for class_id in range(43):
        put_class(root, class_id, tracks={0: 12, 1: 3, 2: 1}.get(class_id, 5), frames=2)
    return root


def tracks_and_frames(root: Path, split: str, class_id: int) -> set[tuple[int, int]]:
    samples = LAYOUT.open(root, split=split)
    read = (samples[index] for index in range(len(samples)))
    return {
        (int(sample.raw[0, 0, 0]), int(sample.raw[0, 0, 1]))
        for sample in read
        if sample.label == class_id
    }


def test_images_are_cut_to_their_region_in_rgb(handmade: Path) -> None:
    sample = LAYOUT.open(handmade, split="train")[1]
    assert sample.name == "Final_Training/Images/00000/00000_00001.ppm"
    assert sample.label == 0
    assert sample.raw.dtype == np.uint8
    assert sample.raw.shape == (11, 9, 3)
    assert (sample.raw == (0, 1, 0)).all()


def test_every_fifth_track_is_held_out(handmade: Path) -> None:
    held_out = {(track, frame) for track in (4, 9) for frame in (0, 1)}
    everything = {(track, frame) for track in range(12) for frame in (0, 1)}
    assert tracks_and_frames(handmade, "val", 0) == held_out
    assert tracks_and_frames(handmade, "train", 0) == everything - held_out


def test_of_fewer_than_five_tracks_the_last_is_held_out(handmade: Path) -> None:
    assert {track for track, _ in tracks_and_frames(handmade, "val", 1)} == {2}
    assert {track for track, _ in tracks_and_frames(handmade, "train", 1)} == {0, 1}


def test_an_only_track_is_trained_on(handmade: Path) -> None:
    assert tracks_and_frames(handmade, "val", 2) == set()
    assert {track for track, _ in tracks_and_frames(handmade, "train", 2)} == {0}


def test_the_data_folder_itself_may_be_given(handmade: Path) -> None:
    assert len(LAYOUT.open(handmade / "GTSRB", split="train")) == len(
        LAYOUT.open(handmade, split="train")
    )


def test_generated_data_is_read_back(signs_root: Path) -> None:
    for split in ("train", "val", "test"):
        samples = LAYOUT.open(signs_root, split=split)
        read = read_samples(samples, range(len(samples)))
        assert not read.problems
        assert {sample.label for sample in read.samples} == set(range(43))
        assert len({sample.name for sample in read.samples}) == len(samples)
        for sample in read.samples:
            assert min(sample.raw.shape[:2]) >= 8


def test_the_classes_of_the_test_images_may_lie_beside_their_folder(root: Path) -> None:
    before = LAYOUT.open(root, split="test")[0]
    (root / "GTSRB/Final_Test/Images/GT-final_test.csv").rename(root / "GT-final_test.csv")
    after = LAYOUT.open(root, split="test")[0]
    assert after.label == before.label
    assert np.array_equal(after.raw, before.raw)


def test_missing_test_classes_are_told_with_the_archive(root: Path) -> None:
    (root / "GTSRB/Final_Test/Images/GT-final_test.csv").unlink()
    with pytest.raises(ConfigError, match=r"GTSRB_Final_Test_GT\.zip"):
        LAYOUT.open(root, split="test")


def test_the_list_without_classes_is_told_apart(root: Path) -> None:
    path = root / "GTSRB/Final_Test/Images/GT-final_test.csv"
    path.write_text(HEADER.removesuffix(";ClassId") + "\n00000.ppm;30;30;5;5;25;25\n")
    with pytest.raises(ConfigError, match=r"no classes: use GT-final_test\.csv"):
        LAYOUT.open(root, split="test")


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_an_empty_folder_is_no_data_set(tmp_path: Path, split: str) -> None:
    with pytest.raises(ConfigError, match=r"GTSRB/Final_Training/Images.*\n.*unpack"):
        LAYOUT.open(tmp_path, split=split)


def test_pickles_are_refused(tmp_path: Path) -> None:
    (tmp_path / "train.p").write_bytes(b"")
    with pytest.raises(ConfigError, match="pickles"):
        LAYOUT.open(tmp_path, split="train")


def test_an_unknown_split_is_refused(signs_root: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean train"):
        LAYOUT.open(signs_root, split="trian")


def test_a_missing_class_is_told(root: Path) -> None:
    shutil.rmtree(root / "GTSRB/Final_Training/Images/00017")
    with pytest.raises(ConfigError, match=r"00017: there must be a folder for each of the 43"):
        LAYOUT.open(root, split="train")


def test_a_missing_annotation_file_is_told(root: Path) -> None:
    (root / "GTSRB/Final_Training/Images/00003/GT-00003.csv").unlink()
    with pytest.raises(ConfigError, match=r"GT-00003\.csv: there must be"):
        LAYOUT.open(root, split="val")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a.ppm;20;22;5;6;14;17", "8 cells"),
        ("a.ppm;20;22;5;6;14;x;3", "Roi.Y2: must be a whole number"),
        ("a.ppm;20;22;5;6;21;17;3", "region must lie in the image"),
        ("a.ppm;20;22;5;6;5;17;3", "region must lie in the image"),
        ("a.ppm;20;22;-1;6;14;17;3", "region must lie in the image"),
        ("a.ppm;20;22;5;6;14;17;43", "one of the 43 classes"),
        ("a.ppm;20;22;5;6;14;17;4", "must be 3, the class of the folder"),
        ("../a.ppm;20;22;5;6;14;17;3", "name of a file beside this one"),
        (";20;22;5;6;14;17;3", "name of a file beside this one"),
    ],
)
def test_a_damaged_row_is_told_with_its_line(root: Path, row: str, message: str) -> None:
    path = root / "GTSRB/Final_Training/Images/00003/GT-00003.csv"
    path.write_text(f"{HEADER}\n{row}\n")
    with pytest.raises(ConfigError, match=rf"GT-00003\.csv:2.*{message}"):
        LAYOUT.open(root, split="train")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "header"),
        (b"a,b,c\n", "header"),
        (HEADER.encode() + b"\n", "at least one image"),
        (b"\xff\xfe\x00", "UTF-8"),
    ],
)
def test_a_damaged_annotation_file_is_told(root: Path, content: bytes, message: str) -> None:
    path = root / "GTSRB/Final_Training/Images/00003/GT-00003.csv"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=rf"GT-00003\.csv.*{message}"):
        LAYOUT.open(root, split="train")


@pytest.mark.parametrize("content", [b"", b"P6\n20", b"no image at all", None])
def test_one_damaged_image_costs_that_image_only(root: Path, content: bytes | None) -> None:
    path = root / "GTSRB/Final_Training/Images/00000/00000_00000.ppm"
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    samples = LAYOUT.open(root, split="train")
    read = read_samples(samples, range(3))
    assert len(read.samples) == 2
    (problem,) = read.problems
    assert str(path) in str(problem)


def test_a_truncated_image_is_told(root: Path) -> None:
    path = root / "GTSRB/Final_Training/Images/00000/00000_00000.ppm"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ConfigError, match=r"00000_00000\.ppm"):
        LAYOUT.open(root, split="train")[0]


def test_an_image_of_another_size_than_annotated_is_told(root: Path) -> None:
    path = root / "GTSRB/Final_Training/Images/00000/00000_00000.ppm"
    write_ppm(path, np.zeros((9, 8, 3), dtype=np.uint8))
    with pytest.raises(ConfigError, match=r"as its annotation says \(found '8 x 9'\)"):
        LAYOUT.open(root, split="train")[0]
