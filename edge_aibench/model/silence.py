"""Who must be told that a stage passed nothing on.

A stage may have nothing to say to a request: a motion gate on a still picture, a clip that is not
yet full. Stages that depend on it alone then do not run, and nobody need be told. But a stage that
waits for another output as well would wait for ever, so the message must be sent, empty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_aibench.model.scenario import Scenario


def announcing_stages(scenario: Scenario) -> frozenset[str]:
    """The stages whose silence must be announced, because a stage waits for them and others."""
    return frozenset(name for name in scenario.stages if _is_awaited(scenario, name))


def _is_awaited(scenario: Scenario, silent: str) -> bool:
    """Whether some stage needs *silent*, or what hangs on it alone, and something else too."""
    hanging = {silent}
    for name in scenario.order():
        needs = scenario.stages[name].own_needs
        if all(need in hanging for need in needs):
            hanging.add(name)
        elif any(need in hanging for need in needs):
            return True
    return False


def ancestors(scenario: Scenario, name: str) -> frozenset[str]:
    """The stages that stage *name* waits for, near and far, of its own sensor's requests."""
    found: set[str] = set()
    front = [name]
    while front:
        for need in scenario.stages[front.pop()].own_needs:
            if need in scenario.stages and need not in found:
                found.add(need)
                front.append(need)
    return frozenset(found)
