"""Start an agent on an emulated host: fork from the warm engine, enter the host's network.

The engine is still single-threaded when it forks, and agents share its pages, so thirty-two of
them cost little more memory than one and none of them waits for an import.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edge_aibench.emulate import kernel
from edge_aibench.emulate.agents.control import ControlLine
from edge_aibench.errors import EdgeAIBenchError


@dataclass(frozen=True)
class AgentProcess:
    """A running agent: its name, process number and the engine's end of its line."""

    name: str
    pid: int
    line: ControlLine


def start_agent(
    name: str, body: Callable[[ControlLine], None], *, network_of: int, log: Path
) -> AgentProcess:
    """Fork a process that runs *body* in the network namespace of process *network_of*.

    What it prints goes to the end of *log*. An error in *body* is sent as an `error` frame.
    """
    ours, theirs = ControlLine.pair()
    pid = os.fork()
    if pid == 0:
        _become(name, body, theirs, network_of=network_of, log=log)
    theirs.close()
    return AgentProcess(name=name, pid=pid, line=ours)


def _become(
    name: str, body: Callable[[ControlLine], None], line: ControlLine, *, network_of: int, log: Path
) -> None:
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        kernel.die_with_parent()
        kernel.set_process_name(name)
        _redirect_to(log)
        _close_inherited(keep=line.fileno())
        kernel.enter_network_of(network_of)
        gc.freeze()
        body(line)
        code = 0
    except EdgeAIBenchError as error:
        line.send_data("error", {"what": str(error), "exit_code": error.exit_code})
    except BaseException as error:  # noqa: BLE001 - the process ends here; the engine is told
        line.send_data("error", {"what": f"{type(error).__name__}: {error}", "exit_code": 70})
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _redirect_to(log: Path) -> None:
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)


def _close_inherited(*, keep: int) -> None:
    # The other agents' lines and the hosts' terminals must not be held open from here: a
    # closed line is how either side learns that the other has gone.
    os.closerange(3, keep)
    os.closerange(keep + 1, os.sysconf("SC_OPEN_MAX") if keep > 4096 else 4097)
