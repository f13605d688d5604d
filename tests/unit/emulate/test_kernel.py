"""Kernel calls whose effect shows on any machine."""

from __future__ import annotations

import os
import struct
from pathlib import Path

from edge_aibench.emulate import kernel


def open_files_named(path: Path) -> int:
    links = [Path(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")]  # noqa: PTH208
    return sum(link.is_symlink() and link.resolve() == path.resolve() for link in links)


def test_cores_are_asked_to_stay_awake_for_as_long_as_it_lasts(tmp_path: Path) -> None:
    interface = tmp_path / "cpu_dma_latency"
    interface.touch()
    with kernel.cores_kept_awake(str(interface)) as awake:
        assert awake
        assert interface.read_bytes() == struct.pack("i", 0)
        assert open_files_named(interface) == 1
    assert open_files_named(interface) == 0


def test_a_machine_without_the_interface_says_so(tmp_path: Path) -> None:
    with kernel.cores_kept_awake(str(tmp_path / "none")) as awake:
        assert not awake
