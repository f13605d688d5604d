"""Writing a file whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from edge_aibench.errors import HostError

_REASONS = {
    errno.ENOSPC: ("no space is left there", "free some space, or choose another place: --out"),
    errno.EDQUOT: ("your quota is used up", "free some space, or choose another place: --out"),
    errno.EROFS: ("it is on a read-only file system", "choose another place: --out"),
    errno.EACCES: ("permission was denied", "choose a place that you may write to: --out"),
    errno.EPERM: ("permission was denied", "choose a place that you may write to: --out"),
    errno.ENOTDIR: ("part of the path is a file", "choose another place: --out"),
}


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let *write* fill a new file beside *path*, then rename it onto *path*.

    After a failure *path* is as it was before and nothing is left beside it. Raises HostError
    that names the place if the machine refuses (full disk, no permission).
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            write(file)
            file.flush()
            # Some file systems report a full disk only when the data must really go there.
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise cannot_write(path, error) from error
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def make_folder(path: Path) -> None:
    """Make *path* unless it is there. Raises HostError that names it if the machine refuses."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> HostError:
    """The error for *path* that could not be written because of *error*."""
    reason, mend = _REASONS.get(
        error.errno or 0, (error.strerror or str(error), "choose another place: --out")
    )
    return HostError(f"cannot write {path}: {reason}", mend=mend)
