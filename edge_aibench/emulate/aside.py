"""Working something out in a forked process of its own, so that the engine stays light.

The process reads what its parent has read, loads whatever it needs, and ends with its answer.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from typing import Any

from edge_aibench.emulate import interrupts, kernel
from edge_aibench.emulate.carried import read_error, write_error
from edge_aibench.errors import EdgeAIBenchError, RunError

Tell = Callable[[Any], None]
"""Tells the parent how far the work has come, in plain JSON types."""


def work_aside(
    work: Callable[[Tell], dict[str, Any]], *, failed: str, heard: Tell = lambda _news: None
) -> dict[str, Any]:
    """Do *work* in a fork and give what it gives, in plain JSON types; *heard* is told its news.

    Raises RunError, which begins with *failed*, if it fails or ends without an answer; an error
    of ours as it is.
    """
    read_end, write_end = os.pipe()
    with interrupts.held():
        pid = os.fork()
        if pid == 0:
            os.close(read_end)
            _work_and_end(work, write_end)
    os.close(write_end)
    try:
        with os.fdopen(read_end) as lines:
            said: dict[str, Any] = {"failure": "it ended without a word"}
            for line in lines:
                said = json.loads(line)
                if "news" in said:
                    heard(said["news"])
    except KeyboardInterrupt:
        os.kill(pid, signal.SIGKILL)
        raise
    finally:
        os.waitpid(pid, 0)
    if "error" in said:
        raise read_error(said["error"])
    if "answer" not in said:
        raise RunError(f"{failed}: {said.get('failure', 'it ended without a word')}")
    answer: dict[str, Any] = said["answer"]
    return answer


def _work_and_end(work: Callable[[Tell], dict[str, Any]], write_end: int) -> None:
    # Interrupts, held back since the fork, are the parent's to act on: it ends this process.
    said: dict[str, Any] = {}
    with os.fdopen(write_end, "w") as lines:

        def tell(said: dict[str, Any]) -> None:
            lines.write(json.dumps(said) + "\n")
            lines.flush()

        try:
            kernel.die_with_parent()
            # Runtimes talk on stderr while they load; the user's screen is no place for that.
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, 1)
            os.dup2(nothing, 2)
            said = {"answer": work(lambda news: tell({"news": news}))}
        except EdgeAIBenchError as error:
            said = {"error": write_error(error)}
        except BaseException as error:  # noqa: BLE001 - told to the parent, which raises it
            said = {"failure": f"{type(error).__name__}: {error}"}
        finally:
            tell(said)
            os._exit(0)
