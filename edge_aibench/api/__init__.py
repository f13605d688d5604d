"""Experiments from Python: what the command line does, as functions and values.

The command line loads this package for its `--help`: what it offers is loaded when first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_aibench.api.calls import emulate as emulate
    from edge_aibench.api.calls import load as load
    from edge_aibench.api.calls import simulate as simulate
    from edge_aibench.api.comparing.call import compare as compare
    from edge_aibench.api.deciding import place as place
    from edge_aibench.api.environment import PlacementEnvironment as PlacementEnvironment
    from edge_aibench.api.run import Run as Run
    from edge_aibench.api.sweeps.calls import sweep as sweep
    from edge_aibench.errors import EdgeAIBenchError as EdgeAIBenchError

__all__ = [
    "EdgeAIBenchError",
    "PlacementEnvironment",
    "Run",
    "compare",
    "emulate",
    "load",
    "place",
    "simulate",
    "sweep",
]

_HOMES = {
    "EdgeAIBenchError": "edge_aibench.errors",
    "PlacementEnvironment": "edge_aibench.api.environment",
    "Run": "edge_aibench.api.run",
    "compare": "edge_aibench.api.comparing.call",
    "emulate": "edge_aibench.api.calls",
    "load": "edge_aibench.api.calls",
    "place": "edge_aibench.api.deciding",
    "simulate": "edge_aibench.api.calls",
    "sweep": "edge_aibench.api.sweeps.calls",
}


def _find(name: str) -> object:
    """Load a name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


if not TYPE_CHECKING:
    # PEP 562. A type checker would take every name for one that is there.
    __getattr__ = _find
