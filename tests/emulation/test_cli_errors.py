"""Wrong arguments and damaged files: refused by name, before anything is built."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_aibench.cli import main
from edge_aibench.scenarios.icu.cohort import default_cohort
from tests.emulation.conftest import EMPTY_WARD, OWN_MOUNTS, Place

pytestmark = pytest.mark.emulation

Refuse = Callable[..., str]


@pytest.fixture
def refuse(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Refuse:
    """Run a command that must end with *code* and one message, which is given, and make nothing."""
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(place.folder)

    def run(*arguments: str, code: int = 2) -> str:
        ending = main(arguments)
        written = capsys.readouterr()
        assert ending == code, written.err
        assert written.out == ""
        assert written.err.startswith("error: ")
        assert "Traceback" not in written.err
        assert "pydantic" not in written.err
        assert "bug of edge-aibench" not in written.err
        assert not (place.folder / "runs").exists()
        assert place.nothing_is_left(), place.snapshot()
        return written.err

    return run


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("icuu",), ["no scenario of this name", "'icuu'", "did you mean icu?"]),
        (("./nowhere",), ["nowhere"]),
        (("icu", "--topology", "icu-wrad"), ["no topology of this name", "icu-ward"]),
        (("icu", "--topology", "./none.yaml"), ["none.yaml"]),
        (("icu", "--patients", "0"), ["at least 1 patient", "found 0"]),
        (("icu", "--patients", "-3"), ["at least 1 patient", "found -3"]),
        (("icu", "--patients", "abc"), ["--patients", "'abc'", "integer"]),
        (("icu", "--patients", "1.5"), ["--patients", "'1.5'", "integer"]),
        (("icu", "--patients", "100000"), ["at most 50000", "found 100000", "hosts fit"]),
        (("icu", "--dilation", "0"), ["--dilation", "from 1 to 1000", "'0'"]),
        (("icu", "--dilation", "abc"), ["--dilation", "from 1 to 1000", "'abc'"]),
        (("icu", "--dilation", "nan"), ["--dilation", "from 1 to 1000", "'nan'"]),
        (("icu", "--interval", "0"), ["arrivals.interval", "at least 1 ms"]),
        (("icu", "--interval", "-1s"), ["arrivals.interval", "'-1s'"]),
        (("icu", "--interval", "soon"), ["arrivals.interval", "'soon'", "unit"]),
        (("icu", "--arrivals", "often"), ["'often'", "poisson"]),
        (("icu", "--duration", "0"), ["--duration", "0.0"]),
        (("icu", "--duration", "nan"), ["--duration", "number of seconds"]),
        (("icu", "--duration", "inf"), ["--duration", "number of seconds"]),
        (("icu", "--duration", "1e12"), ["--duration", "at most 5,000,000 observations"]),
        (("icu", "--warmup", "-1"), ["--warmup", "-1"]),
        (("icu", "--warmup", "nan"), ["--warmup", "number of seconds"]),
        (("icu", "--seed", "-1"), ["--seed", "-1"]),
        (("icu", "--repeat", "0"), ["--repeat", "0"]),
        (
            ("icu", "--slo", "e3e.p99<10ms"),
            ["--slo", "no measure of this name", "'e3e.p99'", "e2e"],
        ),
        (("icu", "--slo", "e2e.p99"), ["--slo", "a comparison", "'e2e.p99<10ms'"]),
        (("icu", "--slo", ""), ["--slo", "found ''"]),
        (("icu", "--link", "access=5h"), ["--link access=5h", "no link preset", "known"]),
        (("icu", "--link", "acces=lte"), ["--link", "acces"]),
        (("icu", "--set", "nosuch=3"), ["--set nosuch=3", "no section"]),
        (("icu", "--set", "links.access.delay=long"), ["links.access", "'long'"]),
        (("icu", "--place", "nowhere"), ["no place of this name", "'nowhere'", "bedside"]),
        (("icu", "--place", "deth=edge"), ["deth", "death"]),
        (("icu", "--runtime", "litrt"), ["--runtime", "'litrt'", "litert"]),
        (("icu", "--inference", "stream"), ["--inference", "'stream'", "streaming"]),
        (("icu", "--backend", "wire"), ["--backend", "'wire'", "relay"]),
        (("icu", "--data-root", "nowhere"), ["nowhere", "in-hospital-mortality"]),
    ],
)
def test_a_wrong_argument_is_refused_by_name(
    refuse: Refuse, arguments: tuple[str, ...], words: list[str]
) -> None:
    message = refuse("emulate", *arguments)
    for word in words:
        assert word in message


def test_nothing_to_measure_is_refused(refuse: Refuse) -> None:
    # One observation an hour, at a random phase, and a tenth of a second to meet it.
    hourly = ("--set", "sensors.monitor.arrivals.interval=1h")
    message = refuse("emulate", str(EMPTY_WARD), *hourly, "--patients", "1", "--duration", "0.1")
    assert "--duration" in message
    assert "none falls into it" in message


def test_more_patients_than_fit_into_memory_are_refused_with_how_many_fit(refuse: Refuse) -> None:
    message = refuse("emulate", "icu", "--patients", "50000", code=3)
    # 50,000 beds, an edge and a cloud host.
    assert "50002 hosts need" in message
    assert "hosts fit" in message


def test_more_patients_than_the_cores_can_serve_are_refused_with_how_many_fit(
    refuse: Refuse,
) -> None:
    fast = ("--set", "sensors.monitor.arrivals.interval=1ms")
    message = refuse("emulate", str(EMPTY_WARD), *fast, "--patients", "40", code=3)
    assert "40 patients would ask" in message
    assert "fit at dilation 1" in message


def test_hardware_faster_than_this_machine_needs_dilation(refuse: Refuse, place: Place) -> None:
    scenario = shutil.copytree(EMPTY_WARD, place.folder / "ward")
    (topology,) = scenario.glob("topologies/*.yaml")
    text = topology.read_text()
    assert "edge-server" in text
    hardware = "hardware: {name: rocket, speed: 6.5, source: made up}"
    topology.write_text(text.replace("hardware: edge-server", hardware))
    message = refuse("emulate", str(scenario), "--patients", "1")
    assert "'rocket' is 6.5 times as fast" in message
    assert "--dilation 7" in message


def test_a_broken_file_of_the_user_is_named_with_the_line(refuse: Refuse, place: Place) -> None:
    scenario = shutil.copytree(EMPTY_WARD, place.folder / "ward")
    file = scenario / "scenario.yaml"
    file.write_text(file.read_text().replace("stages:\n", "stages: [\n"))
    message = refuse("emulate", str(scenario))
    assert "scenario.yaml" in message


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("def components(context", ["stages.py", "SyntaxError"]),
        ("def component(context): ...", ["stages.py", "components"]),
        ("import no_such_module_anywhere", ["stages.py", "no_such_module_anywhere"]),
    ],
)
def test_broken_code_of_the_user_is_named(
    refuse: Refuse, place: Place, code: str, words: list[str]
) -> None:
    scenario = shutil.copytree(EMPTY_WARD, place.folder / "ward")
    (scenario / "stages.py").write_text(code)
    message = refuse("emulate", str(scenario))
    for word in words:
        assert word in message


def test_a_folder_that_is_no_run_is_not_replayed(refuse: Refuse, place: Place) -> None:
    assert "no manifest.json" in refuse("replay", str(place.folder))
    assert "no manifest.json" in refuse("replay", "nowhere")


def test_a_run_that_is_not_in_the_books_is_not_cleaned(refuse: Refuse) -> None:
    message = refuse("clean", "--run", "abc123")
    assert "no run of this id" in message
    assert "'abc123'" in message


# Damaged data and weights.


@pytest.fixture
def cohort(place: Place, cohort_cache: Path) -> Path:
    """A copy of the generated patients, to be damaged."""
    made = default_cohort(cohort_cache / "edge-aibench")
    return shutil.copytree(made, place.folder / "patients")


def _a_test_series(cohort: Path) -> Path:
    """A file that the ward must read: it looks at each whole stay of the test split."""
    return sorted((cohort / "phenotyping" / "test").glob("*_timeseries.csv"))[0]


def _put_text_where_a_number_belongs(lines: list[str]) -> list[str]:
    column = lines[0].split(",").index("Heart Rate")
    cells = lines[3].split(",")
    cells[column] = "fast"
    return [*lines[:3], ",".join(cells), *lines[4:]]


def _rename_a_channel(lines: list[str]) -> list[str]:
    return [lines[0].replace("Heart Rate", "Pulse"), *lines[1:]]


def _cut_a_row_short(lines: list[str]) -> list[str]:
    return [*lines[:5], lines[5][:7]]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_put_text_where_a_number_belongs, [".csv:4", "Heart Rate", "'fast'"]),
        (_rename_a_channel, ["Heart Rate"]),
        (_cut_a_row_short, [".csv:6", "18 cells"]),
    ],
)
def test_a_damaged_series_is_named_with_row_and_column(
    refuse: Refuse, cohort: Path, damage: Callable[[list[str]], list[str]], words: list[str]
) -> None:
    file = _a_test_series(cohort)
    file.write_text("\n".join(damage(file.read_text().splitlines())) + "\n")
    message = refuse("emulate", "icu", "--duration", "1", "--data-root", str(cohort))
    assert file.name in message
    for word in words:
        assert word in message


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting one file over another needs root")
@pytest.mark.parametrize("kept", [0.5, 1.0], ids=["truncated", "altered"])
def test_damaged_weights_are_named(place: Place, kept: float) -> None:
    import edge_aibench.scenarios.icu

    folder = Path(edge_aibench.scenarios.icu.__file__).resolve().parent / "weights"
    good = folder / "death.tflite"
    content = good.read_bytes()
    damaged = place.folder / "damaged"
    damaged.write_bytes(content[: int(len(content) * kept) - 1] + b"\0")
    # Only the command sees the damaged file: it is mounted in a namespace of its own.
    script = 'mount --bind "$DAMAGED" "$GOOD" && exec "$@"'
    ended = place.run(
        *("emulate", "icu", "--patients", "2", "--out", str(place.out)),
        wrapper=(*OWN_MOUNTS, "sh", "-c", script, "sh"),
        environment={"DAMAGED": str(damaged), "GOOD": str(good)},
    )
    assert ended.code == 2, ended.err
    assert "death.tflite" in ended.err
    assert "sha256" in ended.err
    assert "Traceback" not in ended.err
    assert not place.out.exists()
    assert place.nothing_is_left(), place.snapshot()
    assert good.read_bytes() == content


def test_a_run_whose_configuration_was_altered_is_not_replayed(
    refuse: Refuse, place: Place
) -> None:
    folder = place.folder / "20260101T000000Z-icu-abc123"
    folder.mkdir()
    config = b"scenario: {}\n"
    (folder / "config.yaml").write_bytes(config)
    manifest = {
        "run": folder.name,
        "scenario": "icu",
        "engine": "emulate",
        "started_utc": "2026-01-01T00:00:00Z",
        "files": {"config.yaml": {"size_bytes": len(config), "sha256": "0" * 64}},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    message = refuse("replay", str(folder))
    assert "config.yaml" in message
    assert "checksum differs" in message
