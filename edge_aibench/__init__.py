"""Edge AIBench as an edge-cloud emulation and simulation framework.

`simulate`, `emulate`, `sweep`, `compare`, `place` and `load` run experiments from Python; what they
need is loaded when they are first used. `simulate` and `emulate` are the packages of the engines as
well, which can be called.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from edge_aibench.api import EdgeAIBenchError as EdgeAIBenchError
    from edge_aibench.api import PlacementEnvironment as PlacementEnvironment
    from edge_aibench.api import Run as Run
    from edge_aibench.api import compare as compare
    from edge_aibench.api import emulate as emulate
    from edge_aibench.api import load as load
    from edge_aibench.api import place as place
    from edge_aibench.api import simulate as simulate
    from edge_aibench.api import sweep as sweep

_CALLED = ("emulate", "simulate")
_LOADED = (
    "EdgeAIBenchError",
    "PlacementEnvironment",
    "Run",
    "compare",
    "load",
    "place",
    "sweep",
)

__all__ = [
    "EdgeAIBenchError",
    "PlacementEnvironment",
    "Run",
    "__version__",
    "compare",
    "emulate",
    "load",
    "place",
    "simulate",
    "sweep",
]


class _EnginePackage(ModuleType):
    """The package of an engine, called like the function of its name in `edge_aibench.api`."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self._function(*arguments, **options)

    @property
    def __signature__(self) -> Any:
        import inspect

        return inspect.signature(self._function)

    @property
    def _function(self) -> Any:
        return getattr(importlib.import_module("edge_aibench.api"), self.__name__.split(".")[1])


class _Package(ModuleType):
    """This package. The import of an engine's package is what puts it into this one's names, and
    would hide a function of that name.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if name in _CALLED and isinstance(value, ModuleType):
            value.__class__ = _EnginePackage
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def _find(name: str) -> object:
    """Load a name when it is first used."""
    if name in _CALLED:
        return importlib.import_module(f"edge_aibench.{name}")
    if name in _LOADED:
        return getattr(importlib.import_module("edge_aibench.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


if not TYPE_CHECKING:
    # PEP 562. A type checker would take every name for one that is there.
    __getattr__ = _find


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
