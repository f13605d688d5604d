"""Find what a user's file names: `package.module:attribute` or `file.py:attribute`."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
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


def load_file(path: Path) -> ModuleType:
    """Run the Python file at *path* and give its module; whatever it raises is passed on.

    Files of one folder are modules of one package, which has no name that can be imported:
    they reach each other by `from .other import name`, and two folders may each have a
    stages.py. Raises ConfigError for a file that is missing or is no Python file.
    """
    if not path.is_file():
        raise ConfigError("there is no such file", where=str(path), next_step="check the path")
    name = f"{_package_of(path.resolve().parent)}.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ConfigError("must be a Python file", where=str(path))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _package_of(folder: Path) -> str:
    name = f"edge_aibench_user_{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"
    if name not in sys.modules:
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
    return name


def _module(place: str, folder: Path | None) -> ModuleType:
    if not place.endswith(".py"):
        return importlib.import_module(place)
    return load_file((folder or Path()) / place)
