"""The annotation files of GTSRB: one row an image, separated by semicolons."""

from __future__ import annotations

import csv
import io
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Final

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.classes import CLASS_COUNT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

HEADER: Final = (
    "Filename",
    "Width",
    "Height",
    "Roi.X1",
    "Roi.Y1",
    "Roi.X2",
    "Roi.Y2",
    "ClassId",
)

# The longest real one, of 12,630 test images, has 0.5 MB.
_LIMIT_BYTES: Final = 16 * 1024**2


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """What is known of one image.

    The sign lies in the columns *left* up to *right* and the rows *top* up to *bottom*, the
    latter of each not included: so read, the real files keep the border of at least 5 pixels on
    all four sides that the data set's description promises.
    """

    filename: str
    width: int
    height: int
    left: int
    top: int
    right: int
    bottom: int
    class_id: int


def read_annotations(path: Path, *, class_id: int | None = None) -> tuple[Annotation, ...]:
    """Read an annotation file, of which each row must be of *class_id* where it is given.

    Raises ConfigError for a missing, unreadable, oversized or empty file, another header, a
    cell that is no number, a region outside its image, and a class that is none of the 43 or
    not the one it must be.
    """
    rows = csv.reader(io.StringIO(_read_text(path)), delimiter=";")
    header = tuple(next(rows, ()))
    if header != HEADER:
        raise ConfigError(
            f"must begin with the header {';'.join(HEADER)}",
            where=f"{path}:1",
            value=";".join(header),
            next_step=_without_classes(header),
        )
    annotations = tuple(
        _annotation(cells, class_id=class_id, where=f"{path}:{rows.line_num}")
        for cells in rows
        if cells
    )
    if not annotations:
        raise ConfigError(
            "must list at least one image", where=str(path), next_step="restore the file"
        )
    return annotations


def annotation_text(annotations: Iterable[Annotation]) -> str:
    """Write annotations as the official files have them, with their line ends."""
    lines = (";".join(str(cell) for cell in astuple(row)) for row in annotations)
    return "".join(f"{line}\r\n" for line in (";".join(HEADER), *lines))


def _read_text(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > _LIMIT_BYTES:
            raise ConfigError(
                f"must not be larger than {_LIMIT_BYTES} bytes",
                where=str(path),
                value=size,
                next_step="check that this is an annotation file of GTSRB",
            )
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            "there must be a readable annotation file here",
            where=str(path),
            value=error.strerror,
            next_step="restore it from the data set's archive, or write the data again",
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            "must be text in UTF-8",
            where=str(path),
            value=str(error),
            next_step="restore the file from the data set's archive",
        ) from error


def _without_classes(header: tuple[str, ...]) -> str:
    if header == HEADER[:-1]:
        return "this file has no classes: use GT-final_test.csv of GTSRB_Final_Test_GT.zip"
    return "restore the file from the data set's archive"


def _annotation(cells: list[str], *, class_id: int | None, where: str) -> Annotation:
    if len(cells) != len(HEADER):
        raise ConfigError(
            f"must have {len(HEADER)} cells, like the header", where=where, value=";".join(cells)
        )
    filename, *texts = cells
    if not filename or "/" in filename or "\\" in filename:
        raise ConfigError(
            "must be the name of a file beside this one",
            where=where,
            key=HEADER[0],
            value=filename,
            next_step="correct the row",
        )
    numbers = [
        _number(text, where=where, key=key) for key, text in zip(HEADER[1:], texts, strict=True)
    ]
    width, height, left, top, right, bottom, found = numbers
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        raise ConfigError(
            f"the region must lie in the image of {width} x {height} and not be empty",
            where=where,
            key="Roi",
            value=f"{left};{top};{right};{bottom}",
            next_step="correct the row",
        )
    _check_class(found, class_id, where=where)
    return Annotation(
        filename=filename,
        width=width,
        height=height,
        left=left,
        top=top,
        right=right,
        bottom=bottom,
        class_id=found,
    )


def _check_class(found: int, wanted: int | None, *, where: str) -> None:
    if not 0 <= found < CLASS_COUNT:
        raise ConfigError(
            f"must be one of the {CLASS_COUNT} classes, from 0",
            where=where,
            key="ClassId",
            value=found,
            next_step="correct the row: the network knows no such class",
        )
    if wanted is not None and found != wanted:
        raise ConfigError(
            f"must be {wanted}, the class of the folder",
            where=where,
            key="ClassId",
            value=found,
            next_step="correct the row, or move the image to the folder of its class",
        )


def _number(text: str, *, where: str, key: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise ConfigError(
            "must be a whole number",
            where=where,
            key=key,
            value=text,
            next_step="correct the cell",
        ) from error
