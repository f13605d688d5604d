"""What `import edge_aibench` offers, and what it costs."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import edge_aibench
import edge_aibench.api


def test_everything_that_is_offered_is_there() -> None:
    for name in edge_aibench.__all__:
        assert getattr(edge_aibench, name) is not None
    assert set(edge_aibench.api.__all__) < set(dir(edge_aibench))


def test_what_is_not_offered_is_an_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'simulat'"):
        edge_aibench.simulat  # type: ignore[attr-defined] # noqa: B018 - reading is what raises


def test_engines_are_packages_and_functions_at_once() -> None:
    from edge_aibench.simulate import plan

    assert plan.SimulationPlan is not None
    for name in ("simulate", "emulate"):
        assert getattr(edge_aibench, name) is sys.modules[f"edge_aibench.{name}"]
        expected = inspect.signature(getattr(edge_aibench.api, name))
        assert inspect.signature(getattr(edge_aibench, name)) == expected


@pytest.mark.parametrize("first", ["", "import edge_aibench.simulate.session"])
def test_the_import_is_light_and_the_order_does_not_matter(first: str) -> None:
    program = (
        "import sys, edge_aibench\n"
        "assert not {'numpy', 'pandas', 'pydantic', 'typer'} & set(sys.modules)\n"
        f"{first}\n"
        "assert callable(edge_aibench.simulate)\n"
        "from edge_aibench import simulate\n"
        "assert callable(simulate)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
