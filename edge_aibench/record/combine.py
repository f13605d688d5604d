"""Repeats of one experiment made into one summary.

Requests of one run share its queues, its arrival plan and the machine's mood, so repeats
differ by more than the interval of a single run tells. Here every figure is computed for each
run, and the interval is Student's over the runs: it speaks of the experiment, not of one run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from pydantic import JsonValue

from edge_aibench.errors import ConfigError, InternalError
from edge_aibench.record.accounting import Counts
from edge_aibench.record.breakdown import Breakdown, Cohort, Part
from edge_aibench.record.energy import pooled_cost, pooled_energy
from edge_aibench.record.load import fullest_of_each
from edge_aibench.record.statistics import proportion_interval, t_interval
from edge_aibench.record.summary import (
    Distribution,
    HealthSummary,
    Summary,
    experiment_digest,
    percentile_key,
)
from edge_aibench.record.usage import pooled_traffic
from edge_aibench.record.validity import Check, Validity
from edge_aibench.record.values import Estimate
from edge_aibench.record.verdict import (
    CommunicationVerdict,
    Outcome,
    Verdict,
    decide,
    worst,
)
from edge_aibench.units import format_duration


def combine(summaries: Sequence[Summary], *, repeat_command: str) -> Summary:
    """One summary of several runs; valid only if each of them is.

    Raises ConfigError if they are not repeats of one experiment.
    """
    if not summaries:
        raise InternalError("there is no run to combine")
    _check_alike(summaries)
    first = summaries[0]
    latency = _latency(summaries)
    energies = [s.energy for s in summaries if s.energy is not None]
    costs = [s.cost for s in summaries if s.cost is not None]
    accounted = len(energies) == len(costs) == len(summaries)
    return first.model_copy(
        update={
            "interrupted": next((s.interrupted for s in summaries if s.interrupted), None),
            "validity": _validity(summaries),
            "end_to_end": _verdict([s.end_to_end for s in summaries], latency.get("e2e")),
            "communication": _communication(summaries, latency),
            "counts": _counts([s.counts for s in summaries]),
            "goodput_per_s": math.fsum(s.goodput_per_s for s in summaries) / len(summaries),
            "in_budget": _in_budget(summaries),
            "latency": latency,
            "hops": _hops([s.hops for s in summaries if s.hops is not None]),
            "links": tuple(link for s in summaries for link in s.links),
            "loads": fullest_of_each(load for s in summaries for load in s.loads),
            "energy": pooled_energy(energies) if accounted else None,
            "cost": pooled_cost(costs, energies) if accounted else None,
            "traffic": pooled_traffic(
                [s.traffic for s in summaries], requests=sum(e.requests for e in energies)
            )
            if accounted
            else {},
            "quality": {
                task: _merge([s.quality.get(task) for s in summaries]) for task in first.quality
            },
            "health": _health([s.health for s in summaries]),
            "experiment_sha256": experiment_digest(
                {"repeats": [s.experiment_sha256 for s in summaries]}
            ),
            "runs": tuple(run for s in summaries for run in s.runs),
            "repeat_command": repeat_command,
        }
    )


def over_runs(values: Iterable[float]) -> Estimate:
    """The mean of one figure over the runs, with Student's interval, nothing below 0."""
    import numpy as np

    runs = np.fromiter(values, dtype=np.float64)
    interval = t_interval(runs)
    lower = None if interval.lower is None else max(0.0, interval.lower)
    return Estimate(
        value=float(runs.mean()),
        lower=lower,
        upper=interval.upper,
        needs=interval.needs,
        method="t-over-runs",
    )


def _check_alike(summaries: Sequence[Summary]) -> None:
    def experiment(s: Summary) -> tuple[object, ...]:
        engine = (s.engine, s.simulated_by)
        return (s.scenario, engine, s.instances, s.duration_s, s.warmup_s, s.tasks)

    for other in summaries[1:]:
        if experiment(other) != experiment(summaries[0]):
            raise ConfigError(
                f"is no repeat of {summaries[0].runs[0]}: scenario, engine, instances, tasks "
                "or duration differ",
                where=other.runs[0],
                next_step="combine runs that differ in their seed only",
            )


def _validity(summaries: Sequence[Summary]) -> Validity:
    """A failed check stands for itself, with its run; passed ones are put together."""
    failed: list[Check] = []
    passed: dict[str, Check] = {}
    for number, summary in enumerate(summaries, start=1):
        for check in summary.validity.checks:
            if check.ok:
                passed.setdefault(check.name, check)
            else:
                failed.append(check.model_copy(update={"value": f"run {number}: {check.value}"}))
    names = {check.name for check in failed}
    kept = [check for name, check in passed.items() if name not in names]
    same = [
        check.model_copy(update={"value": f"in every one of {len(summaries)} runs"})
        for check in kept
    ]
    return Validity(checks=(*failed, *same))


def _latency(summaries: Sequence[Summary]) -> dict[str, Distribution]:
    names = [n for n in summaries[0].latency if all(n in s.latency for s in summaries)]
    return {name: _distribution([s.latency[name] for s in summaries]) for name in names}


def _distribution(runs: Sequence[Distribution]) -> Distribution:
    means = [run.mean for run in runs if run.mean is not None]
    keys = [k for k in runs[0].percentiles if all(k in run.percentiles for run in runs)]
    return Distribution(
        count=sum(run.count for run in runs),
        unanswered=sum(run.unanswered for run in runs),
        mean=over_runs(m.value for m in means) if len(means) == len(runs) else None,
        percentiles={key: _percentile([run.percentiles[key] for run in runs]) for key in keys},
        max_ms=max(run.max_ms for run in runs),
    )


def _percentile(estimates: Sequence[Estimate]) -> Estimate:
    """A run too short for a percentile has a biased one: repeats do not mend that."""
    combined = over_runs(e.value for e in estimates)
    needs = max((e.needs for e in estimates if e.needs is not None), default=combined.needs)
    return combined.model_copy(update={"needs": needs})


def _communication(
    summaries: Sequence[Summary], latency: dict[str, Distribution]
) -> CommunicationVerdict | None:
    verdicts = [s.communication for s in summaries if s.communication is not None]
    if len(verdicts) < len(summaries):
        return None
    up = _verdict([v.up for v in verdicts], latency.get("comm.up"))
    down = _verdict([v.down for v in verdicts], latency.get("comm.down"))
    outcomes = [verdict.outcome for verdict in (up, down) if verdict is not None]
    if not outcomes:
        return None
    return CommunicationVerdict(outcome=worst(outcomes), up=up, down=down)


def _verdict(verdicts: Sequence[Verdict | None], series: Distribution | None) -> Verdict | None:
    judged = [verdict for verdict in verdicts if verdict is not None]
    if len(judged) < len(verdicts) or series is None:
        return None
    first = judged[0]
    key = percentile_key(first.percentile)
    estimate = series.percentiles[key]
    count, over = sum(v.count for v in judged), sum(v.over for v in judged)
    outcome = _outcome(estimate, judged)
    limit = format_duration(first.limit_ms / 1e3)
    reason = f"{over} of {count} over {limit} in {len(judged)} runs"
    if outcome is Outcome.UNDECIDED:
        reason += (
            f"; each run needs {estimate.needs} requests"
            if estimate.needs is not None and len(judged) > 1
            else f"; {key} differs between runs: repeat more often"
        )
    return Verdict(
        outcome=outcome,
        limit_ms=first.limit_ms,
        percentile=first.percentile,
        count=count,
        over=over,
        lower_ms=estimate.lower,
        upper_ms=estimate.upper,
        reason=reason,
        source=first.source,
    )


def _outcome(estimate: Estimate, verdicts: Sequence[Verdict]) -> Outcome:
    if all(verdict.outcome is Outcome.FAIL for verdict in verdicts):
        # Also where a run lost more requests than the percentile bears and is infinite.
        return Outcome.FAIL
    if estimate.needs is not None:
        return Outcome.UNDECIDED
    return decide(estimate.lower, estimate.upper, limit=verdicts[0].limit_ms)


def _counts(counts: Sequence[Counts]) -> Counts:
    total = {name: sum(getattr(count, name) for count in counts) for name in Counts.model_fields}
    return Counts(**total)


def _in_budget(summaries: Sequence[Summary]) -> Estimate | None:
    """The wider of Student's over the runs and the exact one over all requests: runs that all
    answered everything in time differ by nothing, and still prove no certainty.
    """
    shares = [s.in_budget.value for s in summaries if s.in_budget is not None]
    if len(shares) < len(summaries):
        return None
    counts = _counts([s.counts for s in summaries])
    runs, pooled = over_runs(shares), proportion_interval(counts.in_time, counts.measured)
    lower = _extreme(min, runs.lower, pooled.lower)
    upper = _extreme(max, runs.upper, pooled.upper)
    return runs.model_copy(
        update={"lower": lower, "upper": None if upper is None else min(1.0, upper)}
    )


def _extreme(
    choose: Callable[[float, float], float], one: float | None, other: float | None
) -> float | None:
    return None if one is None or other is None else choose(one, other)


def _hops(breakdowns: Sequence[Breakdown]) -> Breakdown | None:
    if not breakdowns:
        return None
    return Breakdown(
        all=_cohort([b.all for b in breakdowns]),
        near_p99=_cohort([b.near_p99 for b in breakdowns]),
        slowest=_cohort([b.slowest for b in breakdowns]),
    )


def _cohort(cohorts: Sequence[Cohort]) -> Cohort:
    """Cohorts put together: means weighed by their requests, so that parts still add up."""
    count = sum(cohort.count for cohort in cohorts)
    parts: dict[tuple[str, str], float] = {}
    for cohort in cohorts:
        for part in cohort.parts:
            key = (part.kind, part.label)
            parts[key] = parts.get(key, 0.0) + part.mean_ms * cohort.count / count
    return Cohort(
        count=count,
        mean_ms=math.fsum(c.mean_ms * c.count / count for c in cohorts),
        parts=tuple(Part(kind=k, label=label, mean_ms=ms) for (k, label), ms in parts.items()),
    )


def _merge(measures: Sequence[JsonValue]) -> JsonValue:
    """One value where the runs agree, else the values of all runs in their order."""
    first = measures[0]
    if all(measure == first for measure in measures):
        return first
    dictionaries = [measure for measure in measures if isinstance(measure, dict)]
    if len(dictionaries) == len(measures):
        return {key: _merge([d.get(key) for d in dictionaries]) for key in dictionaries[0]}
    return list(measures)


def _health(healths: Sequence[HealthSummary]) -> HealthSummary:
    """The worst of each, and every warning once."""

    def most(name: str) -> float | None:
        known = [value for h in healths if (value := getattr(h, name)) is not None]
        return max(known) if known else None

    figures = [
        name
        for name, field in HealthSummary.model_fields.items()
        if field.annotation == (float | None)
    ]
    return HealthSummary(
        clock=healths[0].clock,
        warnings=tuple(dict.fromkeys(w for h in healths for w in h.warnings)),
        **{name: most(name) for name in figures},
    )
