"""What the command line does not load before it knows what it is asked."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {
    "ai_edge_litert",
    "cv2",
    "mininet",
    "numpy",
    "onnxruntime",
    "paho",
    "pandas",
    "plotly",
    "pyarrow",
    "safetensors",
    "scipy",
    "simpy",
    "tensorflow",
    "torch",
}
LOAD_AND_TELL = """
import contextlib, io, json, sys
from edge_aibench.cli import main
with contextlib.redirect_stdout(io.StringIO()):
    code = main(sys.argv[1:])
print(json.dumps([code, sorted({name.partition('.')[0] for name in sys.modules})]))
"""


def loaded_by(*words: str) -> set[str]:
    ending = subprocess.run(
        [sys.executable, "-c", LOAD_AND_TELL, *words], capture_output=True, check=True, text=True
    )
    code, modules = json.loads(ending.stdout)
    assert code == 0
    return set(modules)


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("list", "--help")])
def test_help_loads_nothing_heavy_and_reads_no_configuration(words: tuple[str, ...]) -> None:
    assert not loaded_by(*words) & (HEAVY | {"pydantic", "yaml"})


@pytest.mark.parametrize("kind", ["scenarios", "topologies", "links", "tasks", "hardware"])
def test_lists_load_no_framework(kind: str) -> None:
    assert not loaded_by("list", kind) & (HEAVY - {"numpy"})
