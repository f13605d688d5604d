"""What the codecs of scenarios have in common: arrays, images, safe reading, what never travels.

Layouts are fixed and little-endian, and nothing is pickled. Whatever was cut or altered on the way
raises RunError.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.tasks.payload import damaged, pack_array, unpack_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.errors import RunError

_UINT32: Final = struct.Struct("<I")
_LONGEST_TEXT_BYTES: Final = 10_000
_LONGEST_JSON_BYTES: Final = 1_000_000


class ArrayCodec:
    """How arrays and single numbers travel, as `pack_array`; a number comes back as shape ()."""

    def __init__(self, dtype: str = "float32") -> None:
        self._dtype = np.dtype(dtype)

    def encode(self, output: Any) -> bytes:
        """Write *output* as numbers of the codec's dtype."""
        return pack_array(np.asarray(output, self._dtype))

    def decode(self, payload: bytes) -> NDArray[Any]:
        """Read an array back; raises RunError if it was damaged."""
        return unpack_array(payload)


class ImageCodec:
    """The numbers of an image after a header of 14 bytes; with *frames* of several, after 18."""

    def __init__(self, *, frames: bool = False) -> None:
        self._dimensions = 4 if frames else 3
        self._what = "8-bit RGB frames" if frames else "an 8-bit RGB image"

    def encode(self, output: NDArray[np.uint8]) -> bytes:
        """3 bytes a pixel."""
        return pack_array(output)

    def decode(self, payload: bytes) -> NDArray[np.uint8]:
        """Give uint8 ([frames,] height, width, 3); raises RunError for anything else."""
        array = unpack_array(payload)
        if array.dtype != np.uint8 or array.ndim != self._dimensions or array.shape[-1] != 3:
            raise damaged(self._what, payload)
        return array


class LocalOnly:
    """For outputs that never leave their node, and for stages that pass nothing on."""

    def encode(self, output: Any) -> bytes:
        """Refuse."""
        raise TypeError(f"a {type(output).__name__} does not travel")

    def decode(self, payload: bytes) -> Any:
        """Refuse."""
        raise TypeError(f"{len(payload)} bytes cannot be a local output")


class PayloadReader:
    """Reads a payload from its beginning; *what* it must be is told in the error.

    Every method raises RunError where the payload ends too early.
    """

    def __init__(self, payload: bytes, what: str) -> None:
        self._payload = payload
        self._what = what
        self._offset = 0

    @property
    def left(self) -> int:
        """How many bytes are still to be read."""
        return len(self._payload) - self._offset

    def read(self, layout: struct.Struct) -> tuple[Any, ...]:
        """Read the values of a layout."""
        return layout.unpack(self._take(layout.size))

    def array(self, dtype: str, count: int) -> NDArray[Any]:
        """Read so many numbers, shape (count,); they cannot be written to."""
        kind = np.dtype(dtype)
        return np.frombuffer(self._take(count * kind.itemsize), kind)

    def count(self, *, least: int, layout: struct.Struct = _UINT32) -> int:
        """Read a number of things that have at least *least* bytes each."""
        (count,) = self.read(layout)
        if int(count) * least > self.left:
            raise self.damaged()
        return int(count)

    def sized(self) -> bytes:
        """Read what `sized` wrote."""
        (size,) = self.read(_UINT32)
        return self._take(int(size))

    def text(self) -> str:
        """Read all that is left as text in UTF-8, of at most 10,000 bytes."""
        return self._text(_LONGEST_TEXT_BYTES)

    def json(self) -> Any:
        """Read all that is left as JSON, of at most a million bytes."""
        try:
            return json.loads(self._text(_LONGEST_JSON_BYTES))
        except (ValueError, RecursionError) as error:  # also for numbers of thousands of digits
            raise self.damaged() from error

    def finish(self) -> None:
        """Raise RunError if anything is left."""
        if self.left:
            raise self.damaged()

    def damaged(self) -> RunError:
        """Build the error for this payload."""
        return damaged(self._what, self._payload)

    def _text(self, most: int) -> str:
        if self.left > most:
            raise self.damaged()
        try:
            return self._take(self.left).decode()
        except UnicodeDecodeError as error:
            raise self.damaged() from error

    def _take(self, size: int) -> bytes:
        if size > self.left:
            raise self.damaged()
        self._offset += size
        return self._payload[self._offset - size : self._offset]


def sized(content: bytes) -> bytes:
    """Put the length of *content*, four bytes, before it."""
    return _UINT32.pack(len(content)) + content
