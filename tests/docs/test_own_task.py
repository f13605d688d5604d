"""The task of one's own in docs/tasks.md, as it is written there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from edge_aibench.cli import main

DOCUMENT = Path(__file__).parents[2] / "docs" / "tasks.md"


def test_ten_lines_make_a_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import cv2

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (shown,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert len(shown.splitlines()) <= 10
    (tmp_path / "my_task.py").write_text(shown)
    # OpenCV writes blue, green, red: 51 of 255 of red.
    picture = np.broadcast_to(np.array([200, 100, 51], np.uint8), (40, 60, 3))
    cv2.imwrite(str(tmp_path / "photo.png"), picture.copy())
    for runtime in ("onnxruntime", "torch"):
        command = ["task", "infer", f"{tmp_path / 'my_task.py'}:TASK", str(tmp_path / "photo.png")]
        assert main([*command, "--runtime", runtime, "--json"]) == 0
        (entry,) = json.loads(capsys.readouterr().out)
        assert entry["answer"]["answer"] == pytest.approx(0.2, abs=1e-5)
    # A network that was exported before is exported again when its code changes.
    changed = shown.replace(
        "AdaptiveAvgPool2d(1)", "AdaptiveAvgPool2d(1), torch.nn.Threshold(0.5, 0.25)"
    )
    (tmp_path / "my_task.py").write_text(changed)
    assert main([*command, "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert entry["answer"]["answer"] == pytest.approx(0.25, abs=1e-5)
