"""Generated patients: a latent-severity simulator, its writer and its exact predictor."""

from __future__ import annotations

from edge_aibench.scenarios.icu.cohort.writer import (
    SplitShares,
    cached_cohort,
    default_cohort,
    write_cohort,
)

__all__ = ["SplitShares", "cached_cohort", "default_cohort", "write_cohort"]
