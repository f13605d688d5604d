"""Keeping what C++ libraries say on the error stream out of the user's sight."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_STDERR = 2


@contextmanager
def unheard() -> Iterator[None]:
    """Hold back what is written on the process's error stream; told after all on an error.

    TensorFlow and LiteRT announce delegates, processor features and their own start there, before
    any setting of theirs could stop them.
    """
    sys.stderr.flush()
    kept = os.dup(_STDERR)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), _STDERR)
        try:
            yield
        except BaseException:
            said.seek(0)
            os.write(kept, said.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(kept, _STDERR)
            os.close(kept)
