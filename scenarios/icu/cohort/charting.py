"""From hidden states to charted rows, in the benchmark's texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.scenarios.icu import channels as ch
from edge_aibench.scenarios.icu.cohort import emissions as em
from edge_aibench.scenarios.icu.cohort.dynamics import STATES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.scenarios.icu.cohort.population import Population

# A quarter of the hours have two rows. Of what is charted in such an hour, 30 % stands in the
# early row only and 30 % in both, with two independent readings of which the later counts.
_TWO_ROWS_SHARE: Final = 0.25
_EARLY_ONLY: Final = 0.3
_BOTH: Final = 0.6

_TOTAL_SHARE: Final = 0.65
_OLDER_SYSTEM_SHARE: Final = 0.55

Texts = np.ndarray[tuple[int, int], np.dtype[np.object_]]


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Two possible rows for each hour, in time order.

    *hours* float64 (m, 2) since admission; *texts* two object arrays (m, 17) of cell texts,
    empty where nothing was charted. A row of empty cells is not written.
    """

    hours: NDArray[np.float64]
    texts: tuple[Texts, Texts]


def chart(population: Population, rng: np.random.Generator) -> Chart:
    """Draw what is charted in each hour of each stay, m being the sum of their hours."""
    count = len(population.states)
    patient = np.repeat(np.arange(len(population)), population.hours)
    rows = population.profile[patient] * STATES + population.states
    older = (rng.random(len(population)) < _OLDER_SYSTEM_SHARE)[patient]
    late: Texts = np.full((count, ch.CHANNEL_COUNT), "", dtype=object)
    early: Texts = np.full((count, ch.CHANNEL_COUNT), "", dtype=object)
    two_rows = rng.random(count) < _TWO_ROWS_SHARE
    coma = np.flatnonzero(rng.random(count) < _coma_rate())
    scores = np.zeros(len(coma), dtype=np.intp)
    for emission in em.default_emissions():
        if emission.name in em.COMA_PARTS:
            drawn = _draw(emission, rows[coma], rng)
            scores += drawn + 1
            late[coma, emission.channel] = _coma_texts(emission, drawn, older[coma], rng)
        else:
            texts = np.array([f"{reading:g}" for reading in emission.readings], dtype=object)
            if emission.name == ch.CAPILLARY_REFILL_RATE:
                texts = np.array(["0.0", "1.0"], dtype=object)
            charted = np.flatnonzero(rng.random(count) < emission.rate)
            first, second = _split_rows(two_rows[charted], rng)
            for part, table in ((first, early), (second, late)):
                where = charted[part]
                table[where, emission.channel] = texts[_draw(emission, rows[where], rng)]
    totalled = older[coma] & (rng.random(len(coma)) < _TOTAL_SHARE)
    total_texts = scores[totalled].astype(str).astype(object)
    late[coma[totalled], ch.CHANNEL_INDEX[ch.COMA_TOTAL]] = total_texts
    _chart_body(late, population, rng)
    return Chart(hours=_row_hours(population, rng), texts=(early, late))


def _coma_rate() -> float:
    return next(e.rate for e in em.default_emissions() if e.name == ch.EYE_OPENING)


def _draw(
    emission: em.Emission, rows: NDArray[np.intp], rng: np.random.Generator
) -> NDArray[np.intp]:
    """Draw a reading's index for each row by inverting the cumulated chances."""
    cumulated = np.cumsum(emission.chances, axis=1)
    drawn = np.zeros(len(rows), dtype=np.intp)
    chance = rng.random(len(rows))
    order = np.argsort(rows, kind="stable")
    edges = np.searchsorted(rows[order], np.arange(em.ROWS + 1))
    for row in range(em.ROWS):
        members = order[edges[row] : edges[row + 1]]
        drawn[members] = np.searchsorted(cumulated[row], chance[members], side="right")
    return np.minimum(drawn, len(emission.readings) - 1)


def _coma_texts(
    emission: em.Emission,
    drawn: NDArray[np.intp],
    older: NDArray[np.bool_],
    rng: np.random.Generator,
) -> NDArray[np.object_]:
    """Spell scores in the words of each stay's charting system; synonyms by a fair coin."""
    coin = rng.random(len(drawn)) < 0.5
    texts = np.empty(len(drawn), dtype=object)
    for system, members in zip(em.CHARTING_SYSTEMS, (older, ~older), strict=True):
        words = system[emission.name]
        first = np.array([synonyms[0] for synonyms in words], dtype=object)
        last = np.array([synonyms[-1] for synonyms in words], dtype=object)
        texts[members] = np.where(coin, first[drawn], last[drawn])[members]
    return texts


def _split_rows(
    two_rows: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    chance = rng.random(len(two_rows))
    return two_rows & (chance < _BOTH), ~two_rows | (chance >= _EARLY_ONLY)


def _chart_body(late: Texts, population: Population, rng: np.random.Generator) -> None:
    for name, (mean, deviation), rate, low in (
        (ch.HEIGHT, em.HEIGHT_CM, em.HEIGHT_RATE, 140.0),
        (ch.WEIGHT, em.WEIGHT_KG, em.WEIGHT_RATE, 35.0),
    ):
        body = np.maximum(rng.normal(mean, deviation, len(population)).round(1), low)
        texts = np.repeat(
            np.array([f"{value:g}" for value in body], dtype=object), population.hours
        )
        charted = np.flatnonzero(rng.random(len(texts)) < rate)
        late[charted, ch.CHANNEL_INDEX[name]] = texts[charted]


def _row_hours(population: Population, rng: np.random.Generator) -> NDArray[np.float64]:
    """Times of the early and the late row: in the first and the second half of their hour."""
    count = len(population.states)
    start = np.arange(count) - np.repeat(population.starts[:-1], population.hours)
    within = rng.uniform((0.01, 0.51), (0.50, 0.99), size=(count, 2))
    return start[:, np.newaxis] + within.round(4)
