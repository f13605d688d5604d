"""`./run` installs once, starts at once afterwards, and mends what was interrupted.

The script is real; the Python it finds answers like one and writes down what pip was asked,
so that a whole installation takes milliseconds. The apt-get of the last tests does the same,
in a mount namespace where it cannot touch this machine.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

FAKE_PYTHON = """#!/bin/sh
case "$*" in
"-c import ensurepip, venv") ;;
-c*) exit "${OLD:-0}" ;;
--version) echo "Python 3.9.2" ;;
"-m venv "*)
    mkdir -p "$3/bin"
    : >"$3/pyvenv.cfg"
    cp "$0" "$3/bin/python"
    printf '#!/bin/sh\\nprintf "<%%s>" "$@"\\npwd\\n' >"$3/bin/edge-aibench"
    chmod +x "$3/bin/edge-aibench"
    ;;
*"pip "*)
    echo "$*" >>"$PIP_LOG"
    [ -z "${FIRST_PIP_WAITS_FOR:-}" ] || [ "$(wc -l <"$PIP_LOG")" != 1 ] ||
        cat "$FIRST_PIP_WAITS_FOR" >/dev/null
    [ -z "${PIP_KILLS:-}" ] || kill -KILL "$PPID"
    exit "${PIP_FAILS:-0}"
    ;;
esac
"""

FAKE_APT_GET = """#!/bin/sh
echo "$DEBIAN_FRONTEND $*" >>"$APT_LOG"
for service in mosquitto.service ssh.service; do
    /usr/sbin/policy-rc.d $service start
    echo "$service $?" >>"$APT_LOG"
done
[ -z "${KEEP_POLICY:-}" ] || cp /usr/sbin/policy-rc.d "$KEEP_POLICY"
"""

DEBIAN_PACKAGES = "mininet mosquitto iproute2 bridge-utils iputils-ping procps"


class Checkout:
    """A folder with the script and the files it reads."""

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder = folder
        folder.mkdir()
        for name in ("run", "constraints.txt", "pyproject.toml"):
            shutil.copy(root / name, folder / name)
        self.python = folder.parent / "python3"
        self.python.write_text(FAKE_PYTHON)
        self.python.chmod(0o755)
        self.log = folder.parent / "pip.log"

    @property
    def venv(self) -> Path:
        return self.folder / ".venv"

    def environment(self, **changes: str) -> dict[str, str]:
        return {**os.environ, "PYTHON": str(self.python), "PIP_LOG": str(self.log), **changes}

    def run(
        self, *arguments: str, cwd: Path | None = None, **changes: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.folder / "run"), *arguments],
            cwd=cwd or self.folder,
            env=self.environment(**changes),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def start(self, **changes: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.folder / "run"), "list"],
            env=self.environment(**changes),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def pip_calls(self) -> int:
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0


@pytest.fixture
def checkout(tmp_path: Path, root: Path) -> Checkout:
    return Checkout(tmp_path / "a checkout", root)


def test_the_first_call_installs_from_the_pins_and_then_runs(checkout: Checkout) -> None:
    ended = checkout.run("list", "two words")
    assert ended.returncode == 0
    assert ended.stdout == f"<list><two words>{checkout.folder}\n"
    setuptools, package = checkout.log.read_text().splitlines()
    assert setuptools.endswith(f"--constraint {checkout.folder}/constraints.txt setuptools")
    assert package.endswith(f"--no-build-isolation --editable {checkout.folder}")


def test_the_second_call_installs_nothing_and_says_nothing(checkout: Checkout) -> None:
    checkout.run("list")
    ended = checkout.run("list", PIP_FAILS="1")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert checkout.pip_calls() == 2


def test_it_runs_in_the_callers_folder_and_through_a_link(
    checkout: Checkout, tmp_path: Path
) -> None:
    checkout.run("list")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = elsewhere / "run"
    link.symlink_to(checkout.folder / "run")
    ended = subprocess.run(
        ["./run", "list"],
        cwd=elsewhere,
        env=checkout.environment(),
        capture_output=True,
        check=True,
    )
    assert ended.stdout.decode() == f"<list>{elsewhere}\n"


@pytest.mark.parametrize("name", ["constraints.txt", "pyproject.toml"])
def test_changed_pins_are_installed_into_the_same_venv(checkout: Checkout, name: str) -> None:
    checkout.run("list")
    (checkout.venv / "kept").touch()
    with (checkout.folder / name).open("a") as file:
        file.write("# changed\n")
    assert checkout.run("list").returncode == 0
    assert checkout.pip_calls() == 4
    assert (checkout.venv / "kept").exists()


def test_a_failed_installation_is_told_and_started_afresh(checkout: Checkout) -> None:
    ended = checkout.run("list", PIP_FAILS="1")
    assert ended.returncode == 3
    assert ended.stdout == ""
    assert "pip could not install" in ended.stderr
    (checkout.venv / "half-installed").touch()
    assert checkout.run("list").returncode == 0
    assert not (checkout.venv / "half-installed").exists()


def test_a_killed_installation_is_started_afresh(checkout: Checkout) -> None:
    assert checkout.run("list", PIP_KILLS="1").returncode == -9
    (checkout.venv / "half-installed").touch()
    assert checkout.run("list").returncode == 0
    assert not (checkout.venv / "half-installed").exists()


def test_a_killed_update_is_started_afresh(checkout: Checkout) -> None:
    checkout.run("list")
    with (checkout.folder / "constraints.txt").open("a") as file:
        file.write("# changed\n")
    assert checkout.run("list", PIP_KILLS="1").returncode == -9
    (checkout.venv / "half-installed").touch()
    assert checkout.run("list").returncode == 0
    assert not (checkout.venv / "half-installed").exists()


def test_a_moved_checkout_gets_a_new_venv(checkout: Checkout) -> None:
    checkout.run("list")
    (checkout.venv / "of-the-old-place").touch()
    checkout.folder = checkout.folder.rename(checkout.folder.with_name("moved"))
    assert checkout.run("list").stdout == f"<list>{checkout.folder}\n"
    assert not (checkout.venv / "of-the-old-place").exists()


def test_a_venv_made_by_hand_is_kept(checkout: Checkout) -> None:
    subprocess.run([checkout.python, "-m", "venv", checkout.venv], check=True)
    (checkout.venv / "of-the-user").touch()
    assert checkout.run("list").returncode == 0
    assert (checkout.venv / "of-the-user").exists()


def test_two_first_calls_at_once_install_once(checkout: Checkout, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    with contextlib.ExitStack() as calls:
        first = calls.enter_context(checkout.start(FIRST_PIP_WAITS_FOR=str(gate)))
        # Opening waits for the reader: from here until the end the first call holds the lock.
        with gate.open("w"):
            second = calls.enter_context(checkout.start())
            assert second.stderr is not None
            assert second.stderr.readline().endswith("another ./run that is installing\n")
        for call in (first, second):
            output, _ = call.communicate(timeout=60)
            assert (call.returncode, output) == (0, f"<list>{Path.cwd()}\n")
    assert checkout.pip_calls() == 2


def test_a_python_too_old_is_named_with_its_version(checkout: Checkout) -> None:
    ended = checkout.run("list", OLD="1")
    assert ended.returncode == 3
    assert f"Python 3.11 or 3.12 is needed; there is {checkout.python} (Python 3.9.2)" in (
        ended.stderr
    )
    assert not checkout.venv.exists()


def test_a_python_that_is_not_there_is_named(checkout: Checkout) -> None:
    ended = checkout.run("list", PYTHON="python-of-nobody")
    assert ended.returncode == 3
    assert "python-of-nobody (not found)" in ended.stderr


class BareSystem:
    """A system without our Debian packages, in a mount namespace with its own /usr/sbin."""

    def __init__(self, checkout: Checkout, folder: Path) -> None:
        self.checkout = checkout
        self.programs = folder / "bin"
        self.system_programs = folder / "sbin"
        self.programs.mkdir()
        self.system_programs.mkdir()
        basic = "sh cat chmod cp dirname flock id mkdir printf pwd readlink rm sha256sum"
        for name in basic.split():
            (self.programs / name).symlink_to(_which(name))
        self.log = folder / "apt.log"

    @property
    def policy(self) -> Path:
        return self.system_programs / "policy-rc.d"

    def add_program(self, name: str, text: str) -> None:
        (self.programs / name).write_text(text)
        (self.programs / name).chmod(0o755)

    def run(self, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        script = 'mount --bind "$1" /usr/sbin; PATH=$2; export PATH; shift 2; exec "$@"'
        enter = ["unshare", *_user_namespace(), "--mount", "sh", "-ec", script, "sh"]
        call = [self.system_programs, self.programs, self.checkout.folder / "run", *arguments]
        return subprocess.run(
            [*enter, *map(str, call)],
            env=self.checkout.environment(APT_LOG=str(self.log), **changes),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def _which(name: str) -> str:
    path = shutil.which(name)
    assert path is not None, name
    return path


def _user_namespace() -> list[str]:
    return [] if os.geteuid() == 0 else ["--user", "--map-root-user"]


@pytest.fixture
def bare_system(checkout: Checkout, tmp_path: Path) -> BareSystem:
    return BareSystem(checkout, tmp_path)


@pytest.mark.emulation
class TestDebianPackages:
    def test_commands_that_need_none_work_without(self, bare_system: BareSystem) -> None:
        assert bare_system.run("list").returncode == 0
        assert bare_system.run("emulate", "--help").returncode == 0

    def test_root_gets_them_installed(self, bare_system: BareSystem) -> None:
        bare_system.add_program("apt-get", FAKE_APT_GET)
        ended = bare_system.run("emulate", "icu")
        assert ended.returncode == 0
        lines = bare_system.log.read_text().splitlines()
        # While apt-get works, mosquitto may not start, and everything else may.
        services = ["mosquitto.service 101", "ssh.service 0"]
        assert [lines[1:3], lines[4:6]] == [services, services]
        assert lines[0].startswith("noninteractive ")
        assert lines[0].endswith(" update")
        assert lines[3].endswith(f" install -y --no-install-recommends {DEBIAN_PACKAGES}")
        assert "kept from starting" in ended.stderr
        assert not bare_system.policy.exists()

    def test_the_policy_is_void_once_the_installer_is_gone(
        self, bare_system: BareSystem, tmp_path: Path
    ) -> None:
        bare_system.add_program("apt-get", FAKE_APT_GET)
        left = tmp_path / "left-policy"
        bare_system.run("emulate", "icu", KEEP_POLICY=str(left))
        assert subprocess.run(["sh", left, "mosquitto.service"], check=False).returncode == 0

    def test_a_policy_of_the_system_stays_as_it_is(self, bare_system: BareSystem) -> None:
        bare_system.add_program("apt-get", FAKE_APT_GET)
        bare_system.policy.write_text("#!/bin/sh\nexit 104\n")
        bare_system.policy.chmod(0o755)
        assert bare_system.run("emulate", "icu").returncode == 0
        assert bare_system.policy.read_text() == "#!/bin/sh\nexit 104\n"

    def test_a_failed_apt_get_leaves_no_policy(self, bare_system: BareSystem) -> None:
        bare_system.add_program("apt-get", "#!/bin/sh\nexit 100\n")
        ended = bare_system.run("emulate", "icu")
        assert ended.returncode == 3
        assert "apt-get could not install" in ended.stderr
        assert not bare_system.policy.exists()

    def test_without_rights_the_exact_command_is_shown(self, bare_system: BareSystem) -> None:
        bare_system.add_program("apt-get", FAKE_APT_GET)
        (bare_system.programs / "id").unlink()
        bare_system.add_program("id", "#!/bin/sh\necho 1000\n")
        ended = bare_system.run("emulate", "icu")
        assert ended.returncode == 3
        assert (
            "  -> sudo apt-get update && sudo apt-get install -y --no-install-recommends "
            f"{DEBIAN_PACKAGES}\n"
        ) in ended.stderr
        assert not bare_system.log.exists()

    def test_a_system_without_apt_get_is_told_what_is_missing(
        self, bare_system: BareSystem
    ) -> None:
        ended = bare_system.run("emulate", "icu")
        assert ended.returncode == 3
        assert f"has no apt-get, and these Debian packages are missing: {DEBIAN_PACKAGES}" in (
            ended.stderr
        )
