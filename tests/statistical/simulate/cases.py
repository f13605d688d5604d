"""All cases: those that the tests run, and heavy ones, which forget slowly how they began."""

from __future__ import annotations

from tests.statistical.simulate.link_cases import LINKS
from tests.statistical.simulate.network_cases import NETWORKS
from tests.statistical.simulate.single_cases import HEAVY, SINGLE

__all__ = ["CASES", "HEAVY"]

CASES = (*SINGLE, *NETWORKS, *LINKS)
