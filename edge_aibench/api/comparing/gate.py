"""`--fail-if 'e2e.p99>+5%'`: how much worse a candidate may be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from edge_aibench.errors import (
    EXIT_OK,
    EXIT_SLO_BROKEN,
    EXIT_SLO_UNDECIDED,
    ConfigError,
    unknown_name,
)
from edge_aibench.record.comparison import IN_BUDGET
from edge_aibench.units import parse_duration_s

if TYPE_CHECKING:
    from edge_aibench.record.compared import Compared, ComparisonReport
    from edge_aibench.record.comparison import Difference

OPTION = "--fail-if"
_GATE = re.compile(r"^\s*([a-z][a-z0-9.-]*)\s*([<>])\s*([+-])\s*([0-9.]+)\s*(%|[a-zµ]+)\s*$")
_EXAMPLE = "write it like 'e2e.p99>+5%', 'e2e.mean>+2ms' or 'in-budget<-1%'"

GateOutcome = Literal["kept", "broken", "undecided"]


@dataclass(frozen=True)
class Gate:
    """Fails where *measure* differs from the baseline by more than *bound*, `>` above or `<` below.

    With *relative* the bound is a share of the baseline, else milliseconds (a share for the share
    in budget).
    """

    text: str
    measure: str
    above: bool
    bound: float
    relative: bool


@dataclass(frozen=True)
class GateResult:
    """What became of a gate for one candidate, and why."""

    gate: Gate
    label: str
    outcome: GateOutcome
    reason: str


def parse_gate(text: str) -> Gate:
    """Read one. Raises ConfigError if it has not the form."""
    match = _GATE.match(text)
    if match is None:
        raise ConfigError(
            "must be a measure, > or <, and a signed difference",
            where=OPTION,
            value=text,
            next_step=_EXAMPLE,
        )
    measure, side, sign, number, unit = match.groups()
    try:
        if unit == "%":
            amount, relative = float(number) / 100.0, measure != IN_BUDGET
        else:
            amount, relative = parse_duration_s(f"{number}{unit}") * 1e3, False
    except ValueError as error:
        raise ConfigError(
            f"its difference {error}", where=OPTION, value=text, next_step=_EXAMPLE
        ) from None
    if measure == IN_BUDGET and unit != "%":
        raise ConfigError(
            "a share differs by so many percent", where=OPTION, value=text, next_step=_EXAMPLE
        )
    bound = -amount if sign == "-" else amount
    return Gate(text.strip(), measure, side == ">", bound, relative)


def evaluate(gates: Iterable[Gate], report: ComparisonReport) -> tuple[GateResult, ...]:
    """Every gate for every candidate but the baseline. Raises ConfigError for a measure that
    no candidate has.
    """
    others = [one for one in report.candidates if one.label != report.baseline]
    return tuple(_evaluate(gate, one) for gate in gates for one in others)


def exit_code(results: Sequence[GateResult]) -> int:
    """99 if any gate is broken, else 98 if any is undecided, else 0."""
    outcomes = {result.outcome for result in results}
    if "broken" in outcomes:
        return EXIT_SLO_BROKEN
    return EXIT_SLO_UNDECIDED if "undecided" in outcomes else EXIT_OK


def _evaluate(gate: Gate, one: Compared) -> GateResult:
    found = {difference.measure: difference for difference in one.differences}
    if gate.measure not in found:
        raise unknown_name("measure", gate.measure, found, where=f"{OPTION} '{gate.text}'")
    outcome = _outcome(gate, found[gate.measure])
    return GateResult(gate, one.label, outcome, _reason(found[gate.measure], gate))


def _outcome(gate: Gate, found: Difference) -> GateOutcome:
    """Broken only if the whole interval is beyond the bound, kept only if none of it is."""
    lower, upper = (
        (found.share_lower, found.share_upper) if gate.relative else (found.lower, found.upper)
    )
    if found.needs is None and found.difference is None:
        # One of the two never answered so many requests: the worse side is known without numbers.
        worse = found.value > found.baseline
        return "broken" if worse == gate.above else "kept"
    if lower is None or upper is None:
        return "undecided"
    near, far = (lower, upper) if gate.above else (-upper, -lower)
    bound = gate.bound if gate.above else -gate.bound
    if near > bound:
        return "broken"
    return "kept" if far <= bound else "undecided"


def _reason(found: Difference, gate: Gate) -> str:
    if found.needs is not None:
        return f"{found.measure} needs {found.needs} requests"
    if found.difference is None:
        return f"{found.measure} has no finite difference: requests went unanswered"
    if gate.relative and found.share is not None and found.share_lower is not None:
        return (
            f"{found.measure} differs by {found.share:+.1%} "
            f"[{found.share_lower:+.1%}, {found.share_upper or 0.0:+.1%}]"
        )
    if found.unit == "share":
        return (
            f"{found.measure} differs by {found.difference:+.2%} "
            f"[{found.lower or 0.0:+.2%}, {found.upper or 0.0:+.2%}]"
        )
    return (
        f"{found.measure} differs by {found.difference:+.3g} ms "
        f"[{found.lower or 0.0:+.3g}, {found.upper or 0.0:+.3g}]"
    )
