"""Judging a trained network on the held-out patients, beside the ceiling and the bar.

The ceiling is the exact predictor of the generated data (`cohort.oracle`), the bar is logistic
regression on the last values. All three are judged on the same cases:

- death: one case a stay of at least 48 hours, the first 48 hours;
- decompensation: every sixth labelled hour of each stay, the last 48 hours;
- heart-failure: one case a stay, the last 48 hours before its end.

Every sixth hour, begun at a different one stay by stay, holds every stay and a sixth of the
cost; neighbouring hours of a stay share their label and almost all of their window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.inference.tensorflow import import_tensorflow
from edge_aibench.scenarios.icu import samples
from edge_aibench.scenarios.icu.baseline import fit_logistic
from edge_aibench.scenarios.icu.channels import FEATURE_COLUMNS
from edge_aibench.scenarios.icu.cohort.oracle import Oracle, OracleForecast
from edge_aibench.scenarios.icu.phenotypes import HEART_FAILURE_INDEX
from edge_aibench.scenarios.icu.tasks import networks
from edge_aibench.scenarios.icu.window import WINDOW_HOURS
from edge_aibench.tasks.metrics import accuracy, auprc, auroc, min_precision_sensitivity
from edge_aibench.tasks.weights import Quality

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from edge_aibench.scenarios.icu.samples import Case, Stay

_EVERY: Final = 6
_BATCH: Final = 512


def judge(
    task: str,
    network: networks.RecurrentNetwork,
    weights: networks.Weights,
    *,
    train: Sequence[Stay],
    test: Sequence[Stay],
    data: str,
    generated: bool,
) -> Quality:
    """Measure network, oracle (if *generated*) and logistic regression on the test stays.

    *train* is what the regression is fitted on; *data* is quoted in the result. Raises
    ConfigError if the test stays hold no case of one of the classes.
    """
    cases = cases_of(task, test)
    labels = np.array([case.label for case in cases])
    scores = window_scores(network, weights, cases)
    further: dict[str, float] = {}
    oracle: dict[str, float] = {}
    forecasts: dict[str, OracleForecast] = {}
    if generated:
        forecasts = forecast_all(cases)
        oracle = measure(labels, [_oracle_score(task, forecasts, case) for case in cases])
    if task == "heart-failure":
        further |= _all_phenotypes(cases, scores, forecasts)
    if not network.bidirectional:
        headline = samples.headline_output(task)
        further |= _streaming(headline, network, weights, cases)
    return Quality(
        data=data,
        cases=len(cases),
        positives=int(labels.sum()),
        network=measure(labels, scores[:, samples.headline_output(task)]),
        oracle=oracle,
        controls={"logistic": measure(labels, logistic_scores(cases_of(task, train), cases))},
        further=further,
    )


def measure(labels: ArrayLike, scores: ArrayLike) -> dict[str, float]:
    """The four metrics of the tasks, rounded to four digits."""
    return {
        "auroc": round(auroc(labels, scores), 4),
        "auprc": round(auprc(labels, scores), 4),
        "min_precision_sensitivity": round(min_precision_sensitivity(labels, scores), 4),
        "accuracy": round(accuracy(labels, scores), 4),
    }


def window_scores(
    network: networks.RecurrentNetwork, weights: networks.Weights, cases: Sequence[Case]
) -> NDArray[np.float32]:
    """Predictions from each case's window, float32 (n, outputs), in batches."""
    tf = import_tensorflow()
    model = networks.build_network(network)
    networks.set_weights(model, weights)
    signature = [tf.TensorSpec([None, WINDOW_HOURS, FEATURE_COLUMNS], tf.float32)]
    predict = tf.function(model, input_signature=signature, autograph=False)
    scores = np.empty((len(cases), network.outputs), dtype=np.float32)
    for start in range(0, len(cases), _BATCH):
        part = cases[start : start + _BATCH]
        windows = np.zeros((len(part), WINDOW_HOURS, FEATURE_COLUMNS), dtype=np.float32)
        for row, case in enumerate(part):
            window = case.window
            windows[row, : len(window)] = window
        scores[start : start + _BATCH] = predict(windows).numpy()
    return scores


def cases_of(task: str, stays: Sequence[Stay]) -> list[Case]:
    """The cases on which *task* is judged, see above."""
    if task == "death":
        return samples.mortality_cases(stays)
    if task == "decompensation":
        return samples.decompensation_cases(stays, every=_EVERY)
    return samples.heart_failure_cases(stays)


def forecast_all(cases: Sequence[Case]) -> dict[str, OracleForecast]:
    """The exact predictor's forecasts for the stays of *cases*, by the stay's name."""
    exact = Oracle()
    return {
        name: exact.forecast(hourly)
        for name, hourly in {case.stay.name: case.stay.hourly for case in cases}.items()
    }


def oracle_scores(task: str, cases: Sequence[Case]) -> list[float]:
    """What the exact predictor of the generated data says of each case."""
    forecasts = forecast_all(cases)
    return [_oracle_score(task, forecasts, case) for case in cases]


def _oracle_score(task: str, forecasts: dict[str, OracleForecast], case: Case) -> float:
    forecast = forecasts[case.stay.name]
    if task == "death":
        return float(forecast.death[case.hour - 1])
    if task == "decompensation":
        return float(forecast.decompensation[case.hour - 1])
    return float(forecast.phenotypes[case.hour - 1, HEART_FAILURE_INDEX])


def logistic_scores(train: Sequence[Case], cases: Sequence[Case]) -> NDArray[np.float64]:
    """Fit logistic regression on the last values of *train*; give its scores on *cases*."""
    model = fit_logistic(_last_values(train), np.array([case.label for case in train]))
    return model.predict(_last_values(cases))


def _last_values(cases: Sequence[Case]) -> NDArray[np.float32]:
    return np.stack([case.stay.features[case.hour - 1] for case in cases])


def _all_phenotypes(
    cases: Sequence[Case], scores: NDArray[np.float32], forecasts: dict[str, OracleForecast]
) -> dict[str, float]:
    """Macro AUROC over the 25 labels, as the benchmark reports phenotyping."""
    labels = np.array([case.stay.labels.phenotypes for case in cases])
    result = {"macro_auroc": _macro_auroc(labels, scores)}
    if forecasts:
        exact = np.array([forecasts[c.stay.name].phenotypes[c.hour - 1] for c in cases])
        result["oracle_macro_auroc"] = _macro_auroc(labels, exact)
    return result


def _macro_auroc(labels: NDArray[np.bool_], scores: NDArray[Any]) -> float:
    areas = [auroc(labels[:, i], scores[:, i]) for i in range(labels.shape[1])]
    return round(float(np.mean(areas)), 4)


def _streaming(
    headline: int,
    network: networks.RecurrentNetwork,
    weights: networks.Weights,
    cases: Sequence[Case],
) -> dict[str, float]:
    """Quality with the state carried from admission on instead of a window of 48 hours."""
    tf = import_tensorflow()
    model = networks.build_network(network, every_hour=True)
    networks.set_weights(model, weights)
    signature = [tf.TensorSpec([1, None, FEATURE_COLUMNS], tf.float32)]
    predict = tf.function(model, input_signature=signature, autograph=False)
    labels = [case.label for case in cases]
    by_stay = {case.stay.name: case.stay for case in cases}
    hourly = {
        name: predict(stay.features[np.newaxis]).numpy()[0, :, headline]
        for name, stay in by_stay.items()
    }
    scores = [hourly[case.stay.name][case.hour - 1] for case in cases]
    return {
        "streaming_auroc": round(auroc(labels, scores), 4),
        "streaming_auprc": round(auprc(labels, scores), 4),
    }
