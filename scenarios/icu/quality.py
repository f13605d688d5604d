"""How good the answers of a run were, beside what the shipped weights achieve on the test split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.tasks.metrics import auprc, auroc

if TYPE_CHECKING:
    from edge_aibench.model.components import Answer
    from edge_aibench.scenarios.icu.benchmark import Cohort, StayLabels
    from edge_aibench.scenarios.icu.ward import Ward


def judge_answers(answers: Sequence[Answer], ward: Ward, cohort: Cohort) -> Mapping[str, Any]:
    """AUROC and AUPRC per task over the answers given, None where only one class occurred.

    Hours of one patient are not independent: the number of patients stands beside the number
    of answers, and the quality on the whole test split stands beside both.
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
    return {stage: _measures(rows, stage) for stage, rows in judged.items()}


def _truth(labels: StayLabels, stage: str, hour: int) -> bool | None:
    if stage == "death":
        return labels.death
    if stage == "heart-failure":
        return labels.heart_failure
    # Hour h is complete, and predicted on, at h + 1 hours since admission.
    return labels.decompensation_at(hour + 1.0)


def _measures(rows: list[tuple[bool, float, str]], task: str) -> dict[str, Any]:
    from edge_aibench.tasks.weights import shipped_quality

    truth = np.array([row[0] for row in rows])
    score = np.array([row[1] for row in rows])
    both = 0 < truth.sum() < len(truth)
    return {
        **shipped_quality(task),
        "run_auroc": float(auroc(truth, score)) if both else None,
        "run_auprc": float(auprc(truth, score)) if both else None,
        "run_answers": len(rows),
        "run_patients": len({row[2] for row in rows}),
    }
