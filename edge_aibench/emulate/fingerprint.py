"""One digest for equal values: to know an input that was seen before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.errors import InternalError

if TYPE_CHECKING:
    from hashlib import _Hash


def fingerprint(value: Any) -> bytes:
    """SHA-256 over numbers, text, bytes, arrays, sequences, mappings and dataclasses of these.

    Raises InternalError for anything else: a digest that leaves something out would take
    different inputs for the same.
    """
    digest = hashlib.sha256()
    _feed(digest, value)
    return digest.digest()


def _feed(digest: _Hash, value: Any) -> None:
    if value is None or isinstance(value, (bool, int, float, str, np.generic)):
        _piece(digest, type(value).__name__, repr(value).encode())
    elif isinstance(value, bytes):
        _piece(digest, "bytes", value)
    elif isinstance(value, np.ndarray):
        _piece(digest, f"{value.dtype.str} {value.shape}", np.ascontiguousarray(value).tobytes())
    elif is_dataclass(value) and not isinstance(value, type):
        _piece(digest, type(value).__qualname__, b"")
        for field in fields(value):
            _feed(digest, getattr(value, field.name))
    elif isinstance(value, Mapping):
        _piece(digest, "mapping", str(len(value)).encode())
        for key in sorted(value, key=repr):
            _feed(digest, key)
            _feed(digest, value[key])
    elif isinstance(value, Sequence):
        _piece(digest, "sequence", str(len(value)).encode())
        for item in value:
            _feed(digest, item)
    else:
        raise InternalError(f"no digest is known for a {type(value).__qualname__}")


def _piece(digest: _Hash, kind: str, content: bytes) -> None:
    # The length stands before the content, so that two pieces never read as one.
    digest.update(f"{kind}:{len(content)}:".encode())
    digest.update(content)
