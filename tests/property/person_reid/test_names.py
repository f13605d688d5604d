from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.scenarios.camera.tasks.person_reid.data import ImageName

names = st.builds(
    ImageName,
    person=st.integers(-1, 9999),
    camera=st.integers(0, 9),
    recording=st.integers(0, 9),
    frame=st.integers(0, 999_999),
    box=st.integers(0, 99),
)


@given(names)
def test_a_name_that_is_written_reads_the_same(name: ImageName) -> None:
    assert ImageName.parse(name.file_name(), where="folder") == name
