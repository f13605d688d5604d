"""Emulated and predicted: the simulator's mechanics on real runs, and the folder of a validation.

How good the predictions are is published in docs/fidelity.md from a quiet machine; here it is that
what is left with a run's own work times is small.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.emulation, pytest.mark.long]


def test_with_the_times_of_the_runs_hardly_any_error_is_left(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    command = [sys.executable, "-m", "edge_aibench", "validate", "icu", "--place", "edge"]
    command += ["--calibrate-at", "0.2,0.5", "--predict-at", "0.35", "--observations", "1500"]
    command += ["--patients", "8", "--repeat", "1", "--out", str(tmp_path), "--json", "--quiet"]
    ending = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert ending.returncode == 0, ending.stderr
    report = json.loads(ending.stdout)
    (folder,) = tmp_path.iterdir()
    assert json.loads((folder / "validation.json").read_text()) == report
    assert (folder / "validation.md").read_text().count("\n") == 2 + 3 * 4
    assert (folder / "calibration-edge.json").exists()
    trusted = [cell for cell in report["cells"] if not cell["invalid"]]
    if not trusted:
        pytest.skip("this machine was too busy for a valid run")
    for cell in trusted:
        # The mean of a short run hangs on its few slowest moments.
        assert abs(cell["measures"]["mean"]["replay_error"]) < 0.2
        assert abs(cell["measures"]["p50"]["replay_error"]) < 0.1
