from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from edge_aibench.record.data import RunData
from edge_aibench.record.environment import collect
from edge_aibench.record.example import example_run
from edge_aibench.record.latency import latencies
from edge_aibench.record.slo import evaluate, parse_slo
from edge_aibench.record.summary import summarise
from edge_aibench.report.html import render_report
from edge_aibench.report.svg import Mark, part_bars, tail_chart

VOID = {"meta", "line", "rect", "polyline"}


class Tree(HTMLParser):
    """Checks that every element is closed in order; gathers tags, attributes and text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def report(data: RunData) -> str:
    summary = summarise(data, folder="runs/x")
    return render_report(
        summary,
        latencies(data).named(),
        config=data.experiment,
        environment=collect([]),
        slos=[evaluate(parse_slo("e2e.max<1s"), summary)],
    )


def parsed(text: str) -> Tree:
    tree = Tree()
    tree.feed(text)
    tree.close()
    assert tree.open == []
    return tree


@pytest.mark.parametrize(
    "run", [[5.0] * 400, [5.0, None], [None], [float(n) for n in range(1, 500)]]
)
def test_the_page_is_well_formed(run: list[float | None]) -> None:
    tree = parsed(report(example_run(run)))
    html = next(attributes for tag, attributes in tree.tags if tag == "html")
    assert html["lang"] == "en"


def test_nothing_is_loaded_and_nothing_runs() -> None:
    text = report(example_run([5.0] * 400))
    tree = parsed(text)
    assert not {tag for tag, _ in tree.tags} & {"script", "link", "img", "iframe", "object"}
    attributes = {name for _, found in tree.tags for name in found}
    assert not attributes & {"src", "href", "xlink:href", "onclick", "onload"}
    assert "url(" not in text
    assert "http" not in text


def test_a_big_run_stays_below_200_kilobytes() -> None:
    generator = np.random.default_rng(1)
    run = [float(x) for x in generator.gamma(4.0, 1.0, 5000)]
    data = example_run(run, instances=128)
    big = replace(data, experiment={"key": [f"value number {n}" for n in range(20_000)]})
    text = report(big)
    assert len(text.encode()) < 200_000
    assert "the rest is in config.yaml" in text


def test_hostile_names_stay_text() -> None:
    attack = "<script>alert(1)</script>\"'&"
    data = example_run([5.0] * 400)
    hostile = replace(
        data,
        scenario=attack,
        repeat_command="edge-aibench '<b>'",
        quality={attack: {attack: attack}},
        experiment={attack: attack},
        links=tuple(link.model_copy(update={"link": attack}) for link in data.links),
        hops=data.hops.assign(link=attack),
        health=replace(data.health, warnings=(attack,), clock=attack),
    )
    text = report(hostile)
    tree = parsed(text)
    assert "<script" not in text
    assert "<b>" not in text
    assert not {tag for tag, _ in tree.tags} & {"script", "b"}
    assert any(attack in words for words in tree.words)


def test_pictures_have_a_name_and_tables_have_headers() -> None:
    tree = parsed(report(example_run([float(n) for n in range(1, 500)])))
    pictures = [a for tag, a in tree.tags if tag == "svg" and a.get("aria-hidden") != "true"]
    assert len(pictures) == 3
    assert all(a["role"] == "img" and a["aria-label"] for a in pictures)
    assert {a.get("scope") for tag, a in tree.tags if tag == "th"} == {"row", "col"}


def test_light_and_dark() -> None:
    assert "prefers-color-scheme:dark" in report(example_run([5.0]))


def test_an_invalid_run_shows_no_latency() -> None:
    text = report(example_run([6.0] * 400, pressure=0.5))
    assert "INVALID" in text
    assert "cannot be trusted" in text
    assert "6.00" not in text
    assert "polyline" not in text
    assert "goodput" not in text


def test_scaled_nodes_are_named_and_never_called_measured() -> None:
    judged = {"name": "old-box", "speed": 0.5}
    experiment = {"topology": {"nodes": {"gateway": {"hardware": judged}}}}
    page = parsed(report(replace(example_run([5.0] * 40), experiment=experiment)))
    assert {"Scaled hardware", "gateway", "old-box", "scaled by a judged 0.5"} <= set(page.words)
    assert "Scaled hardware" not in parsed(report(example_run([5.0] * 40))).words


def test_verdicts_and_objectives() -> None:
    words = parsed(report(example_run([6.0] * 400))).words
    for word in ("PASS", "FAIL", "kept", "e2e.max<1s", "runs/x"):
        assert any(word in found for found in words)


def curve(chart: str) -> list[tuple[float, float]]:
    """The points of the first line of a chart."""
    line = re.findall(r'class="line s0" points="([^"]+)"', chart)[0]
    pairs = (pair.split(",") for pair in line.split())
    return [(float(x), float(y)) for x, y in pairs]


def test_a_tail_by_hand() -> None:
    # 1, 10, 100 and 1000 ms: shares at least as slow 1, 0.75, 0.5, 0.25.
    chart = tail_chart({"x": np.array([1.0, 10.0, 100.0, 1000.0])}, title="t")
    points = curve(chart)
    assert len(points) == 4
    # Equal steps of the value are equal steps to the right; the curve falls (y grows down).
    steps = np.diff([x for x, _ in points])
    assert steps == pytest.approx([steps[0]] * 3, abs=0.2)
    assert points[0][1] == pytest.approx(14.0)
    assert all(np.diff([y for _, y in points]) > 0)


def test_unanswered_requests_keep_the_curve_off_the_floor() -> None:
    chart = tail_chart({"x": np.array([1.0, 2.0, np.inf, np.inf])}, title="t")
    both = tail_chart({"x": np.array([1.0, 2.0, 3.0, 4.0])}, title="t")
    assert max(y for _, y in curve(chart)) < max(y for _, y in curve(both))


def test_everything_is_drawn_inside_the_picture() -> None:
    chart = tail_chart(
        {"x": np.geomspace(0.01, 500, 1000)}, title="t", marks=[Mark("budget", 900.0)]
    )
    for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)[ \"]", chart):
        assert 0 <= float(x) <= 720
        assert 0 <= float(y) <= 320
    assert "budget" in chart


def test_nothing_to_draw() -> None:
    assert tail_chart({}, title="t") == ""
    assert tail_chart({"x": np.array([np.inf])}, title="t") == ""
    assert part_bars([], title="t", names=("a", "b")) == ""


def test_bars_share_one_scale() -> None:
    bars = part_bars([("p", 1.0, 4.0), ("q", 2.0, 0.0)], title="t", names=("mean", "slow"))
    widths = [float(w) for w in re.findall(r'height="12" width="([\d.]+)"', bars)]
    assert widths == pytest.approx([w * widths[1] / 4.0 for w in (1.0, 4.0, 2.0, 0.0)], abs=0.1)
