"""Laws of the verification figures and of drawn pairs, for any distances and any people."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.scenarios.home.tasks.face.data.pairs import (
    NamedPair,
    Picture,
    draw_pairs,
    read_pairs,
    write_pairs,
)
from edge_aibench.scenarios.home.tasks.face.verification import (
    JudgedPairs,
    equal_error_rate,
    fold_accuracies,
    validation_rate,
)
from edge_aibench.tasks.metrics import auroc


@st.composite
def judged_pairs(draw: st.DrawFn) -> JudgedPairs:
    folds = draw(st.integers(2, 4))
    distances = st.floats(0, 4, allow_nan=False, width=32)
    each = draw(st.integers(1, 5))
    count = 2 * each * folds
    return JudgedPairs(
        distance=np.array(draw(st.lists(distances, min_size=count, max_size=count))),
        same=np.tile([True] * each + [False] * each, folds),
        fold=np.repeat(np.arange(folds), 2 * each),
    )


@given(judged_pairs())
def test_all_figures_are_shares(pairs: JudgedPairs) -> None:
    rate, false_accepts = validation_rate(pairs, false_accept_rate=0.1)
    for share in (*fold_accuracies(pairs), rate, false_accepts, equal_error_rate(pairs)):
        assert 0 <= share <= 1


@given(judged_pairs(), st.floats(0.01, 0.9), st.floats(0.01, 0.9))
def test_more_false_accepts_never_validate_less(
    pairs: JudgedPairs, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    strict = validation_rate(pairs, false_accept_rate=low)
    lax = validation_rate(pairs, false_accept_rate=high)
    assert strict[0] <= lax[0]
    assert strict[1] <= lax[1]


@given(judged_pairs())
def test_the_equal_error_rate_is_a_point_of_the_roc(pairs: JudgedPairs) -> None:
    """A brute force over all thresholds brackets it."""
    rate = equal_error_rate(pairs)
    ours, others = pairs.distance[pairs.same], pairs.distance[~pairs.same]
    points = [
        ((others < threshold).mean(), 1 - (ours < threshold).mean())
        for threshold in [*np.unique(pairs.distance), np.inf]
    ]
    below = [accepted for accepted, refused in points if accepted <= refused]
    above = [accepted for accepted, refused in points if accepted >= refused]
    assert max(below) - 1e-12 <= rate <= min(above) + 1e-12
    refusals_below = [refused for accepted, refused in points if accepted <= refused]
    assert rate <= min(refusals_below) + 1e-12


@given(judged_pairs())
def test_nearer_pairs_of_one_person_never_harm(pairs: JudgedPairs) -> None:
    nearer = JudgedPairs(
        distance=np.where(pairs.same, pairs.distance / 2, pairs.distance),
        same=pairs.same,
        fold=pairs.fold,
    )
    assert equal_error_rate(nearer) <= equal_error_rate(pairs) + 1e-12
    assert auroc(nearer.same, -nearer.distance) >= auroc(pairs.same, -pairs.distance)


@given(counts=st.lists(st.integers(2, 6), min_size=4, max_size=24), seed=st.integers(0, 2**31))
def test_drawn_pairs_keep_lfws_rules(
    counts: list[int], seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    people: list[list[Picture]] = [
        [(f"p{person}", number) for number in range(1, count + 1)]
        for person, count in enumerate(counts)
    ]
    pairs = draw_pairs(people, np.random.default_rng(seed), where="lfw")
    assert len(set(pairs)) == len(pairs)
    folds_of_person: dict[str, set[int]] = {}
    by_fold: dict[int, list[NamedPair]] = {}
    for pair in pairs:
        by_fold.setdefault(pair.fold, []).append(pair)
        for name, _ in (pair.first, pair.second):
            folds_of_person.setdefault(name, set()).add(pair.fold)
    assert all(len(folds) == 1 for folds in folds_of_person.values())
    assert len({len(own) for own in by_fold.values()}) == 1
    assert all(2 * sum(pair.same for pair in own) == len(own) for own in by_fold.values())
    path = tmp_path_factory.mktemp("pairs") / "pairs.txt"
    write_pairs(path, pairs)
    assert read_pairs(path) == pairs
