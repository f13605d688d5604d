"""How right the answers were, by what the generated site knows; and what the gate is worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final

from edge_aibench.model.components import NOT_JUDGED, judged_values
from edge_aibench.scenarios.camera.codecs import SeenCodec
from edge_aibench.scenarios.camera.gate import Gate
from edge_aibench.scenarios.camera.street.truth import STRANGER
from edge_aibench.scenarios.camera.tasks.action.presets import CLIP_FRAMES

if TYPE_CHECKING:
    from edge_aibench.model.components import Answer
    from edge_aibench.model.scenario import Scenario
    from edge_aibench.scenarios.camera.parameters import GateParameters
    from edge_aibench.scenarios.camera.site import Site
    from edge_aibench.scenarios.camera.street.layout import Box
    from edge_aibench.scenarios.camera.street.truth import FrameTruth
    from edge_aibench.scenarios.camera.views import Action, Event, Sighting

UHD_RAW_BPS: Final = 3.2e9
"""What Edge AIBench says a surveillance camera of 4K at 60 frames a second gives."""

# The overlap from which a cut-out, twice as high as wide, is that of a body: a slim one covers
# four tenths of its own cut-out.
_SAME_PERSON: Final = 0.3
_SHIPPED: Final = {"person-reid": ("map", "rank1"), "action": ("top1",)}


def score_sightings(sightings: Sequence[Sighting], truth: FrameTruth | None) -> float:
    """The share of cut-outs named right: the identity, or stranger for whoever is one.

    A cut-out of nobody is right if it is called a stranger.
    """
    if truth is None or not sightings:
        return NOT_JUDGED
    right = [seen.identity == identity_at(seen.box, truth) for seen in sightings]
    return sum(right) / len(right)


def score_action(action: Action, truths: Sequence[FrameTruth | None]) -> float:
    """1 if it is what most of the clip's frames show, 0 if not, or if nobody was there."""
    if None in truths:
        return NOT_JUDGED
    shown = Counter(truth.action for truth in truths if truth is not None and truth.action)
    return float(bool(shown) and shown.most_common(1)[0][0] == action.label)


def clip_truths(site: Site, instance: int, sequence: int) -> list[FrameTruth | None]:
    """What is true of the frames of a clip that ends with an observation."""
    return [
        site.truth(instance, number) for number in range(sequence - CLIP_FRAMES + 1, sequence + 1)
    ]


def score_event(event: Event, site: Site, instance: int, sequence: int) -> float:
    """The mean of the scores of what an event reports."""
    scores = []
    if event.sightings:
        scores.append(score_sightings(event.sightings, site.truth(instance, sequence)))
    if event.action is not None:
        scores.append(score_action(event.action, clip_truths(site, instance, sequence)))
    return fmean(scores) if scores else NOT_JUDGED


def judge_answers(answers: Sequence[Answer], scenario: Scenario) -> dict[str, dict[str, Any]]:
    """By stage, the shipped weights' quality on their test split, and that of this run.

    `run_accuracy` is the mean score of the `run_cases` answers that could be judged, None
    without any. Frames of one walk are not independent of each other.
    """
    from edge_aibench.inference.stage_network import shipped_figures

    judged: dict[str, list[float]] = {name: [] for name in scenario.inference_stages()}
    judged |= judged_values(answers)
    return {
        stage: {
            **shipped_figures(scenario.stages[stage], _SHIPPED.get(stage, ())),
            "run_accuracy": fmean(scores) if scores else None,
            "run_cases": len(scores),
        }
        for stage, scores in judged.items()
    }


@dataclass
class _Passage:
    """What a gate did to the frames of one camera."""

    frames: int = 0
    passed: int = 0
    sent_bytes: int = 0
    with_people: int = 0
    found: int = 0
    without_anything: int = 0
    stopped: int = 0

    def add(self, truth: FrameTruth | None, *, sent_bytes: int, cut_outs: Sequence[Box]) -> None:
        self.frames += 1
        self.passed += sent_bytes > 0
        self.sent_bytes += sent_bytes
        if truth is None:
            return
        whole = [passer.body for passer in truth.passers if passer.whole]
        self.with_people += bool(whole)
        self.found += bool(whole) and all(
            any(body.overlap(box) >= _SAME_PERSON for box in cut_outs) for body in whole
        )
        if not truth.passers and truth.action is None:
            self.without_anything += 1
            self.stopped += sent_bytes == 0


@dataclass
class _Total:
    passages: dict[str, _Passage] = field(default_factory=dict)

    def share(self, part: str, of: str) -> float | None:
        whole = sum(getattr(passage, of) for passage in self.passages.values())
        if not whole:
            return None
        return float(sum(getattr(passage, part) for passage in self.passages.values()) / whole)


def judge_gate(
    site: Site,
    parameters: GateParameters,
    *,
    cameras: int,
    frames: int,
    interval_s: float,
) -> dict[str, Any]:
    """What a gate does to the first *frames* frames of each recording, one loop at most.

    Done again here, as a stopped frame leaves no answer. `recall`: of the frames in which
    somebody is whole in view, those in which all such are cut out. `stopped_empty`: of the
    frames in which nothing happens, those that were not sent. `compression` by recording: bytes
    of the raw frames over bytes sent. Rates are those of one camera.
    """
    total, codec = _Total(), SeenCodec()
    raw_bytes = 0
    for camera in range(cameras):
        recording = site.recording(camera)
        if recording.name in total.passages:
            break
        gate = Gate(site.history(camera), recording.zone, parameters)
        passage = total.passages[recording.name] = _Passage()
        for sequence in range(min(frames, len(recording))):
            frame = site.frame(camera, sequence)
            raw_bytes = frame.nbytes
            seen = gate.observe(frame)
            passage.add(
                site.truth(camera, sequence),
                sent_bytes=0 if seen is None else len(codec.encode(seen)),
                cut_outs=() if seen is None else [cut_out.box for cut_out in seen.cut_outs],
            )
    sent_bytes = total.share("sent_bytes", "frames")
    return {
        "recall": total.share("found", "with_people"),
        "passed": total.share("passed", "frames"),
        "stopped_empty": total.share("stopped", "without_anything"),
        "compression": {
            name: raw_bytes * passage.frames / passage.sent_bytes if passage.sent_bytes else None
            for name, passage in sorted(total.passages.items())
        },
        "raw_bps": 8 * raw_bytes / interval_s,
        "sent_bps": None if sent_bytes is None else 8 * sent_bytes / interval_s,
        "raw_4k_60_bps": UHD_RAW_BPS,
    }


def identity_at(box: Box, truth: FrameTruth) -> int:
    """Who a cut-out shows; STRANGER also where it shows nobody."""
    nearest = max(truth.passers, key=lambda passer: passer.body.overlap(box), default=None)
    if nearest is None or nearest.body.overlap(box) < _SAME_PERSON:
        return STRANGER
    return nearest.identity
