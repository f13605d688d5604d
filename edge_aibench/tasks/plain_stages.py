"""Stages that know nothing of their scenario: where a request ends, and where outputs are kept."""

from __future__ import annotations

import os
import struct
import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from edge_aibench.tasks.codecs import sized

if TYPE_CHECKING:
    from edge_aibench.model.components import Call, Codec

_LENGTH: Final = struct.Struct("<I")


class Accept:
    """Takes what it is given and passes nothing on: a request ends here."""

    def process(self, call: Call) -> None:
        """Do nothing more."""
        del call


class Archive:
    """Keeps the outputs of *need* as they travel, in a file that ends with the process."""

    def __init__(self, need: str, codec: Codec) -> None:
        self._need = need
        self._codec = codec
        self._file = os.fdopen(os.memfd_create("archive"), "w+b")
        weakref.finalize(self, self._file.close)

    def process(self, call: Call) -> None:
        """Write one down."""
        self._file.write(sized(self._codec.encode(call.inputs[self._need])))

    def kept(self) -> list[Any]:
        """All of them so far."""
        return [self._codec.decode(payload) for payload in self._payloads()]

    def _payloads(self) -> Iterator[bytes]:
        self._file.seek(0)
        while header := self._file.read(_LENGTH.size):
            yield self._file.read(_LENGTH.unpack(header)[0])
