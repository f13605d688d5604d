"""Find what a user's file names: `package.module:attribute` or `file.py:attribute`."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import Any

from edge_aibench.errors import ConfigError


def load_entry(text: str, *, folder: Path | None, where: str) -> Any:
    """Import what *text* names; a file is looked for in *folder*.

    Raises ConfigError, citing *where*, for a name that leads nowhere or code that fails.
    """
    place, separator, attribute = text.rpartition(":")
    if not separator or not place or not attribute.isidentifier():
        raise ConfigError(
            "must be package.module:attribute or file.py:attribute", where=where, value=text
        )
    try:
        module = _module(place, folder)
    except ConfigError:
        raise
    except Exception as error:
        raise ConfigError(
            f"cannot be imported: {type(error).__name__}: {error}", where=where, value=text
        ) from error
    if not hasattr(module, attribute):
        raise ConfigError(f"'{place}' has no attribute '{attribute}'", where=where, value=text)
    return getattr(module, attribute)


def _module(place: str, folder: Path | None) -> Any:
    if not place.endswith(".py"):
        return importlib.import_module(place)
    path = (folder or Path()) / place
    if not path.is_file():
        raise ConfigError("there is no such file", where=str(path))
    # The name carries the folder: two scenarios may each have a stages.py.
    name = f"edge_aibench_user.{abs(hash(path.resolve()))}.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ConfigError("is no Python file", where=str(path))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
