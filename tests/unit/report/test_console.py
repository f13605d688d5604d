from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from edge_aibench.record.combine import combine
from edge_aibench.record.data import RunData
from edge_aibench.record.example import example_run
from edge_aibench.record.slo import evaluate, parse_slo
from edge_aibench.record.summary import summarise
from edge_aibench.report.console import render_live, render_plan, render_summary, to_text
from edge_aibench.report.views import LiveView, PlanHost, PlanLink, PlanView

PLAN = PlanView(
    scenario="icu",
    title="Patients in intensive care",
    engine="emulate",
    topology="icu-ward",
    instances="32 patients",
    hosts=(
        PlanHost("bedside", 32, "device", "bedside-monitor", ("bedside",)),
        PlanHost("edge", 1, "edge", "edge-server", ("window", "heart-failure", "death")),
    ),
    links=(PlanLink("access", ("bedside", "edge"), 32, "0.5 ms, 100 Mbit/s", "0.6 ms"),),
    load=("monitor: every 1 s, 144 B", "32 requests a second"),
    budgets=("end to end: p99 within 10 ms",),
    duration_s=30,
    warmup_s=3,
    seed=9,
    wall_s=36,
    backend="relay",
    cores=2,
    expected_use=0.3,
    scaled=("bedside: board, scaled by 0.125: ResNet-50 here 56 ms, there 448 ms (somebody)",),
    notes=("[relay] forwards packets in user space",),
)
LIVE = LiveView(
    elapsed_s=12,
    total_s=33,
    sent=384,
    done=380,
    p50_ms=3.61,
    p99_ms=9.8,
    in_budget=0.992,
    lateness_p99_ms=0.12,
    cpu_pressure=0.04,
)


def text_of(data: RunData, *, show_invalid: bool = False) -> str:
    return to_text(render_summary(summarise(data, folder="runs/x"), show_invalid=show_invalid))


def row(text: str, start: str) -> list[str]:
    return next(line for line in text.splitlines() if line.startswith(start)).split()


def latency_row(text: str) -> list[str]:
    """The cells of the end-to-end row of the latency table."""
    return row(text.partition("Latency in ms")[2], "end to end ")[3:]


def test_the_plan_says_what_will_run() -> None:
    text = to_text(render_plan(PLAN))
    for fact in (
        "32 patients",
        "emulate, links by relay",
        "icu-ward",
        "p99 within 10 ms",
        "about 30 % of 2 cores",
        "3 s warm-up, then 30 s; about 36 s here",
        "0.5 ms, 100 Mbit/s",
        "bedside-monitor",
        "heart-failure",
        "144 B",
        "scaled by 0.125",
    ):
        assert fact in text
    # Square brackets are the user's, not markup.
    assert "note: [relay] forwards packets in user space" in text


def test_the_live_line_is_one_line_and_carries_the_moment() -> None:
    text = to_text(render_live(LIVE))
    assert text.count("\n") == 1
    assert text.startswith("12/33 s, 380/384 done, p50/99 3.61/9.80 ms, 99.2% in time")
    early = to_text(render_live(LiveView(elapsed_s=0, total_s=33, sent=0, done=0)))
    assert early == "0/33 s, 0/0 done\n"


@pytest.mark.parametrize("width", [80, 120])
def test_everything_fits_the_terminal(width: int) -> None:
    summary = summarise(example_run([float(1 + n % 97) for n in range(900)]), folder="runs/x")
    for renderable in (render_plan(PLAN), render_live(LIVE), render_summary(summary)):
        text = to_text(renderable, width=width)
        assert max(map(len, text.splitlines())) <= width
        assert "…" not in text


def test_figures_of_a_run_by_hand() -> None:
    text = text_of(example_run([float(1 + n * 379 % 1000) for n in range(1000)]))
    assert latency_row(text) == ["1000", "500", "900", "990", "1000"]
    assert "VALID  8 checks passed" in text
    assert "1000 planned = 10 in time + 990 late + 0 timed out + 0 failed + 0 warm-up" in (
        " ".join(text.split())
    )
    assert "runs/x" in text
    assert "edge-aibench emulate icu --seed 1" in text


def test_too_few_requests_print_no_percentile() -> None:
    text = text_of(example_run([5.0] * 100))
    assert "needs 368" in text
    assert latency_row(text) == ["100", "5.00", "5.00", "-", "5.00"]


def test_verdicts_are_words_not_only_colours() -> None:
    text = text_of(example_run([6.0] * 400))
    assert row(text, "communication, uplink")[2] == "PASS"
    assert row(text, "communication, downlink")[2] == "FAIL"
    assert row(text, "end to end ")[3] == "PASS"


def test_quality_stands_beside_latency() -> None:
    lines = text_of(example_run([6.0] * 400)).splitlines()
    death = next(i for i, line in enumerate(lines) if line.startswith("death "))
    assert lines[death + 1].startswith("auroc 0.84")
    other = next(i for i, line in enumerate(lines) if line.startswith("decompensation "))
    assert lines[other + 1].startswith("n/a (untrained)")


def test_an_invalid_run_says_why_and_prints_no_nice_number() -> None:
    data = example_run([6.0] * 400, pressure=0.5, links_within=False)
    text = text_of(data)
    assert "INVALID  cpu-pressure: 50.0% (limit: at most 20%)" in text
    assert "-> quiet the machine" in text
    for word in ("PASS", "FAIL", "6.00", "p50", "goodput"):
        assert word not in text
    assert "OFF" in text
    assert "6.00" in text_of(data, show_invalid=True)


def test_objectives_are_shown_with_their_outcome() -> None:
    summary = summarise(example_run([6.0] * 400), folder="r")
    slos = [evaluate(parse_slo(text), summary) for text in ("e2e.p99<7ms", "e2e.max<5ms")]
    text = to_text(render_summary(summary, slos=slos))
    rows = [line.split()[1:3] for line in text.splitlines() if line.startswith("slo ")]
    assert rows == [["kept", "e2e.p99<7ms:"], ["broken", "e2e.max<5ms:"]]


@pytest.mark.parametrize("pressure", [0.05, 0.9])
def test_scaled_nodes_are_named_whether_valid_or_not(pressure: float) -> None:
    judged = {"name": "old-box", "speed": 0.5}
    experiment = {"topology": {"nodes": {"gateway": {"hardware": judged}}}}
    data = replace(example_run([5.0] * 40, pressure=pressure), experiment=experiment)
    assert "scaled" in row(text_of(data), "scaled")
    assert "gateway: old-box, scaled by a judged 0.5" in text_of(data)


def test_unanswered_requests_are_in_sight() -> None:
    text = text_of(example_run([5.0] * 390 + [None] * 10))
    assert "10 never" in text
    assert latency_row(text)[-1] == "never"


def test_repeats_list_every_folder() -> None:
    runs = [summarise(example_run([ms] * 400), folder=f"runs/{ms}") for ms in (5.0, 5.1)]
    text = to_text(render_summary(combine(runs, repeat_command="again --repeat 2")))
    assert "2 repeats" in text
    assert "runs/5.0" in text
    assert "runs/5.1" in text


def test_an_interrupted_run_says_so() -> None:
    summary = summarise(example_run([5.0] * 400), folder="r", interrupted="Ctrl-C")
    assert "INTERRUPTED (Ctrl-C): partial results" in to_text(render_summary(summary))


@pytest.mark.parametrize("latencies", [[], [None], [0.001]])
def test_any_run_can_be_shown(latencies: list[float | None]) -> None:
    data = example_run(latencies)
    assert text_of(data, show_invalid=True)
    assert text_of(replace(data, links=(), tasks=(), quality={}), show_invalid=True)


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    summary = summarise(example_run([6.0] * 400), folder="r")

    def codes() -> bool:
        buffer = io.StringIO()
        Console(file=buffer, force_terminal=True, width=80, color_system="standard").print(
            render_summary(summary)
        )
        return any(f"\x1b[1;{colour}m" in buffer.getvalue() for colour in (31, 32, 33))

    monkeypatch.delenv("NO_COLOR", raising=False)
    assert codes()
    monkeypatch.setenv("NO_COLOR", "1")
    assert not codes()
