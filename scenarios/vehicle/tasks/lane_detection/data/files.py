"""Reading and writing the files of lane data sets; every fault names its file."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray

# TuSimple's frames take up to 1 MB, its largest label file 3 MB, CULane's lists 9 MB.
_IMAGE_LIMIT_BYTES: Final = 32 * 1024**2
_TEXT_LIMIT_BYTES: Final = 256 * 1024**2

LARGEST_SCALE: Final = 20.0
RESTORE: Final = "restore the file from its source, or write the data set again"


def read_text(path: Path) -> str:
    """Read a UTF-8 text file; raises ConfigError if that cannot be."""
    try:
        return _read_bytes(path, _TEXT_LIMIT_BYTES).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(
            "must be UTF-8 text", where=str(path), value=str(error), next_step=RESTORE
        ) from error


def below(root: Path, name: str, *, where: str) -> Path:
    """Give the file *name* below *root*; raises ConfigError for a name that leads outside."""
    parts = PurePosixPath(name.lstrip("/")).parts
    if not parts or ".." in parts:
        raise ConfigError("must name a file below the data set's folder", where=where, value=name)
    return root.joinpath(*parts)


def write_image(path: Path, image: NDArray[np.uint8], *, quality: int | None = None) -> None:
    """Write RGB or grey as JPEG of *quality*, or as PNG if there is none."""
    import cv2

    options = [] if quality is None else [cv2.IMWRITE_JPEG_QUALITY, quality]
    suffix = ".png" if quality is None else ".jpg"
    stored: Any = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, coded = cv2.imencode(suffix, stored, options)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(coded.tobytes())


def _read_bytes(path: Path, limit_bytes: int) -> bytes:
    try:
        size = path.stat().st_size
        if size > limit_bytes:
            raise ConfigError(
                f"must not be larger than {limit_bytes} bytes",
                where=str(path),
                value=size,
                next_step="check that this is a file of the data set",
            )
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(
            "must be a readable file", where=str(path), value=error.strerror, next_step=RESTORE
        ) from error
