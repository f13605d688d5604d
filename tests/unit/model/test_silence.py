"""Whose silence must be announced, worked out on paper."""

from __future__ import annotations

from edge_aibench.model.scenario import Scenario, Sensor, Stage
from edge_aibench.model.silence import ancestors, announcing_stages


def graph(end: str, **needs: str) -> Scenario:
    stages = {
        name.replace("_", "-"): Stage(kind="fuse", needs=tuple(of.split()), place="edge")
        for name, of in needs.items()
    }
    return Scenario(
        name="graph",
        topology="lab",
        components="x:y",
        instances={"name": "camera"},
        sensors={"video": Sensor(node="camera", payload_bytes=1.0)},
        stages=stages,
        done_at=end,
    )


def test_in_a_chain_nobody_need_be_told() -> None:
    assert announcing_stages(graph("c", a="video", b="a", c="b")) == frozenset()


def test_a_camera_tells_its_event_of_missing_people_and_clips() -> None:
    # gate -> people, clip -> action; event waits for both. All hang on the gate, which is silent.
    scenario = graph(
        "event", gate="video", people="gate", clip="gate", action="clip", event="people action"
    )
    assert announcing_stages(scenario) == {"people", "clip", "action"}
    assert ancestors(scenario, "event") == {"gate", "people", "clip", "action"}
    assert ancestors(scenario, "clip") == {"gate"}


def test_a_stage_that_is_awaited_beside_the_sensor_itself_tells() -> None:
    assert announcing_stages(graph("b", a="video", b="a video")) == {"a"}
