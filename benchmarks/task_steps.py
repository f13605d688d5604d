"""The heavy steps before and after networks, on one core: lanes, speech, ranking.

    python -m benchmarks.task_steps

Lanes: clustering and curves of one frame of 256 x 512 with five lines, 30 ms. Speech: prefix beam
search of width 16 over 5 s of sound, 50 ms. Ranking: 3,368 queries against 19,732 images with
embeddings of 1024 values, as Market-1501 has, 20 s and 2 GB.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable

# Before NumPy is imported: its matrix products would take all cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from benchmarks.comparison import Figure, as_json, at_most, render
from edge_aibench.config.folders import cache_folder
from edge_aibench.inference.pipeline import get_component, load_task
from edge_aibench.inference.prepared import NetworkChoice
from edge_aibench.tasks.component import TEST
from edge_aibench.tasks.generated import generated_data
from edge_aibench.tasks.sample import Sound

CALLS = 50


def median_ms(call: Callable[[], object], *, calls: int = CALLS) -> float:
    """The median of *calls* calls, after one that is not counted."""
    call()
    times = []
    for _ in range(calls):
        start_s = time.perf_counter()
        call()
        times.append(time.perf_counter() - start_s)
    return statistics.median(times) * 1e3


def lanes() -> Figure:
    """Five lines of 7 pixels' width whose embeddings are 3 apart and spread by 0.3."""
    import cv2

    from edge_aibench.scenarios.vehicle.tasks.lane_detection.processing import LaneProcessing

    height, width, lines = 256, 512, 5
    rng = np.random.default_rng(0)
    drawn = np.zeros((height, width), np.uint8)
    for line in range(lines):
        foot, top = (40 + 108 * line, height - 1), (216 + 20 * line, 100)
        cv2.line(drawn, foot, top, line + 1, 7)
    logits = np.stack([np.where(drawn == 0, 1, -1), np.where(drawn == 0, -1, 1)])
    centres = 3 * np.eye(lines + 1, 4) + np.arange(lines + 1)[:, np.newaxis]
    noise = rng.normal(scale=0.3, size=(4, height, width))
    embedding = np.moveaxis(centres[drawn], 2, 0) + noise
    outputs = (logits[np.newaxis].astype(np.float32), embedding[np.newaxis].astype(np.float32))
    image = np.zeros((720, 1280, 3), np.uint8)
    processing = LaneProcessing(size=(height, width))
    assert len(processing.postprocess(outputs, image).columns) == lines
    measured = median_ms(lambda: processing.postprocess(outputs, image))
    return at_most("lanes: clusters and curves of a frame, 256 x 512", measured, 30, "ms")


def speech() -> Figure:
    """The trained network's output for 5 s of generated speech, decoded again and again."""
    component = get_component("speech")
    loaded = load_task(component, NetworkChoice(preset="lite"))
    root = generated_data(component, cache_folder(), scale=0.1)
    samples = component.data.open(root, split=TEST)
    said = np.concatenate([samples[index].raw.samples for index in range(min(8, len(samples)))])
    rate_hz = samples[0].raw.rate_hz
    sound = Sound(samples=said[: 5 * rate_hz], rate_hz=rate_hz)
    processing = loaded.pipeline.processing
    outputs = loaded.pipeline.session.run(processing.preprocess(sound))
    measured = median_ms(lambda: processing.postprocess(outputs, sound))
    return at_most("speech: beam search of width 16, 5 s", measured, 50, "ms")


def ranking() -> tuple[Figure, Figure]:
    """Random embeddings: the time does not depend on what they hold."""
    from edge_aibench.scenarios.camera.tasks.person_reid.ranking import Gallery, evaluate_ranking

    rng = np.random.default_rng(0)

    def images(count: int) -> Gallery:
        return Gallery(
            embeddings=rng.normal(size=(count, 1024)).astype(np.float32),
            persons=rng.integers(-1, 751, count),
            cameras=rng.integers(1, 7, count),
        )

    queries, gallery = images(3368), images(19_732)
    start_s = time.perf_counter()
    evaluate_ranking(queries, gallery)
    elapsed_s = time.perf_counter() - start_s
    largest_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    return (
        at_most("ranking: 3,368 x 19,732 images", elapsed_s, 20, "s"),
        at_most("ranking: largest memory of the whole benchmark", largest_gb, 2, "GB"),
    )


def main(arguments: list[str]) -> int:
    """Measure all; 0 unless a target is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    figures = [*ranking(), lanes(), speech()]
    print(json.dumps(as_json(figures), indent=2) if chosen.json else render(figures))
    return 0 if all(figure.ok for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
