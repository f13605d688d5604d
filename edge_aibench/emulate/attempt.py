"""Trying a command in a process of its own, the only honest way to learn what a machine allows."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# Debian keeps tc, brctl and mosquitto where an ordinary user's PATH does not look.
_SYSTEM_FOLDERS = ("/usr/sbin", "/sbin")


@dataclass(frozen=True)
class Attempt:
    """What came of a command: whether it ended with 0, and all it wrote."""

    ok: bool
    output: str

    @property
    def last_line(self) -> str:
        """The last line written, which is where programs put what went wrong."""
        lines = self.output.strip().splitlines()
        return lines[-1].strip() if lines else ""


Attempter = Callable[[Sequence[str]], Attempt]
"""Runs a command line and tells what came of it."""


def attempt(command: Sequence[str], *, timeout_s: float = 5.0) -> Attempt:
    """Run *command*, which is ended after *timeout_s*; a missing program is a failure too."""
    try:
        ended = subprocess.run(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PATH": search_path(), "LC_ALL": "C"},
            timeout=timeout_s,
            check=False,
        )
    except OSError as error:
        return Attempt(ok=False, output=f"{command[0]}: {error.strerror}")
    except subprocess.TimeoutExpired:
        return Attempt(ok=False, output=f"{command[0]}: no answer within {timeout_s:g} s")
    return Attempt(ok=ended.returncode == 0, output=ended.stdout.decode(errors="replace"))


def find_program(name: str) -> str | None:
    """Path of the program *name*, also where only root's PATH looks; None if there is none."""
    return shutil.which(name, path=search_path())


def search_path() -> str:
    """The user's PATH, and after it the folders of system programs."""
    return os.pathsep.join([os.environ.get("PATH", os.defpath), *_SYSTEM_FOLDERS])
