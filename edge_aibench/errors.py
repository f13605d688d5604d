"""Every error a user can meet, sorted by whose fault it is.

    EdgeAIBenchError
    |-- ConfigError     your file or argument: says which one, the value, the rule, the next step
    |-- HostError       this machine lacks something: says what, and the command that mends it
    |-- RunError        the run broke under way: broker or agent lost, a deadline passed
    `-- InternalError   a bug of ours

The exit codes follow docs/design.md section 8.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import ClassVar

EXIT_OK = 0
EXIT_USAGE = 2
EXIT_HOST = 3
EXIT_INVALID = 4
EXIT_RUN_FAILED = 5
EXIT_INTERNAL = 70
EXIT_SLO_UNDECIDED = 98
EXIT_SLO_BROKEN = 99
EXIT_INTERRUPTED = 130


class EdgeAIBenchError(Exception):
    """Base of all errors raised on purpose; `exit_code` is what the command line ends with."""

    exit_code: ClassVar[int] = EXIT_INTERNAL


class ConfigError(EdgeAIBenchError):
    """A file or an argument of the user's breaks a rule.

    *where* names the file (and line, row or column) or the option; *key* the place inside it;
    *value* what was found. *rule* says what would be right and *next_step* what to do.
    """

    exit_code = EXIT_USAGE

    def __init__(
        self,
        rule: str,
        *,
        where: str,
        key: str | None = None,
        value: object = None,
        next_step: str | None = None,
    ) -> None:
        self.where = where
        self.key = key
        self.value = value
        self.rule = rule
        self.next_step = next_step
        place = f"{where}: {key}" if key else where
        found = "" if value is None else f" (found {_short(value)})"
        step = f"\n  -> {next_step}" if next_step else ""
        super().__init__(f"{place}: {rule}{found}{step}")


class HostError(EdgeAIBenchError):
    """This machine cannot do what was asked; *mend* is the command or change that helps."""

    exit_code = EXIT_HOST

    def __init__(self, what: str, *, mend: str | None = None) -> None:
        self.what = what
        self.mend = mend
        super().__init__(what if mend is None else f"{what}\n  -> {mend}")


class RunError(EdgeAIBenchError):
    """A run that had started could not go on."""

    exit_code = EXIT_RUN_FAILED

    def __init__(self, what: str, *, next_step: str | None = None) -> None:
        self.what = what
        self.next_step = next_step
        super().__init__(what if next_step is None else f"{what}\n  -> {next_step}")


class InternalError(EdgeAIBenchError):
    """Something that cannot happen has happened: a bug of ours, worth a report."""


def unknown_name(kind: str, name: str, known: Iterable[str], *, where: str) -> ConfigError:
    """Build the error for a *name* that is not among the *known* ones, offering the nearest."""
    names = sorted(set(known))
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    next_step = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(names)}"
    return ConfigError(
        f"there is no {kind} of this name", where=where, value=name, next_step=next_step
    )


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
