"""The latency a scenario allows."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from edge_aibench.config.values import DocumentValue, Duration, Value


class Budget(Value):
    """At least *percentile* percent of all latencies must be within *limit_s*."""

    limit_s: Duration = Field(alias="limit")
    percentile: Annotated[float, Field(gt=0, lt=100)] = 99.0
    source: str = ""


class Budgets(DocumentValue):
    """Limits on one-way communication and on the way end to end, judged apart."""

    communication: Budget | None = None
    end_to_end: Budget | None = None
