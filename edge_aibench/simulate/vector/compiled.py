"""Functions compiled to machine code, with the types they have in Python.

The machine code is kept on disk beside the module, or in the user's cache folder where that is not
writable, so that only the first run on a machine pays for the compiler.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile *function* for its first arguments' types; it lets go of the interpreter."""
    return cast("Callable[P, R]", numba.njit(cache=True, nogil=True, _nrt=False)(function))


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Compile *function* into each compiled function that calls it: no array is handed over."""
    options = {"cache": True, "nogil": True, "forceinline": True, "_nrt": False}
    return cast("Callable[P, R]", numba.njit(**options)(function))
