"""What follows from the findings: can this machine emulate, and with which link backends."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence

import pytest
import typer
from typer.testing import CliRunner

from edge_aibench.cli import doctor as doctor_command
from edge_aibench.clock import VirtualClock
from edge_aibench.emulate import preflight
from edge_aibench.emulate.attempt import Attempt
from edge_aibench.emulate.doctor import Diagnosis, diagnose, require_emulation
from edge_aibench.emulate.preflight import Finding
from edge_aibench.errors import HostError

NEEDED = Finding("bridge", True, "can be made", needed=True)
NO_NEEDED = Finding("bridge", False, "Not supported", "sudo modprobe bridge", needed=True)
NETEM = Finding("netem", True, "")
NO_NETEM = Finding("netem", False, "unknown", "use the relay")
SOCKET = Finding("packet socket", True, "")
NO_SOCKET = Finding("packet socket", False, "refused", "sudo modprobe af_packet")


def diagnosis(*findings: Finding) -> Diagnosis:
    return Diagnosis(preflight.AS_ROOT, findings)


def test_the_kernels_own_backend_comes_first() -> None:
    assert diagnosis(NEEDED, SOCKET, NETEM).backends == ("netem", "relay")


@pytest.mark.parametrize(
    ("findings", "possible"),
    [
        ((NEEDED, NETEM, SOCKET), True),
        ((NEEDED, NO_NETEM, SOCKET), True),
        ((NEEDED, NETEM, NO_SOCKET), True),
        ((NEEDED, NO_NETEM, NO_SOCKET), False),
        ((NO_NEEDED, NETEM, SOCKET), False),
    ],
)
def test_one_backend_and_all_that_is_needed_make_it_possible(
    findings: tuple[Finding, ...], possible: bool
) -> None:
    assert diagnosis(*findings).can_emulate is possible


def test_without_namespaces_nothing_is_possible() -> None:
    assert not Diagnosis(None, (NEEDED, NETEM, SOCKET)).can_emulate


def test_a_machine_that_can_is_let_through() -> None:
    require_emulation(diagnosis(NEEDED, NO_NETEM, SOCKET))


def test_the_error_names_each_obstacle_and_its_mend() -> None:
    missing = Finding("mnexec", False, "not found", "apt-get install mininet", needed=True)
    with pytest.raises(HostError) as caught:
        require_emulation(diagnosis(NO_NEEDED, missing, NETEM))
    assert "bridge: Not supported; mnexec: not found" in str(caught.value)
    assert "sudo modprobe bridge\n  -> apt-get install mininet" in str(caught.value)
    assert caught.value.exit_code == 3


def test_the_error_names_the_backends_when_only_they_are_missing() -> None:
    with pytest.raises(HostError, match=r"netem: unknown; packet socket: refused"):
        require_emulation(diagnosis(NEEDED, NO_NETEM, NO_SOCKET))


def test_a_machine_that_forbids_everything_is_diagnosed_all_the_same() -> None:
    def forbid(command: Sequence[str]) -> Attempt:
        return Attempt(ok=False, output=f"{command[0]}: Operation not permitted")

    found = diagnose(clock=VirtualClock(), attempter=forbid)
    assert found.isolation is None
    assert not found.can_emulate
    assert "namespaces" in {finding.name for finding in found.obstacles}
    # What is tried inside namespaces cannot be tried without them.
    assert "netem" not in {finding.name for finding in found.findings}


def test_a_machine_that_allows_everything_has_both_backends() -> None:
    def allow(command: Sequence[str]) -> Attempt:
        return Attempt(ok=True, output="version 9.9")

    found = diagnose(clock=VirtualClock(), attempter=allow)
    assert found.backends == ("netem", "relay")
    names = [finding.name for finding in found.findings]
    assert len(names) == len(set(names))


def test_the_document_is_plain_json_and_complete() -> None:
    document = json.loads(json.dumps(diagnosis(NEEDED, NO_NETEM, SOCKET).as_document()))
    assert document["can_emulate"] is True
    assert document["isolation"] == "root"
    assert document["backends"] == ["relay"]
    assert document["findings"][1] == {
        "name": "netem",
        "ok": False,
        "detail": "unknown",
        "mend": "use the relay",
        "needed": False,
    }


@pytest.mark.emulation
def test_this_machine_can_emulate_and_trying_leaves_nothing() -> None:
    before = {name for _, name in socket.if_nameindex()}
    found = diagnose()
    assert {name for _, name in socket.if_nameindex()} == before
    assert found.can_emulate, found.as_document()


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    app.callback()(lambda: None)  # keeps the name of the only command
    doctor_command.register(app)
    return app


def test_the_command_ends_with_3_where_nothing_is_installed(
    app: typer.Typer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    command = typer.main.get_command(app)
    assert command.main(["doctor"], standalone_mode=False) == 3
    shown = CliRunner().invoke(app, ["doctor"]).output
    assert "This machine cannot emulate; missing: namespaces, mnexec" in shown
    # The command that mends it stands on the lines of the finding, however they are wrapped.
    assert "apt-get install -y --no-install-recommends mininet" in " ".join(shown.split())


def test_the_command_prints_only_json_when_asked(
    app: typer.Typer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    document = json.loads(CliRunner().invoke(app, ["doctor", "--json"]).stdout)
    assert document["can_emulate"] is False
    (mnexec,) = [finding for finding in document["findings"] if finding["name"] == "mnexec"]
    assert mnexec["detail"] == "not found"


@pytest.mark.emulation
def test_the_command_ends_with_0_where_emulation_works(app: typer.Typer) -> None:
    command = typer.main.get_command(app)
    assert command.main(["doctor"], standalone_mode=False) == 0
    assert "This machine can emulate." in CliRunner().invoke(app, ["doctor"]).output
