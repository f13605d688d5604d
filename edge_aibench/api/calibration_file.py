"""Calibrations on disk: JSON, checked when it is read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_aibench.config.json_file import validate_json
from edge_aibench.config.text_file import read_text
from edge_aibench.model.calibration import Calibration
from edge_aibench.record.files import write_whole

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 20_000_000

_AGAIN = "give a file that `edge-aibench calibrate` wrote, or calibrate again"


def write_calibration(path: Path, calibration: Calibration) -> None:
    """Write *calibration* to *path*, whole or not at all. Raises HostError if that fails."""
    text = calibration.model_dump_json(by_alias=True, indent=1) + "\n"
    write_whole(path, lambda file: file.write(text.encode()))


def read_calibration(path: Path) -> Calibration:
    """Read a calibration. Raises ConfigError that cites the key which is wrong."""
    text = read_text(path, source=str(path), most_bytes=MOST_BYTES, kind="a calibration")
    return validate_json(Calibration, text, source=str(path), next_step=_AGAIN)
