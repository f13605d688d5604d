"""How many instances a system serves within its budgets: the trials, and what they show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from edge_aibench.record.breakdown import Part
from edge_aibench.record.load import Load, fullest, growing
from edge_aibench.record.search import CapacitySearch, TrialOutcome
from edge_aibench.record.slo import SloOutcome, SloResult
from edge_aibench.record.summary import Summary
from edge_aibench.record.validity import STABLE
from edge_aibench.record.values import Entry
from edge_aibench.record.verdict import Outcome, Verdict, worst

FILE = "capacity.json"

Ending = Literal["found", "at-most", "machine", "interrupted", "failed"]
"""Why the search ended: its bounds met, the user's limit passed, this machine could not emulate
more, the user stopped it, a run broke."""


class Trial(Entry):
    """One number of instances tried.

    *why* says what the outcome rests on. *loads* are the measured ones, where nothing ran those
    that were foreseen; *largest_part* is the part that the requests near p99 spend most time in
    (None where latencies cannot be trusted). *lengthened* says that a shorter run had been
    undecided. *runs* are the folders of the records.
    """

    instances: int
    outcome: TrialOutcome
    why: str
    duration_s: float
    dilation: float
    lengthened: bool = False
    loads: tuple[Load, ...] = ()
    largest_part: Part | None = None
    near_p99_ms: float | None = None
    runs: tuple[str, ...] = ()


class FoundCapacity(Entry):
    """What a search found; capacity.json.

    The capacity lies from *largest_passed* (0: not even one was shown to pass) to
    *smallest_failed* - 1. Each of the two verdicts holds at 95 %, both together at less.
    *smallest_invalid* is where this machine ended the search. *contradictions* are pairs of a
    number that failed and a larger one that passed.
    """

    schema_version: Literal[1] = 1
    scenario: str
    instance: str
    judged_by: tuple[str, ...]
    at_most: int
    ending: Ending
    largest_passed: int
    smallest_failed: int | None
    smallest_invalid: int | None
    contradictions: tuple[tuple[int, int], ...]
    conclusion: tuple[str, ...]
    trials: tuple[Trial, ...]
    repeat_command: str

    @property
    def shown(self) -> bool:
        """Whether a verdict was reached at all."""
        return self.largest_passed > 0 or self.smallest_failed is not None


def judge_trial(
    summary: Summary, slos: Sequence[SloResult], foreseen: Sequence[Load]
) -> tuple[TrialOutcome, str]:
    """What one run showed, and why: by its objectives if there are any, else by its budgets.

    A system that is overloaded fails whatever its latencies were. Where the machine, too, was
    asked for too much, the overload counts only if it was *foreseen* from stages timed alone.
    """
    of_machine = [check for check in summary.validity.reasons if check.name != STABLE]
    overloaded = [check for check in summary.validity.reasons if check.name == STABLE]
    if overloaded and (not of_machine or growing(foreseen)):
        return TrialOutcome.FAIL, overloaded[0].value
    if of_machine:
        return TrialOutcome.INVALID, "; ".join(f"{c.name}: {c.value}" for c in of_machine)
    if slos:
        return _by_objectives(slos)
    return _by_budgets(summary)


def describe_trial(
    summary: Summary,
    *,
    outcome: TrialOutcome,
    why: str,
    lengthened: bool,
) -> Trial:
    """The trial that *summary* is of."""
    near = None if summary.hops is None or not summary.validity.valid else summary.hops.near_p99
    return Trial(
        instances=summary.instances,
        outcome=outcome,
        why=why,
        duration_s=summary.duration_s,
        dilation=summary.dilation,
        lengthened=lengthened,
        loads=summary.loads,
        largest_part=None if near is None else max(near.parts, key=lambda p: p.mean_ms),
        near_p99_ms=None if near is None else near.mean_ms,
        runs=summary.runs,
    )


def longer(summary: Summary) -> float:
    """How many times longer a run must be that an undecided one may become decided: 2 to 10."""
    wanted = 2.0
    for verdict in _verdicts(summary).values():
        if verdict.needs_more is not None:
            wanted = max(wanted, (verdict.count + verdict.needs_more) / verdict.count)
    return min(wanted, 10.0)


def conclude(
    search: CapacitySearch, trials: Sequence[Trial], *, ending: Ending, instance: str
) -> tuple[str, ...]:
    """The result in sentences."""
    low, failed = search.largest_passed, search.smallest_failed
    lines = [_interval(low, failed, ending, instance)]
    by_number = {trial.instances: trial for trial in trials}
    if failed is not None:
        lines += _of_failure(by_number[failed])
    invalid = search.smallest_invalid
    if failed is None and invalid is not None:
        lines.append(
            f"the search ended at this machine's limit, not at the system's: {invalid} cannot be "
            f"emulated validly here ({by_number[invalid].why}); a larger --dilation or "
            "--compute profiled makes room"
        )
    if failed is not None:
        lines += [
            f"{trial.instances} could not be judged on this machine ({trial.why})"
            for trial in trials
            if trial.outcome is TrialOutcome.INVALID
        ]
    if undecided := [t.instances for t in trials if t.outcome is TrialOutcome.UNDECIDED]:
        lines.append(
            f"undecided, and so not shown to pass: {', '.join(map(str, sorted(undecided)))}; "
            "longer runs would tell (--duration)"
        )
    for few, more in search.contradictions:
        lines.append(
            f"contradiction: {few} failed, but {more} passed; more instances do not always make "
            "this system slower, or the verdicts differ by chance: repeat the search"
        )
    return tuple(lines)


def _interval(low: int, failed: int | None, ending: Ending, instance: str) -> str:
    passed = (
        f"{low} {_plural(instance, low)} shown to meet the budget" if low else "none shown to pass"
    )
    if failed is None:
        end = {
            "interrupted": "interrupted before one was shown to fail",
            "failed": "ended by an error before one was shown to fail",
            "at-most": "no more were to be tried (--at-most)",
        }.get(ending, "none shown to fail")
        return f"{passed}; {end}"
    if failed == low + 1:
        place = f"the capacity is {low}"
    else:
        place = f"the capacity lies from {low} to {failed - 1}"
    return f"{passed}, {failed} shown not to: {place} (95 % for each of the two, not for both)"


def _plural(instance: str, number: int) -> str:
    return instance if number == 1 else f"{instance}s"


def _of_failure(trial: Trial) -> list[str]:
    lines = [f"at {trial.instances}: {trial.why}"]
    part, whole_ms = trial.largest_part, trial.near_p99_ms
    if part is not None and whole_ms:
        lines.append(
            f"most time of its requests near p99: {part.kind} {part.label}, "
            f"{part.mean_ms:.3g} of {whole_ms:.3g} ms"
        )
    most = fullest(trial.loads)
    if most is not None:
        lines.append(
            f"fullest: {most.title} at {most.share:.0%} ({most.amounts}); what helps: {most.remedy}"
        )
    return lines


def _verdicts(summary: Summary) -> dict[str, Verdict]:
    communication = summary.communication
    named = {
        "communication up": None if communication is None else communication.up,
        "communication down": None if communication is None else communication.down,
        "end to end": summary.end_to_end,
    }
    return {name: verdict for name, verdict in named.items() if verdict is not None}


def _by_budgets(summary: Summary) -> tuple[TrialOutcome, str]:
    verdicts = _verdicts(summary)
    if not verdicts:
        return TrialOutcome.UNDECIDED, "no budget was judged"
    outcome = worst(verdict.outcome for verdict in verdicts.values())
    said = [f"{n}: {v.reason}" for n, v in verdicts.items() if v.outcome is outcome]
    if outcome is Outcome.PASS:
        return TrialOutcome.PASS, "every budget was kept"
    return TrialOutcome(outcome.value), "; ".join(said)


def _by_objectives(slos: Sequence[SloResult]) -> tuple[TrialOutcome, str]:
    for found, outcome in (
        (SloOutcome.BROKEN, TrialOutcome.FAIL),
        (SloOutcome.UNDECIDED, TrialOutcome.UNDECIDED),
    ):
        said = [f"{r.slo.text}: {r.reason}" for r in slos if r.outcome is found]
        if said:
            return outcome, "; ".join(said)
    return TrialOutcome.PASS, "every objective was kept"
