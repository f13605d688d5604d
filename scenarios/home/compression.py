"""Making recordings small on the device, and large again where they are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edge_aibench.scenarios.home.codecs import Encoded, SoundCodec
from edge_aibench.tasks.codecs import ImageCodec
from edge_aibench.tasks.payload import (
    FLAC,
    JPEG,
    RAW,
    Encoding,
    damaged,
    decode_flac,
    encode_raw,
    pack_jpeg,
    unpack_jpeg,
)

if TYPE_CHECKING:
    from edge_aibench.model.components import Call
    from edge_aibench.scenarios.home.recordings import Picture
    from edge_aibench.tasks.sample import Sound


class Compress:
    """Encodes what *need* gives: sound as FLAC, pictures as JPEG, either as it is."""

    def __init__(self, need: str, encoding: Encoding, *, example: Any) -> None:
        self._need = need
        self._encoding = encoding
        self._encode(example)  # the first call loads the library

    def process(self, call: Call) -> Encoded:
        """Encode the call's recording."""
        return Encoded(self._encoding.name, self._encode(call.inputs[self._need]))

    def _encode(self, recording: Any) -> bytes:
        if self._encoding.quality is not None:
            return pack_jpeg(recording, self._encoding.quality)
        return encode_raw(self._encoding, recording)


class DecodeSound:
    """Gives back the sound of `flac` and `raw`; raises RunError if it is damaged."""

    def __init__(self, need: str, *, example: Sound) -> None:
        self._need = need
        decode_flac(encode_raw(Encoding(name=FLAC), example))

    def process(self, call: Call) -> Sound:
        """Decode the call's sound."""
        encoded: Encoded = call.inputs[self._need]
        if encoded.encoding == FLAC:
            return decode_flac(encoded.content)
        if encoded.encoding == RAW:
            return SoundCodec().decode(encoded.content)
        raise damaged("sound, raw or as FLAC", encoded.content)


class DecodeImage:
    """Gives back the picture of `jpeg` and `raw`; raises RunError if it is damaged."""

    def __init__(self, need: str, *, example: Picture) -> None:
        self._need = need
        unpack_jpeg(pack_jpeg(example, 90))

    def process(self, call: Call) -> Picture:
        """Decode the call's picture."""
        encoded: Encoded = call.inputs[self._need]
        if encoded.encoding == JPEG:
            return unpack_jpeg(encoded.content)
        if encoded.encoding == RAW:
            return ImageCodec().decode(encoded.content)
        raise damaged("a picture, raw or as JPEG", encoded.content)
