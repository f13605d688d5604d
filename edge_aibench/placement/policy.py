"""What a placement policy is: a function from a problem to an assignment."""

from __future__ import annotations

from collections.abc import Callable

from edge_aibench.placement.choice import Assignment
from edge_aibench.placement.problem import Problem

Policy = Callable[[Problem], Assignment]
"""It returns an assignment of options only. It may ask `problem.estimate` and `problem.evaluate`,
and must give the same answer to the same problem.
"""
