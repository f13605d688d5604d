"""`emulate --find-capacity`, with runs whose outcome is a rule instead of a measurement."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from edge_aibench.api.choices import Choices
from edge_aibench.cli.emulation import Emulation
from edge_aibench.emulate.capacity import BeyondHostError
from edge_aibench.errors import RunError
from edge_aibench.record.example import example_run
from edge_aibench.record.summary import Summary, summarise

Call = Callable[..., Any]

# The example's budgets are 1 ms for communication, of which 4 ms end to end take 0.8, and 10 ms.
GOOD_MS, BAD_MS = 4.0, 50.0


@dataclass
class Runs:
    """Stands for `Emulation.prepare` and `measure`: up to *threshold* instances are in time."""

    threshold: int = 10**9
    use: Callable[[int], float] = field(default=lambda _number: 0.1)
    at: dict[int, BaseException] = field(default_factory=dict)
    refused_from: int = 10**9
    stopped_at: int | None = None
    count: int = 400
    disturbed: dict[int, int] = field(default_factory=dict)
    choices: list[Choices] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    rehearsals: list[object] = field(default_factory=list)
    measured: list[tuple[int, float]] = field(default_factory=list)

    def prepare(self, choices: Choices, **options: Any) -> object:
        number = choices.instances
        assert number is not None
        self.choices.append(choices)
        self.commands.append(options["command"])
        self.rehearsals.append(options["rehearsal"])
        if number >= self.refused_from:
            raise BeyondHostError(f"{number} hosts need more memory", mend="buy some")
        return SimpleNamespace(
            rehearsal="rehearsed",
            expectation=SimpleNamespace(use=self.use(number)),
            experiment=SimpleNamespace(dilation=choices.dilation),
            loads=(),
            measure=lambda _repeat: self._measure(number, choices.duration_s),
        )

    def _measure(self, number: int, duration_s: float) -> tuple[Summary | None, bool]:
        if number in self.at:
            raise self.at[number]
        self.measured.append((number, duration_s))
        latency_ms = GOOD_MS if number <= self.threshold else BAD_MS
        self.disturbed[number] = self.disturbed.get(number, 0) - 1
        pressure = 0.5 if self.disturbed[number] >= 0 else 0.05
        data = example_run([latency_ms] * self.count, instances=number, pressure=pressure)
        return summarise(data, folder=f"runs/{number}"), number == self.stopped_at


@pytest.fixture
def search(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., tuple[Any, dict[str, Any]]]:
    """Search among *runs* with further options: the ending, and what capacity.json holds."""

    def run(runs: Runs, *words: str) -> tuple[Any, dict[str, Any]]:
        monkeypatch.setattr(Emulation, "prepare", runs.prepare)
        monkeypatch.setattr(
            "sys.argv", ["edge-aibench", "emulate", "icu", "--find-capacity", *words]
        )
        out = ("--out", str(tmp_path))
        ending = call("emulate", "icu", "--find-capacity", "--quiet", *out, *words)
        files = list(tmp_path.glob("*-icu-capacity-*/capacity.json"))
        return ending, json.loads(files[0].read_text()) if files else {}

    return run


Search = Callable[..., tuple[Any, dict[str, Any]]]


def test_the_largest_number_is_found_and_saved(search: Search) -> None:
    runs = Runs(threshold=11)
    ending, saved = search(runs, "--instances", "8", "--json")
    assert ending.code == 0
    assert json.loads(ending.out) == saved
    assert (saved["largest_passed"], saved["smallest_failed"], saved["ending"]) == (11, 12, "found")
    assert [trial["instances"] for trial in saved["trials"]] == [8, 16, 12, 10, 11]
    assert saved["trials"][0]["runs"] == ["runs/8"]
    assert saved["judged_by"] == ["communication p99 <= 1 ms", "end to end p99 <= 10 ms"]


def test_it_is_told_in_words(search: Search) -> None:
    ending, _ = search(Runs(threshold=2), "--instances", "2")
    assert "2 patients shown to meet the budget, 3 shown not to" in ending.out
    assert "most time of its requests near p99: service death" in " ".join(ending.out.split())


def test_every_number_has_the_same_seed_and_one_rehearsal(search: Search) -> None:
    runs = Runs(threshold=2)
    search(runs, "--instances", "2", "--seed", "7")
    assert {choices.seed for choices in runs.choices} == {7}
    assert runs.rehearsals == [None, "rehearsed", "rehearsed"]


def test_it_begins_where_a_run_is_long_enough_for_a_verdict(search: Search) -> None:
    # One observation a second; a p99 needs 368 of them: 13 patients for 30 s.
    runs = Runs(threshold=3)
    search(runs, "--duration", "30")
    # Fewer are observed for longer: 1.05 * 368 / n seconds.
    assert runs.measured == [(13, 30.0), (6, 65.0), (3, 129.0), (4, 97.0)]


def test_each_run_can_be_repeated_by_itself(search: Search) -> None:
    runs = Runs(threshold=4)
    search(runs, "--instances", "4", "--at-most", "4", "--duration", "100")
    assert runs.commands == [
        "edge-aibench emulate icu --instances 4 --duration 100 --instances 4 --duration 100"
    ]


def test_an_undecided_number_is_run_once_more_and_longer(search: Search) -> None:
    runs = Runs(count=100)
    ending, saved = search(runs, "--instances", "16", "--at-most", "16")
    # 368 requests are wanted, 100 came in 30 s.
    assert runs.measured[:2] == [(16, 30.0), (16, 111.0)]
    # Then fewer, in case they pass; each of them twice, too.
    assert [number for number, _ in runs.measured] == [16, 16, 8, 8, 4, 4, 2, 2, 1, 1]
    assert {(t["outcome"], t["lengthened"]) for t in saved["trials"]} == {("UNDECIDED", True)}
    assert ending.code == 98
    assert "undecided, and so not shown to pass: 1, 2, 4, 8, 16" in " ".join(ending.out.split())


def test_a_run_that_something_disturbed_is_repeated_once(search: Search) -> None:
    # The first of 16 and both of 18 are INVALID for CPU pressure.
    runs = Runs(threshold=17, disturbed={16: 1, 18: 2})
    ending, saved = search(runs, "--instances", "16", "--at-most", "20")
    assert [number for number, _ in runs.measured] == [16, 16, 20, 18, 18, 17]
    assert [t["outcome"] for t in saved["trials"]] == ["PASS", "FAIL", "INVALID", "PASS"]
    assert (saved["largest_passed"], saved["smallest_failed"]) == (17, 20)
    said = " ".join(ending.out.split())
    assert "the capacity lies from 17 to 19" in said
    assert "18 could not be judged on this machine (cpu-pressure: 50.0%)" in said


def test_objectives_stand_for_the_budgets(search: Search) -> None:
    slo = ("--slo", "e2e.max<5ms")
    ending, saved = search(Runs(threshold=16), *slo, "--instances", "16", "--at-most", "17")
    assert ending.code == 0
    assert (saved["largest_passed"], saved["smallest_failed"]) == (16, 17)
    assert saved["judged_by"] == ["e2e.max<5ms"]


def test_a_machine_without_room_ends_the_search(search: Search) -> None:
    ending, saved = search(Runs(refused_from=20), "--instances", "16")
    assert ending.code == 0
    assert (saved["largest_passed"], saved["smallest_failed"]) == (19, None)
    assert (saved["smallest_invalid"], saved["ending"]) == (20, "machine")
    assert "the search ended at this machine's limit" in " ".join(ending.out.split())


def test_what_would_be_invalid_is_not_run(search: Search) -> None:
    runs = Runs(use=lambda number: number / 10)
    ending, saved = search(runs, "--instances", "8", "--at-most", "8")
    # 7 of 10 is the most of the cores that a run may be expected to take.
    assert [number for number, _ in runs.measured] == [4, 6, 7]
    assert (saved["largest_passed"], saved["smallest_invalid"]) == (7, 8)
    assert "80% of this machine's cores" in saved["trials"][0]["why"]
    assert ending.code == 0


def test_a_machine_that_can_emulate_nothing_is_invalid(search: Search) -> None:
    ending, saved = search(Runs(refused_from=1), "--instances", "2")
    assert ending.code == 4
    assert (saved["largest_passed"], saved["smallest_invalid"]) == (0, 1)


def test_an_interrupt_shows_what_is_known(search: Search) -> None:
    ending, saved = search(Runs(stopped_at=32), "--instances", "16")
    assert ending.code == 130
    assert "16 patients shown to meet the budget; interrupted" in ending.out
    assert [trial["instances"] for trial in saved["trials"]] == [16]
    assert saved["ending"] == "interrupted"


def test_so_does_one_between_runs(search: Search) -> None:
    ending, saved = search(Runs(at={32: KeyboardInterrupt()}), "--instances", "16")
    assert ending.code == 130
    assert saved["largest_passed"] == 16


def test_an_interrupt_before_anything_is_known(search: Search) -> None:
    ending, saved = search(Runs(at={16: KeyboardInterrupt()}), "--instances", "16")
    assert ending.code == 130
    assert saved == {}
    assert "none shown to pass; interrupted" in ending.out


def test_a_run_that_breaks_ends_the_search_with_its_error(search: Search) -> None:
    ending, saved = search(Runs(at={32: RunError("lost the broker")}), "--instances", "16")
    assert ending.code == 5
    assert "lost the broker" in ending.err
    assert (saved["ending"], saved["largest_passed"]) == ("failed", 16)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--find-capacity", "--at-most", "4", "--instances", "5"], "--at-most: must not be below"),
        (["--at-most", "4"], "--at-most: goes with --find-capacity only"),
    ],
)
def test_options_that_do_not_go_together(call: Call, words: list[str], message: str) -> None:
    ending = call("emulate", "icu", *words)
    assert ending.code == 2
    assert message in ending.err


def test_something_to_judge_by_is_needed(call: Call) -> None:
    empty_ward = Path(__file__).parents[3] / "benchmarks" / "empty_ward"
    ending = call("emulate", str(empty_ward), "--find-capacity")
    assert ending.code == 2
    assert "needs something to judge by" in ending.err
    assert "--slo" in ending.err
