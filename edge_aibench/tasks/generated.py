"""Generated data sets kept between calls: written on first use, whole or not there."""

from __future__ import annotations

import hashlib
import inspect
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from edge_aibench.errors import ConfigError, HostError

if TYPE_CHECKING:
    from edge_aibench.tasks.component import Component, DataProgress

DATA_SEED = 7
"""The seed of the data that the shipped weights were trained on."""


def generated_data(
    component: Component,
    cache: Path,
    *,
    seed: int = DATA_SEED,
    scale: float = 1.0,
    progress: DataProgress | None = None,
) -> Path:
    """Give the folder of a generated data set under *cache*, written on first use.

    Its name holds the digest of the generator's sources, so that data of another version is
    never taken for it. Raises HostError if *cache* cannot be written.
    """
    name = component.data_name or component.task.name
    name = f"{name}-{generator_digest(component)[:16]}-{scale:g}-{seed}"
    return write_once(
        cache / "data" / name,
        lambda root: component.data.write(root, seed=seed, scale=scale, progress=progress),
    )


@contextmanager
def writing_data(root: Path, *, scale: float, largest_scale: float) -> Iterator[None]:
    """Check what a generator is given, make *root*, and say so if the disk is full or closed.

    Raises ConfigError unless *root* is a new or empty folder and *scale* in range, HostError if
    the folder cannot be written.
    """
    if not 0 < scale <= largest_scale:
        raise ConfigError(
            f"must be above 0 and at most {largest_scale:g}",
            where="task data",
            key="scale",
            value=scale,
        )
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise ConfigError(
            "must be a new or empty folder",
            where=str(root),
            next_step="give another folder, or empty this one",
        )
    try:
        root.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise HostError(
            f"the data set cannot be written to {error.filename or root}: "
            f"{error.strerror or error}",
            mend="free disk space, or give a folder that can be written to",
        ) from error


def generator_digest(component: Component) -> str:
    """The sha256 of the sources beside the data layout: they decide what is written.

    A component whose generator lies elsewhere says so itself.
    """
    if component.data_digest is not None:
        return component.data_digest()
    return source_digest(type(component.data).write)


def source_digest(defined: Callable[..., object]) -> str:
    """The sha256 of the source file of a function, with all others of its package.

    A function knows its file; a class of a file that was loaded by its path does not.
    """
    source = Path(inspect.getfile(defined))
    sources = sorted(source.parent.glob("*.py")) if _in_package(source) else [source]
    digest = hashlib.sha256()
    for path in sources:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def data_digest(root: Path) -> str:
    """The sha256 over the names and contents of all files under *root*."""
    digest = hashlib.sha256()
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(root).as_posix()} {content}\n".encode())
    return digest.hexdigest()


def write_once(target: Path, write: Callable[[Path], None]) -> Path:
    """Have the folder or file *target* written under another name first, then put in place."""
    if target.exists():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
            fresh = Path(scratch) / target.name
            write(fresh)
            try:
                fresh.rename(target)
            except OSError:
                # Another process has finished the same in the meantime.
                if not target.exists():
                    raise
    except OSError as error:
        raise HostError(
            f"{target.parent} cannot be written: {error.strerror or error}",
            mend="free some space, or set XDG_CACHE_HOME to a folder that can be written",
        ) from error
    return target


def _in_package(source: Path) -> bool:
    return (source.parent / "__init__.py").is_file()
