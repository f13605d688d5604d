"""A folder for what libraries leave lying about."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_PLACES: Final = ("TMPDIR", "XDG_CACHE_HOME")


@contextmanager
def own_temporary_folder() -> Iterator[None]:
    """Let everything that asks for the temporary or cache folder get one that ends with the block.

    PyTorch's compiler and TensorFlow's autograph leave files in the first, which are removed at the
    end of an interpreter but not of a forked process; ONNX Runtime notes its session in the one and
    an identity of the machine in the other when it is imported.
    """
    kept_variables = {name: os.environ.get(name) for name in _PLACES}
    kept_folder = tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="edge-aibench-", ignore_cleanup_errors=True) as folder:
        os.environ.update(dict.fromkeys(_PLACES, folder))
        tempfile.tempdir = folder
        try:
            yield
        finally:
            tempfile.tempdir = kept_folder
            for name, kept in kept_variables.items():
                if kept is None:
                    del os.environ[name]
                else:
                    os.environ[name] = kept
