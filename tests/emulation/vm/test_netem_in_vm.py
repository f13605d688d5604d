"""The contract of the link backends, run in a virtual machine whose kernel has netem.

For machines whose own kernel lacks it. The guest boots a Debian kernel under QEMU's software
emulation, with this machine's root file system read-only and everything it writes in memory.
It is slow, so that delays may be 15 ms late and a rate of 100 Mbit/s is beyond it; that each
delay is there, that nothing is lost or counted wrong and that tc takes what we write is exact.

Needs the Debian packages qemu-system-x86, busybox-static and cpio, and a kernel unpacked into a
folder that the variable EDGE_AIBENCH_VM_KERNEL names:

    apt-get download linux-image-6.1.0-56-amd64 && dpkg -x linux-image-*.deb FOLDER
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.vm

_MODULES = [
    *("virtio", "virtio_ring", "virtio_pci", "virtio_pci_modern_dev", "virtio_pci_legacy_dev"),
    *("netfs", "fscache", "9pnet", "9pnet_virtio", "9p"),
    *("llc", "stp", "bridge", "veth", "sch_netem"),
]
_MEGABYTES = 2048
_WITHIN_S = 900
_MARK = "guest-tests-ended-with"

_INIT = """\
#!/bin/busybox sh
set -e
/bin/busybox mkdir -p /proc /host
/bin/busybox mount -t proc proc /proc
# In rounds, until every module has found those it needs.
for round in 1 2 3 4 5 6; do
    for module in /modules/*.ko; do /bin/busybox insmod $module 2>/dev/null || true; done
done
/bin/busybox mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=262144 host /host
/bin/busybox mount -t proc proc /host/proc
/bin/busybox mount -t sysfs sysfs /host/sys
/bin/busybox mount -t devtmpfs devtmpfs /host/dev
/bin/busybox mount -t tmpfs tmpfs /host/tmp
/bin/busybox mount -t tmpfs tmpfs /host/run
/bin/busybox cp /tests.sh /host/run/tests.sh
/bin/busybox chroot /host /bin/sh /run/tests.sh || true
echo o > /proc/sysrq-trigger
/bin/busybox sleep 60
"""


def _kernel_folder() -> Path:
    folder = os.environ.get("EDGE_AIBENCH_VM_KERNEL")
    if not folder:
        pytest.skip("EDGE_AIBENCH_VM_KERNEL names no folder with an unpacked Debian kernel")
    for program in ("qemu-system-x86_64", "busybox", "cpio"):
        if shutil.which(program) is None:
            pytest.skip(f"the program {program} is missing")
    return Path(folder)


def _initial_file_system(kernel: Path, tests: str, build: Path) -> Path:
    """Pack busybox, the modules, the init script and the *tests* to run."""
    root = build / "root"
    (root / "bin").mkdir(parents=True)
    (root / "modules").mkdir()
    busybox = shutil.which("busybox")
    assert busybox is not None
    shutil.copy(busybox, root / "bin" / "busybox")
    for name in _MODULES:
        for module in kernel.glob(f"lib/modules/*/kernel/**/{name}.ko"):
            shutil.copy(module, root / "modules")
    (root / "tests.sh").write_text(tests)
    init = root / "init"
    init.write_text(_INIT)
    init.chmod(0o755)
    names = "\n".join(str(path.relative_to(root)) for path in sorted(root.rglob("*")))
    archive = build / "initrd"
    with archive.open("wb") as packed:
        subprocess.run(
            ["cpio", "--quiet", "-o", "-H", "newc"],
            input=names.encode(),
            stdout=packed,
            cwd=root,
            check=True,
        )
    return archive


def _boot(kernel: Path, archive: Path) -> str:
    """Run the guest until it switches itself off; give what it wrote to its console."""
    (image,) = kernel.glob("boot/vmlinuz-*")
    command = ["qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max"]
    command += ["-m", str(_MEGABYTES), "-smp", "2", "-nographic", "-no-reboot", "-nic", "none"]
    command += ["-kernel", str(image), "-initrd", str(archive)]
    command += ["-append", "console=ttyS0 quiet panic=-1"]
    share = "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap"
    command += ["-virtfs", share]
    done = subprocess.run(
        command, capture_output=True, stdin=subprocess.DEVNULL, timeout=_WITHIN_S, check=False
    )
    return done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")


def test_netem_keeps_the_contract_of_link_backends(tmp_path: Path) -> None:
    kernel = _kernel_folder()
    repository = Path(__file__).resolve().parents[3]
    pytest_command = [sys.executable, "-B", "-m", "pytest", "-q", "-rs", "--color=no"]
    pytest_command += ["-p", "no:cacheprovider"]
    pytest_command += ["tests/emulation/links/test_contract.py"]
    pytest_command += ["-k", "netem and not 100000000"]
    tests = "\n".join(
        [
            "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp",
            # Where the guest is late, it is by its own slowness.
            "export EDGE_AIBENCH_TEST_LATE_S=0.015",
            f"cd {shlex.quote(str(repository))}",
            shlex.join(pytest_command),
            f"echo {_MARK} $?",
            "",
        ]
    )
    console = _boot(kernel, _initial_file_system(kernel, tests, tmp_path))
    ended = re.search(rf"{_MARK} (\d+)", console)
    assert ended is not None, console[-4000:]
    assert ended.group(1) == "0", console[-8000:]
    assert re.search(r"\d{2} passed", console), console[-4000:]
    assert "skipped" not in console, console[-4000:]
