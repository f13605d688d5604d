"""What is known of the forms a stage can take: time, memory and quality of its networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from edge_aibench.model.timings import StageTimes
from edge_aibench.placement.choice import Form


@dataclass(frozen=True, kw_only=True)
class FormFacts:
    """One form of a stage on hardware of speed 1, as measured here or given.

    *resident_bytes* is what one copy keeps in memory, 0 where there is no network. *quality* is the
    published value of *metric* on held-out data, None for an untrained network or a stage without
    one. *source* says where the times come from.
    """

    form: Form
    times: StageTimes
    resident_bytes: int = 0
    quality: float | None = None
    metric: str = ""
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class CutFacts:
    """A place where a network may be cut: *after* names its last layer in front.

    *payload_bytes* is the activation that travels, as it goes on the wire.
    """

    after: str
    payload_bytes: int
    front: FormFacts
    rest: FormFacts


@dataclass(frozen=True, kw_only=True)
class StageFacts:
    """All forms of one stage, the scenario's own first, and the cuts of that first form."""

    forms: Mapping[Form, FormFacts]
    cuts: tuple[CutFacts, ...] = field(default=())

    @property
    def own(self) -> FormFacts:
        """The form that the scenario itself asks for."""
        return next(iter(self.forms.values()))
