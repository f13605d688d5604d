from __future__ import annotations

import math
import shlex
from typing import Literal

import pytest
from pydantic import JsonValue

from edge_aibench.record.example import example_run
from edge_aibench.record.links import LinkAsked, LinkResult, LinkTraffic
from edge_aibench.record.scaling import ScaledNode
from edge_aibench.record.summary import summarise
from edge_aibench.record.values import Estimate
from edge_aibench.report import wording


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.0797, "0.0797"),
        (1.0, "1.00"),
        (9.996, "10.0"),
        (123.4, "123"),
        (999.4, "999"),
        (999.6, "1000"),
        (12345.6, "12346"),
        (math.inf, "never"),
        (None, "-"),
    ],
)
def test_milliseconds(value: float | None, text: str) -> None:
    assert wording.milliseconds(value) == text


def test_a_figure_without_a_whole_interval_is_not_printed() -> None:
    short = Estimate(value=5.0, lower=4.0, upper=None, needs=368, method="order-statistics")
    assert (wording.point(short), wording.interval(short)) == ("-", "needs 368")
    lost = Estimate(value=math.inf, lower=5.0, upper=math.inf, method="order-statistics")
    assert (wording.point(lost), wording.interval(lost)) == ("never", "5.00-never")


def test_wires_of_a_group_are_one_line() -> None:
    up, down = wording.link_lines(example_run([5.0], instances=3).links)
    assert (up.name, up.wires, down.name) == ("access up", 3, "access down")
    assert (up.rate_asked, up.rate_achieved) == ("100 Mbit/s", "99.2 Mbit/s")
    assert (up.loss_asked, up.loss_achieved) == ("0 %", "0 %")


def test_what_links_carried_is_a_rate_over_the_whole_load() -> None:
    summary = summarise(example_run([5.0] * 8, warmup=2), folder="r")
    asked = LinkAsked(delay_s=0.001)

    def wire(number: int, way: Literal["up", "down"], size_bytes: int) -> LinkResult:
        traffic = LinkTraffic(bytes=size_bytes)
        return LinkResult(
            wire=f"access/{number}", link="access", direction=way, asked=asked, traffic=traffic
        )

    # Eight requests a tenth of a second apart: 0.8 s. 1000 bytes in that time are 10 kbit/s.
    links = (wire(0, "up", 1000), wire(1, "up", 3000), wire(0, "down", 500), wire(1, "down", 500))
    assert wording.carried_lines(summary.model_copy(update={"links": links})) == [
        ("access up", "10 kbit/s to 30 kbit/s a wire"),
        ("access down", "5 kbit/s a wire"),
    ]
    unknown = (LinkResult(wire="access/0", link="access", direction="up", asked=asked),)
    assert wording.carried_lines(summary.model_copy(update={"links": unknown})) == []


@pytest.mark.parametrize(
    "command",
    [
        "edge-aibench emulate icu",
        "edge-aibench emulate icu " + " ".join(f"--set 'links.a{n}.delay=2 ms'" for n in range(20)),
        "edge-aibench emulate icu --slo 'e2e.p99<10ms' --out 'my runs/$HOME'",
    ],
)
def test_a_broken_command_line_can_be_pasted(command: str) -> None:
    lines = wording.command_lines(command)
    assert max(map(len, lines.splitlines())) <= 72
    assert shlex.split(lines.replace("\\\n", "")) == shlex.split(command)


def test_quality_in_words() -> None:
    quality: dict[str, JsonValue] = {
        "death": {"auroc": 0.84321, "n": 3},
        "face": "n/a (untrained)",
        "x": None,
    }
    assert wording.quality_lines(quality) == [
        ("death", "auroc 0.8432, n 3"),
        ("face", "n/a (untrained)"),
        ("x", "n/a"),
    ]


def test_nodes_of_one_hardware_are_one_line() -> None:
    def scaled(node: str, hardware: str) -> ScaledNode:
        return ScaledNode(node=node, hardware=hardware, speed=0.5, text="scaled by a judged 0.5")

    nodes = [scaled("gateway", "box"), scaled("cloud", "server"), scaled("camera", "box")]
    assert wording.scaling_lines(nodes) == [
        "gateway, camera: box, scaled by a judged 0.5",
        "cloud: server, scaled by a judged 0.5",
    ]


@pytest.mark.parametrize(
    ("value", "said"),
    [(None, "-"), (0.861, "86.1 %"), (9.99, "999 %"), (10.0, "1,000 %"), (123.456, "12,346 %")],
)
def test_a_share_is_never_written_with_a_power_of_ten(value: float | None, said: str) -> None:
    assert wording.share(value) == said
