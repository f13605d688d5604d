"""Functions compiled to machine code, with the types they have in Python.

The machine code is kept on disk beside the module, or in the user's cache folder where that is not
writable, so that only the first run on a machine pays for the compiler.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


# Nothing is allocated in compiled code, so arrays need no counting of references, which would take
# ten times as long as all the rest. The compiled code on disk does not know the options that it was
# made with: after a change here it must be removed.
_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile *function* for its first arguments' types; it lets go of the interpreter."""
    return cast("Callable[P, R]", numba.njit(**_OPTIONS)(function))


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Compile *function* into each compiled function that calls it: no array is handed over."""
    return cast("Callable[P, R]", numba.njit(**_OPTIONS, forceinline=True)(function))
