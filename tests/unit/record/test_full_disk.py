"""A disk that is really full: a small tmpfs in a mount namespace of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import edge_aibench

UNSHARE = ("unshare", "--mount", "--propagation", "private")
SCRIPT = """
import subprocess, sys
from datetime import datetime, UTC
from pathlib import Path
from edge_aibench.errors import HostError
from edge_aibench.record.example import example_run
from edge_aibench.record.folder import RunFolder
from edge_aibench.record.summary import summarise

out = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(out)], check=True)
now = datetime.now(UTC)
folder = RunFolder.create(out, scenario="icu", engine="emulate", now=now, run_id="a")
data = example_run([5.0 + n / 7 for n in range(400)])
folder.write_config(data.experiment)
try:
    folder.write_results(data, None)
except HostError as error:
    print(error)
    print(sorted(file.name for file in folder.path.iterdir()))
    opened = RunFolder.open(folder.path)
    print(opened.manifest.complete, opened.config == dict(data.experiment))
"""


@pytest.mark.emulation
@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a file system needs root")
def test_a_full_disk_gives_one_error_and_no_half_file(tmp_path: Path) -> None:
    root = Path(edge_aibench.__file__).parents[1]
    done = subprocess.run(
        [*UNSHARE, sys.executable, "-c", SCRIPT, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    if "must be superuser" in done.stderr or "unshare failed" in done.stderr:
        pytest.skip("this machine allows no mount namespace")
    assert done.returncode == 0, done.stderr
    message, step, files, state = done.stdout.splitlines()
    assert message.startswith(f"cannot write {tmp_path}")
    assert message.endswith("no space is left there")
    assert "--out" in step
    assert files == "['config.yaml', 'manifest.json', 'requests.parquet']"
    assert state == "False True"
    assert list(tmp_path.iterdir()) == []
