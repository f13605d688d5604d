"""From which likeness the camera scenario should call somebody known.

    python -m benchmarks.camera_threshold [--seeds 8 9 10 11] [--judge 7]

Generated sites of the seeds other than the shipped one are watched for a loop each. For every
threshold: the share of cut-outs of known persons that are named right, that of strangers' that
are called strangers, and the share of all that are right. The default of `known-above` is where
the first two are about equal; the site of the judged seed says what that is worth elsewhere.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from edge_aibench.config.folders import cache_folder
from edge_aibench.config.load import load_scenario
from edge_aibench.config.parameters import own_parameters
from edge_aibench.model.components import Call
from edge_aibench.scenarios.camera.clip import Decode
from edge_aibench.scenarios.camera.gallery import find_images
from edge_aibench.scenarios.camera.gate import Gate
from edge_aibench.scenarios.camera.parameters import GateParameters, video_parameters
from edge_aibench.scenarios.camera.quality import identity_at
from edge_aibench.scenarios.camera.recognition import load_identify
from edge_aibench.scenarios.camera.site import generated_site
from edge_aibench.scenarios.camera.street.site_folder import generated_folder
from edge_aibench.scenarios.camera.street.writer import GALLERY_FOLDER
from edge_aibench.scenarios.camera.tasks.person_reid.data.cameras import CAMERAS

THRESHOLDS = np.arange(0.70, 0.95, 0.02)


@dataclass(frozen=True, kw_only=True)
class Watched:
    """Of each cut-out, (n,): who it shows, who is most alike, and the cosine."""

    truth: NDArray[np.int64]
    nearest: NDArray[np.int64]
    likeness: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Shares:
    """What a threshold gives."""

    threshold: float
    known_right: float
    strangers_right: float
    all_right: float


def watch(seed: int) -> Watched:
    """Look at one loop of all cameras of a generated site."""
    scenario = load_scenario("camera").scenario
    folder = generated_folder(cache_folder(), seed=seed)
    site = generated_site(folder, video_parameters(scenario), seed=1)
    parameters = own_parameters(scenario, "gate", GateParameters)
    identify = load_identify(
        scenario,
        find_images(folder / GALLERY_FOLDER),
        runtime="auto",
        known_above=-1.0,
    )
    decode = Decode()
    rows: list[tuple[int, int, float]] = []
    for camera in range(len(CAMERAS)):
        recording = site.recording(camera)
        gate = Gate(site.history(camera), recording.zone, parameters)
        for sequence in range(len(recording)):
            seen = gate.observe(site.frame(camera, sequence))
            truth = site.truth(camera, sequence)
            if seen is None or truth is None or not seen.cut_outs:
                continue
            people = decode.process(Call(camera, sequence, {"gate": seen}))
            for found in identify.process(Call(camera, sequence, {"decode": people})):
                rows.append((identity_at(found.box, truth), found.identity, found.likeness))
    truths, nearest, likeness = zip(*rows, strict=True)
    return Watched(truth=np.array(truths), nearest=np.array(nearest), likeness=np.array(likeness))


def shares(watched: Sequence[Watched], threshold: float) -> Shares:
    """What a threshold gives on several sites together."""
    truth, nearest, likeness = (
        np.concatenate([getattr(part, name) for part in watched])
        for name in ("truth", "nearest", "likeness")
    )
    known, accepted = truth > 0, likeness >= threshold
    right = np.where(known, accepted & (truth == nearest), ~accepted)
    return Shares(
        threshold=round(float(threshold), 2),
        known_right=float(right[known].mean()),
        strangers_right=float(right[~known].mean()),
        all_right=float(right.mean()),
    )


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[8, 9, 10, 11])
    parser.add_argument("--judge", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    chosen_on, judged_on = [watch(seed) for seed in options.seeds], [watch(options.judge)]
    table = [
        (shares(chosen_on, threshold), shares(judged_on, threshold)) for threshold in THRESHOLDS
    ]
    if options.json:
        print(json.dumps([{"chosen_on": asdict(a), "judged_on": asdict(b)} for a, b in table]))
        return 0
    print("threshold | seeds", *options.seeds, "| seed", options.judge)
    print("          | known strangers all | known strangers all")
    for here, there in table:
        print(
            f"{here.threshold:9.2f}",
            *(
                f"| {part.known_right:.3f} {part.strangers_right:.3f} {part.all_right:.3f}"
                for part in (here, there)
            ),
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
