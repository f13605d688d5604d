"""How the ward's outputs travel: fixed layouts, little-endian, no pickling."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

from edge_aibench.scenarios.icu.channels import CHANNEL_COUNT
from edge_aibench.scenarios.icu.ward import Observation

_HEADER = struct.Struct("<II")
_PROBABILITY = struct.Struct("<f")


class ObservationCodec:
    """Admission and hour (uint32 each), then 17 float64, NaN where nothing was measured."""

    def encode(self, output: Observation) -> bytes:
        """144 bytes."""
        return _HEADER.pack(output.admission, output.hour) + output.values.tobytes()

    def decode(self, payload: bytes) -> Observation:
        """Read an observation back."""
        admission, hour = _HEADER.unpack_from(payload)
        values = np.frombuffer(payload, np.float64, count=CHANNEL_COUNT, offset=_HEADER.size)
        return Observation(admission, hour, values)


class ProbabilityCodec:
    """One float32."""

    def encode(self, output: float) -> bytes:
        """4 bytes."""
        return _PROBABILITY.pack(output)

    def decode(self, payload: bytes) -> float:
        """Read a probability back."""
        return float(_PROBABILITY.unpack(payload)[0])


@dataclass(frozen=True)
class Alert:
    """The tasks whose probability is over its threshold, by name."""

    probabilities: dict[str, float]


class AlertCodec:
    """Name=probability pairs as text, for whoever reads the alarm line."""

    def encode(self, output: Alert) -> bytes:
        """A few dozen bytes."""
        return ";".join(f"{name}={p:.4f}" for name, p in output.probabilities.items()).encode()

    def decode(self, payload: bytes) -> Alert:
        """Read an alert back."""
        pairs = (pair.partition("=") for pair in payload.decode().split(";"))
        return Alert({name: float(probability) for name, _, probability in pairs})


class LocalOnly:
    """For outputs that never leave their node: the stage runs where its consumers run."""

    def encode(self, output: Any) -> bytes:
        """Refuse: a window would be 14 kB a request, its observation is 144 bytes."""
        raise TypeError(f"a {type(output).__name__} does not travel")

    def decode(self, payload: bytes) -> Any:
        """Refuse."""
        raise TypeError(f"{len(payload)} bytes cannot be a local output")
