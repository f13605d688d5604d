"""How long a broker works on one message, by the record of an emulated run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from edge_aibench.record.summary import Summary
    from edge_aibench.simulate.plan import SimulationPlan


def broker_s(summary: Summary, hops: pd.DataFrame, plan: SimulationPlan) -> float:
    """Virtual seconds of broker work a message; 0 where the record does not tell.

    The processor time of all brokers of the run, over the messages that they took in: one that
    crosses a bridge is taken in twice, as it is in simulation. Of a run that was cut short it is
    not known how long its messages came.
    """
    shares = [load.share for load in summary.loads if load.kind == "broker"]
    taken_in = messages_taken_in(hops, plan)
    if not shares or not taken_in or summary.interrupted is not None:
        return 0.0
    workload = plan.experiment.workload
    return sum(shares) * (workload.warmup_s + workload.duration_s) / taken_in


def messages_taken_in(hops: pd.DataFrame, plan: SimulationPlan) -> int:
    """How many messages the brokers of a run took in, all together."""
    sent = hops[hops["kind"] == "transfer"].drop_duplicates(["request", "stage", "source"])
    number = sent.groupby("stage").size()
    return sum(
        int(number.get(output, 0)) * len({found.broker, *(to.broker for to in found.deliveries)})
        for (output, _), found in plan.publications.items()
    )
