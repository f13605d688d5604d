"""Making recordings small on the device, and large again where they are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edge_aibench.scenarios.home.codecs import Encoded, PictureCodec, SoundCodec, damaged
from edge_aibench.tasks.payload import (
    FLAC,
    JPEG,
    RAW,
    Encoding,
    decode_flac,
    decode_jpeg,
    encode_raw,
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
        encode_raw(encoding, example)  # the first call loads the library

    def process(self, call: Call) -> Encoded:
        """Encode the call's recording."""
        content = encode_raw(self._encoding, call.inputs[self._need])
        return Encoded(self._encoding.name, content)


class DecodeSound:
    """Gives back the sound of `flac` and `raw`; raises ConfigError if it is damaged."""

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
        raise damaged("sound, raw or as FLAC")


class DecodeImage:
    """Gives back the picture of `jpeg` and `raw`; raises ConfigError if it is damaged."""

    def __init__(self, need: str, *, example: Picture) -> None:
        self._need = need
        decode_jpeg(encode_raw(Encoding(name=JPEG, quality=90), example))

    def process(self, call: Call) -> Picture:
        """Decode the call's picture."""
        encoded: Encoded = call.inputs[self._need]
        if encoded.encoding == JPEG:
            frames = decode_jpeg(encoded.content)
            if len(frames) != 1:
                raise damaged("one picture")
            picture: Picture = frames[0]
            return picture
        if encoded.encoding == RAW:
            return PictureCodec().decode(encoded.content)
        raise damaged("a picture, raw or as JPEG")
