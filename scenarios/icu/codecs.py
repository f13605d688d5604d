"""How the ward's outputs travel: fixed layouts, little-endian, no pickling."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from edge_aibench.scenarios.icu.channels import CHANNEL_COUNT
from edge_aibench.scenarios.icu.ward import Observation
from edge_aibench.tasks.codecs import PayloadReader

_HEADER = struct.Struct("<II")
_PROBABILITY = struct.Struct("<f")


class ObservationCodec:
    """Admission and hour (uint32 each), then 17 float64, NaN where nothing was measured."""

    def encode(self, output: Observation) -> bytes:
        """144 bytes."""
        return _HEADER.pack(output.admission, output.hour) + output.values.tobytes()

    def decode(self, payload: bytes) -> Observation:
        """Read an observation back; raises RunError if it is damaged."""
        reader = PayloadReader(payload, "an hour of a patient")
        admission, hour = reader.read(_HEADER)
        values = reader.array("<f8", CHANNEL_COUNT)
        reader.finish()
        return Observation(admission, hour, values)


class ProbabilityCodec:
    """One float32."""

    def encode(self, output: float) -> bytes:
        """4 bytes."""
        return _PROBABILITY.pack(output)

    def decode(self, payload: bytes) -> float:
        """Read a probability back; raises RunError if it is damaged."""
        reader = PayloadReader(payload, "a probability")
        (probability,) = reader.read(_PROBABILITY)
        reader.finish()
        return float(probability)


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
        """Read an alert back; raises RunError if it is damaged."""
        reader = PayloadReader(payload, "an alert")
        pairs = (pair.partition("=") for pair in reader.text().split(";"))
        try:
            return Alert({name: float(probability) for name, _, probability in pairs})
        except ValueError as error:
            raise reader.damaged() from error
