"""Policies by name: those here, those of installed packages, those in a user's file."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge_aibench.config.entry import load_entry
from edge_aibench.errors import ConfigError, EdgeAIBenchError, unknown_name
from edge_aibench.placement.choice import Assignment

if TYPE_CHECKING:
    from edge_aibench.placement.policy import Policy
    from edge_aibench.placement.problem import Problem

ENTRY_POINT_GROUP: Final = "edge_aibench.placement_policies"

_HERE = "edge_aibench.placement.policies"
BUILT_IN: Final[Mapping[str, str]] = {
    "device-only": f"{_HERE}.single_tier:device_only",
    "edge-only": f"{_HERE}.single_tier:edge_only",
    "cloud-only": f"{_HERE}.single_tier:cloud_only",
    "edgeward": f"{_HERE}.edgeward:edgeward",
    "greedy": f"{_HERE}.greedy:greedy",
    "kubernetes-like": f"{_HERE}.kubernetes_like:kubernetes_like",
    "split": f"{_HERE}.split:split",
    "random": f"{_HERE}.random_choice:random_choice",
    "exhaustive": f"{_HERE}.exhaustive:exhaustive",
}

ORACLE: Final = "exhaustive"

_SHOW = "return problem.uniform({stage: choice}) with choices out of problem.options[stage]"


def policy_names() -> tuple[str, ...]:
    """The names of all policies that need no path: ours, then those of installed packages."""
    return (*BUILT_IN, *sorted(_installed()))


def find_policy(name: str) -> Policy:
    """Give the policy of this name, or in `FILE.py:function`. Raises ConfigError."""
    where = "--policy"
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        policy: Policy = getattr(importlib.import_module(module), attribute)
        return policy
    if ".py:" in name:
        found = load_entry(name, folder=Path(), where=where)
    else:
        installed = _installed()
        if name not in installed:
            raise unknown_name("placement policy", name, (*BUILT_IN, *installed), where=where)
        try:
            found = installed[name].load()
        except Exception as error:
            raise ConfigError(
                f"cannot be loaded: {type(error).__name__}: {error}",
                where=f"{where} {name}",
                value=installed[name].value,
                next_step="repair or uninstall the package that declares it",
            ) from error
    if not callable(found):
        raise ConfigError(
            "must be a function of a problem", where=where, value=name, next_step=_SHOW
        )
    checked: Policy = found
    return checked


def is_built_in(policy: str | Policy) -> bool:
    """Whether the policy is one of ours, by its name."""
    return isinstance(policy, str) and policy in BUILT_IN


def decide(name: str, policy: Policy, problem: Problem, *, limit_s: float | None) -> Assignment:
    """Ask *policy*, called *name*, and check its answer.

    Raises ConfigError if it raises, gives no assignment of the options, or takes longer than
    *limit_s* (None: as long as it takes). A policy that does not return is left behind: Python
    cannot stop it.
    """
    found = (
        _asked(name, policy, problem)
        if limit_s is None
        else _within(name, policy, problem, limit_s)
    )
    _check(name, found, problem)
    return found


def _asked(name: str, policy: Policy, problem: Problem) -> Assignment:
    try:
        return policy(problem)
    except EdgeAIBenchError:
        raise
    except Exception as error:
        raise ConfigError(
            f"ended with {type(error).__name__}: {error}",
            where=f"policy {name}",
            next_step="EDGE_AIBENCH_DEBUG=1 shows where",
        ) from error


def _within(name: str, policy: Policy, problem: Problem, limit_s: float) -> Assignment:
    answers: list[Assignment] = []
    errors: list[BaseException] = []

    def ask() -> None:
        try:
            answers.append(_asked(name, policy, problem))
        except BaseException as error:  # noqa: BLE001 - it is raised where the policy was asked for
            errors.append(error)

    asking = threading.Thread(target=ask, name=f"policy {name}", daemon=True)
    asking.start()
    asking.join(limit_s)
    if asking.is_alive():
        raise ConfigError(
            f"did not return within {limit_s:g} s",
            where=f"policy {name}",
            next_step="make it give up in time, or set --time-limit",
        )
    if errors:
        raise errors[0]
    return answers[0]


def _check(name: str, found: object, problem: Problem) -> None:
    where = f"policy {name}"
    if not isinstance(found, Assignment):
        raise ConfigError(
            "must return an assignment",
            where=where,
            value=type(found).__name__,
            next_step=_SHOW,
        )
    missing = [stage for stage in problem.stages if stage not in found.parts]
    if missing or set(found.parts) - set(problem.stages):
        raise ConfigError(
            f"must place these stages and no others: {', '.join(problem.stages)}",
            where=where,
            value=", ".join(found.parts) or "none",
            next_step=_SHOW,
        )
    for stage, parts in found.parts.items():
        if sum(part.instances for part in parts) != problem.instances:
            raise ConfigError(
                f"must place {problem.instances} instances",
                where=where,
                key=stage,
                value=sum(part.instances for part in parts),
            )
        for part in parts:
            if part.choice not in problem.options[stage]:
                raise _no_option(where, stage, part.choice, problem)


def _no_option(where: str, stage: str, choice: object, problem: Problem) -> ConfigError:
    rules = [refusal.rule for refusal in problem.refused[stage] if refusal.choice == choice]
    return ConfigError(
        f"gives a choice that is no option{': ' + rules[0] if rules else ''}",
        where=where,
        key=stage,
        value=str(choice),
        next_step=f"options: {'; '.join(map(str, problem.options[stage]))}",
    )


def _installed() -> dict[str, metadata.EntryPoint]:
    return {point.name: point for point in metadata.entry_points(group=ENTRY_POINT_GROUP)}
