"""Errors on their way from one process to another, as JSON: the same class, the same words."""

from __future__ import annotations

import json
from typing import Any

from edge_aibench.errors import (
    ConfigError,
    EdgeAIBenchError,
    HostError,
    InternalError,
    RunError,
)

_LONGEST_TEXT = 2000
"""Characters of one part of a message; a pipe that nobody reads yet holds 65536 bytes."""

_FIELDS: dict[type[EdgeAIBenchError], tuple[str, ...]] = {
    ConfigError: ("rule", "where", "key", "value", "next_step"),
    HostError: ("what", "mend"),
    RunError: ("what", "next_step"),
}


def write_error(error: BaseException) -> str:
    """*error* as JSON; what is not one of our errors becomes an InternalError."""
    for kind, fields in _FIELDS.items():
        if isinstance(error, kind):
            parts = {name: _plain(getattr(error, name)) for name in fields}
            return json.dumps({"kind": kind.__name__, **parts})
    what = str(error) if isinstance(error, InternalError) else f"{type(error).__name__}: {error}"
    return json.dumps({"kind": "InternalError", "what": _plain(what)})


def read_error(text: str) -> EdgeAIBenchError:
    """The error that `write_error` wrote."""
    told: dict[str, Any] = json.loads(text)
    kind = told.pop("kind")
    if kind == "ConfigError":
        return ConfigError(told.pop("rule"), **told)
    if kind == "HostError":
        return HostError(told["what"], mend=told["mend"])
    if kind == "RunError":
        return RunError(told["what"], next_step=told["next_step"])
    return InternalError(told["what"])


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    return (value if isinstance(value, str) else repr(value))[:_LONGEST_TEXT]
