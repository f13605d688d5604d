"""What the networks are trained and judged on: stays as features, and samples cut from them.

All three tasks see windows of at most 48 hours, because that is what serving keeps. A window
may begin anywhere in a stay; what was charted before is in it by imputation only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.icu.channels import FEATURE_COLUMNS
from edge_aibench.scenarios.icu.phenotypes import HEART_FAILURE_INDEX
from edge_aibench.scenarios.icu.standardiser import Standardiser, fit_standardiser
from edge_aibench.scenarios.icu.window import WINDOW_HOURS, HourlyEpisode, discretise, encode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edge_aibench.scenarios.icu.benchmark import Cohort, StayLabels

# A quarter of the mortality windows are cut short in training, because the scenario asks for a
# prediction from the first hours on, while the benchmark's labels are about hour 48 only.
_CUT_SHARE: Final = 0.25
_SHORTEST_CUT: Final = 6

# Another part begins later in the stay, as the scenario's moving window does. The label is the
# same, and the few deaths are seen in many windows instead of one.
_LATER_SHARE: Final = 0.4


@dataclass(frozen=True, kw_only=True)
class Stay:
    """One stay: *features* float32 (n, 76) of all its hours, and its labels."""

    name: str
    hourly: HourlyEpisode
    features: NDArray[np.float32]
    labels: StayLabels


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Windows padded with zeros to a common length t.

    *features* float32 (n, t, 76); *targets* float32 (n, k, outputs) and *weights* float32
    (n, k), k being t for a target each hour and 1 for one at the end.
    """

    features: NDArray[np.float32]
    targets: NDArray[np.float32]
    weights: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case to be judged: a window of a stay and the label, predicted after *hour* hours."""

    stay: Stay
    hour: int
    label: bool

    @property
    def window(self) -> NDArray[np.float32]:
        """The last hours before the prediction, float32 (at most 48, 76)."""
        return self.stay.features[max(0, self.hour - WINDOW_HOURS) : self.hour]


def read_hours(cohort: Cohort, split: str) -> dict[str, HourlyEpisode]:
    """Read and bin all stays of *split*; raises ConfigError if there are none."""
    stays = cohort.stays(split)
    if not stays:
        raise ConfigError(
            f"the split {split} has no stays", where=str(cohort.root), next_step="check --data-root"
        )
    hours = {}
    for stay in stays:
        episode = cohort.episode(stay)
        labels = cohort.labels(stay)
        end = max(float(episode.hours[-1]), labels.decompensation_hours.max(initial=0.0))
        if labels.death is not None:
            end = max(end, float(WINDOW_HOURS))
        hours[stay] = discretise(episode.hours, episode.values, end_hour=end)
    return hours


def fit_on(hours: dict[str, HourlyEpisode]) -> Standardiser:
    """Take the column statistics over all hours of all given stays."""
    return fit_standardiser(np.concatenate([hourly.values for hourly in hours.values()]))


def make_stays(
    cohort: Cohort, hours: dict[str, HourlyEpisode], standardiser: Standardiser
) -> tuple[Stay, ...]:
    """Join hours, features and labels."""
    return tuple(
        Stay(
            name=name,
            hourly=hourly,
            features=encode(hourly, standardiser),
            labels=cohort.labels(name),
        )
        for name, hourly in hours.items()
    )


def mortality_batch(stays: Sequence[Stay], rng: np.random.Generator | None) -> Batch:
    """The first 48 hours of each stay; some cut short, some later ones, if *rng* is given."""
    features = np.zeros((len(stays), WINDOW_HOURS, FEATURE_COLUMNS), dtype=np.float32)
    for row, stay in enumerate(stays):
        first, hours = (0, WINDOW_HOURS) if rng is None else _vary_window(stay, rng)
        features[row, :hours] = stay.features[first : first + hours]
    targets = np.array([[[stay.labels.death]] for stay in stays], dtype=np.float32)
    return Batch(features=features, targets=targets, weights=np.ones((len(stays), 1), np.float32))


def _vary_window(stay: Stay, rng: np.random.Generator) -> tuple[int, int]:
    """First hour and length of a training window."""
    kind = rng.random()
    if kind < _CUT_SHARE:
        return 0, int(rng.integers(_SHORTEST_CUT, WINDOW_HOURS))
    if kind < _CUT_SHARE + _LATER_SHARE:
        return int(rng.integers(0, len(stay.features) - WINDOW_HOURS + 1)), WINDOW_HOURS
    return 0, WINDOW_HOURS


def cut_windows(stays: Sequence[Stay], rng: np.random.Generator) -> list[tuple[Stay, int]]:
    """Cut each stay into windows with a random start: (stay, first hour), each hour about once.

    The list is shuffled.
    """
    windows = []
    for stay in stays:
        hours = len(stay.features)
        first = -int(rng.integers(0, WINDOW_HOURS)) if hours > WINDOW_HOURS else 0
        windows += [(stay, max(start, 0)) for start in range(first, hours, WINDOW_HOURS)]
    return [windows[place] for place in rng.permutation(len(windows))]


def decompensation_batch(windows: Sequence[tuple[Stay, int]]) -> Batch:
    """Windows with the label of each hour; hours without a label weigh nothing.

    One window thus trains as many predictions as it has hours (the benchmark calls it deep
    supervision), each from a history of its own length.
    """
    batch = _empty_batch(len(windows), outputs=1)
    for row, (stay, first) in enumerate(windows):
        part = stay.features[first : first + WINDOW_HOURS]
        batch.features[row, : len(part)] = part
        places = stay.labels.decompensation_hours.astype(np.intp) - 1 - first
        inside = (places >= 0) & (places < len(part))
        batch.targets[row, places[inside], 0] = stay.labels.decompensation[inside]
        batch.weights[row, places[inside]] = 1.0
    return batch


def phenotype_batch(windows: Sequence[tuple[Stay, int]]) -> Batch:
    """Windows with the stay's labels at each hour, the later the heavier.

    The benchmark trains on the end of the stay only; a target at each hour, known as target
    replication (Lipton et al., ICLR 2016), makes earlier predictions useful too.
    """
    labels = windows[0][0].labels.phenotypes or ()
    batch = _empty_batch(len(windows), outputs=len(labels))
    for row, (stay, first) in enumerate(windows):
        part = stay.features[first : first + WINDOW_HOURS]
        batch.features[row, : len(part)] = part
        batch.targets[row, : len(part)] = np.array(stay.labels.phenotypes, dtype=np.float32)
        batch.weights[row, : len(part)] = np.arange(1, len(part) + 1) / WINDOW_HOURS
    return batch


def mortality_cases(stays: Sequence[Stay]) -> list[Case]:
    """One case a stay of at least 48 hours, predicted after 48 hours."""
    return [
        Case(stay=stay, hour=WINDOW_HOURS, label=stay.labels.death)
        for stay in stays
        if stay.labels.death is not None
    ]


def decompensation_cases(stays: Sequence[Stay], *, every: int) -> list[Case]:
    """Every *every*-th labelled hour of each stay, begun at a different one stay by stay."""
    cases = []
    for number, stay in enumerate(stays):
        hours = stay.labels.decompensation_hours[number % every :: every]
        labels = stay.labels.decompensation[number % every :: every]
        # Predictions are made on the hour; real stays may end in the middle of one.
        cases += [
            Case(stay=stay, hour=int(hour), label=bool(label))
            for hour, label in zip(hours, labels, strict=True)
        ]
    return cases


def heart_failure_cases(stays: Sequence[Stay]) -> list[Case]:
    """One case a stay, predicted at its end."""
    return [
        Case(stay=stay, hour=len(stay.features), label=stay.labels.heart_failure)
        for stay in stays
        if stay.labels.heart_failure is not None
    ]


def _empty_batch(windows: int, *, outputs: int) -> Batch:
    shape = (windows, WINDOW_HOURS)
    return Batch(
        features=np.zeros((*shape, FEATURE_COLUMNS), dtype=np.float32),
        targets=np.zeros((*shape, outputs), dtype=np.float32),
        weights=np.zeros(shape, dtype=np.float32),
    )


def headline_output(task: str) -> int:
    """Which output of the network of *task* its name stands for."""
    return HEART_FAILURE_INDEX if task == "heart-failure" else 0
