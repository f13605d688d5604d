from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from edge_aibench.inference.temporary import own_temporary_folder


@pytest.mark.parametrize("given", [True, False])
def test_what_is_left_in_the_temporary_folder_goes_with_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: bool
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    if given:
        monkeypatch.setenv("TMPDIR", str(tmp_path))
    else:
        monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/nowhere")
    before = os.environ.get("TMPDIR")
    with own_temporary_folder():
        folder = Path(tempfile.gettempdir())
        assert (folder.parent, os.environ["TMPDIR"]) == (tmp_path, str(folder))
        assert os.environ["XDG_CACHE_HOME"] == str(folder)
        (folder / "left" / "behind").mkdir(parents=True)
    assert list(tmp_path.iterdir()) == []
    assert (tempfile.gettempdir(), os.environ.get("TMPDIR")) == (str(tmp_path), before)
    assert os.environ["XDG_CACHE_HOME"] == "/nowhere"
