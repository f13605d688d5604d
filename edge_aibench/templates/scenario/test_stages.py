"""All stages in the order of the graph, without a network: run it with pytest."""

from __future__ import annotations

from pathlib import Path

from edge_aibench.testing.play import play


def test_most_answers_are_right() -> None:
    played = play(Path(__file__).parent, instances=2, observations=50)
    assert len(played.outputs["bearing"]) == 100
    # A lamp that never lights up is right about half of the time.
    assert played.quality["bearing"]["run_right"] > 0.8
