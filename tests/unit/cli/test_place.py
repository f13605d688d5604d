"""`edge-aibench place` and `edge_aibench.place`, on the intensive care unit with given times."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import edge_aibench as eb
from edge_aibench.placement.choice import Assignment
from edge_aibench.placement.decision import Decision
from edge_aibench.placement.problem import Problem

Call = Callable[..., Any]
TIMES = ("--service", "all=constant 0.5 ms")
QUICK = ("icu", "--patients", "8", "--duration", "20", *TIMES)


def one_line(text: str) -> str:
    return " ".join(text.split())


def test_it_shows_the_best_all_policies_and_the_commands(call: Call) -> None:
    ending = call("place", *QUICK, "--budget")
    assert ending.code == 0
    said = one_line(ending.out)
    # Each network takes 2 ms on the bedside's quarter of a core, 0.5 ms and two links elsewhere.
    assert "icu on icu-ward, 8 instances: heart-failure=edge,decompensation=edge,death=edge" in said
    assert "proven: best of all 27 by simulation" in said
    assert "all kept: end-to-end budget (e2e.p99 <= 10 ms)" in said
    for policy in ("device-only", "cloud-only", "edgeward", "greedy", "kubernetes-like", "random"):
        assert policy in said
    assert "edge-aibench simulate icu --instances 8" in said
    assert "policy greedy" in ending.err


def test_the_command_it_shows_gives_the_figures_it_shows(call: Call, tmp_path: Path) -> None:
    decision = json.loads(call("place", *QUICK, "--json", "--quiet").out)
    words = decision["simulate_command"].replace("'", "").split()[1:]
    service = words.index("--service")
    words[service + 1 :] = [" ".join(words[service + 1 :])]
    ended = call(*words, "--out", str(tmp_path), "--json", "--quiet")
    latency = json.loads(ended.out)["latency"]["e2e"]["percentiles"]["p99"]
    shown = decision["best"]["measures"]["e2e.p99"]
    assert (latency["value"], latency["lower"]) == (shown["value"], shown["lower"])


def test_json_is_the_document_that_is_kept(call: Call, tmp_path: Path) -> None:
    ending = call(
        "place", *QUICK, "--policy", "edge-only", "--json", "--quiet", "--out", str(tmp_path)
    )
    document = json.loads(ending.out)
    assert document == json.loads((tmp_path / "placement.json").read_text())
    assert Decision.model_validate(document).best_policy == "edge-only"
    assert not document["proven"]
    assert ending.err == ""


def test_a_front_of_two_objectives(call: Call) -> None:
    ending = call("place", *QUICK, "--objective", "e2e.p99,energy.total", "--json", "--quiet")
    front = json.loads(ending.out)["front"]
    figures = [
        (each["measures"]["e2e.p99"]["value"], each["measures"]["energy.total"]["value"])
        for each in front
    ]
    assert figures == sorted(figures)
    assert [energy for _, energy in figures] == sorted((e for _, e in figures), reverse=True)


def test_limits_that_nothing_keeps_are_named_and_make_the_exit_code(call: Call) -> None:
    ending = call("place", *QUICK, "--limit", "e2e.p99<=1 us", "--limit", "e2e.mean<=1 s")
    assert ending.code == 99
    assert "no placement there is keeps e2e.p99<=1 us" in one_line(ending.out)


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (("--objective", "speed"), "--objective: there is no measure of this name"),
        (("--policy", "best"), "--policy: there is no placement policy of this name"),
        (("--limit", "e2e.p99=3"), "--limit: must be written with <="),
        (("--quality-floor", "death=0.99"), "death: no node can host this stage"),
        (("--patients", "0"), "must be at least 1 patient"),
        (
            ("--set", "budgets.end-to-end=null", "--set", "budgets.communication=null", "--budget"),
            "--budget: the scenario has no budget",
        ),
        (("--service", "death=constant 3 s"), "no node can host this stage"),
        (("--emulate-top", "2", "--objective", "quality.death"), "no measure of an emulated run"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(call: Call, words: tuple[str, ...], rule: str) -> None:
    ending = call("place", *QUICK, "--policy", "edge-only", *words)
    assert ending.code == 2
    assert rule in one_line(ending.err)
    assert "Traceback" not in ending.err


def test_a_policy_of_ones_own(call: Call, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        "def nearest(problem):\n"
        "    return problem.uniform({s: c[0] for s, c in problem.options.items()})\n"
        "def fails(problem):\n"
        "    return problem.nothing\n"
    )
    file = tmp_path / "own.py"
    ending = call("place", *QUICK, "--policy", f"{file}:nearest", "--policy", "edge-only")
    assert ending.code == 0
    assert "nearest" in ending.out
    ending = call("place", *QUICK, "--policy", f"{file}:fails", "--policy", "edge-only")
    assert ending.code == 2
    assert "ended with AttributeError" in one_line(ending.err)


def test_from_python_with_a_function() -> None:
    def all_in_the_cloud(problem: Problem) -> Assignment:
        return problem.uniform({s: choices[-1] for s, choices in problem.options.items()})

    found = eb.place(
        "icu",
        patients=4,
        duration_s=10,
        service={"all": "constant 0.5 ms"},
        policies=[all_in_the_cloud, "edge-only"],
    )
    assert [result.policy for result in found.policies] == ["all_in_the_cloud", "edge-only"]
    assert found.place == "heart-failure=edge,decompensation=edge,death=edge"
    assert found.feasible


def test_homes_keep_sound_and_pictures_in_the_house(call: Call) -> None:
    ending = call(
        *("place", "home", "--homes", "1", "--duration", "20", "--service", "all=constant 1 ms"),
        *("--policy", "edge-only", "--json", "--quiet"),
    )
    kept_out = {
        (each["stage"], each["choice"]): each["rule"] for each in json.loads(ending.out)["refused"]
    }
    assert kept_out["speech", "cloud, lite"] == "decode-sound stays within the edge tier"
    assert kept_out["compress-image", "cloud"] == "camera stays within the edge tier"
    assert kept_out["command", "thermometer"] == "microcontroller runs its sensor only"
    assert ("command", "cloud") not in kept_out
