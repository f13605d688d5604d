from __future__ import annotations

import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.camera.tasks.person_reid.data import JUNK, ImageName


def test_a_name_says_who_was_seen_where_and_when() -> None:
    name = ImageName.parse("0002_c1s3_000451_07.jpg", where="folder")
    assert name == ImageName(person=2, camera=1, recording=3, frame=451, box=7)


def test_junk_has_a_number_of_its_own() -> None:
    name = ImageName.parse("-1_c6s2_000451_00.jpg", where="folder")
    assert name.person == JUNK
    assert name.file_name() == "-1_c6s2_000451_00.jpg"


@pytest.mark.parametrize(
    "wrong",
    ["photo.jpg", "0002_c1_000451_03.jpg", "2_c1s1_000451_03.jpg", "0002_c1s1_000451_03.png"],
)
def test_another_form_is_refused_with_the_right_one(wrong: str) -> None:
    with pytest.raises(ConfigError, match=r"0002_c1s1_000451_03\.jpg") as caught:
        ImageName.parse(wrong, where="the/file")
    assert caught.value.where == "the/file"
    assert caught.value.next_step
