"""How good the answers of a run were, beside what the shipped weights achieve on the test split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.tasks.metrics import auroc

if TYPE_CHECKING:
    from edge_aibench.model.components import Answer
    from edge_aibench.scenarios.icu.benchmark import Cohort, StayLabels
    from edge_aibench.scenarios.icu.ward import Ward


def judge_answers(
    answers: Sequence[Answer], ward: Ward, cohort: Cohort, *, streaming: bool
) -> Mapping[str, Any]:
    """AUROC and AUPRC of each task's shipped weights on the held-out patients, and of this run.

    With *streaming* those of the streaming form, where the network has one. `run_auroc` is over
    the answers given, None where only one class occurred; hours of one patient are not
    independent, so the number of patients stands beside it.
    """
    judged: dict[str, list[tuple[bool, float, str]]] = {}
    labels: dict[str, StayLabels] = {}
    for answer in answers:
        admission, hour = ward.at(answer.instance, answer.sequence)
        if admission.stay not in labels:
            labels[admission.stay] = cohort.labels(admission.stay)
        truth = _truth(labels[admission.stay], answer.stage, hour)
        if truth is not None:
            judged.setdefault(answer.stage, []).append((truth, answer.value, admission.stay))
    return {stage: _measures(rows, stage, streaming) for stage, rows in judged.items()}


def _truth(labels: StayLabels, stage: str, hour: int) -> bool | None:
    if stage == "death":
        return labels.death
    if stage == "heart-failure":
        return labels.heart_failure
    # Hour h is complete, and predicted on, at h + 1 hours since admission.
    return labels.decompensation_at(hour + 1.0)


def _measures(rows: list[tuple[bool, float, str]], task: str, streaming: bool) -> dict[str, Any]:
    from edge_aibench.tasks.weights import shipped_quality

    shipped = shipped_quality(task)
    form = "test_streaming" if streaming and "test_streaming_auroc" in shipped else "test"
    truth = np.array([row[0] for row in rows])
    score = np.array([row[1] for row in rows])
    both = 0 < truth.sum() < len(truth)
    return {
        "auroc": shipped[f"{form}_auroc"],
        "auprc": shipped[f"{form}_auprc"],
        "run_auroc": float(auroc(truth, score)) if both else None,
        "run_patients": len({row[2] for row in rows}),
    }
