"""A profile: measured service times of a task on a runtime and a machine, in a file.

Raw samples are kept, so that whoever reads the file can take any statistic and draw from the
measured distribution. Times are nanoseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from edge_aibench.config.json_file import validate_json
from edge_aibench.config.text_file import read_text

if TYPE_CHECKING:
    from pathlib import Path

FORMAT: Final = 1
MOST_BYTES: Final = 64 * 1024 * 1024
"""A profile has at most a thousand calls of each batch: some 50 kB."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BatchProfile(_Value):
    """Calls with so many samples at once, one entry a call.

    *cpu_ns* is the processor time of the whole process over a call.
    """

    batch: int
    preprocess_ns: list[int]
    inference_ns: list[int]
    postprocess_ns: list[int]
    cpu_ns: list[int]

    @property
    def wall_ns(self) -> list[int]:
        """The whole of each call."""
        parts = (self.preprocess_ns, self.inference_ns, self.postprocess_ns)
        return [sum(call) for call in zip(*parts, strict=True)]


class Contention(_Value):
    """Whether something else had the processor.

    *waiting_share* is the part of wall time in which a single-threaded call did not run, None
    with more threads. *pressure* is the share of the time in which some task of the machine
    waited for a core, *stolen_share* what other guests of the host took; None where the kernel
    does not tell.
    """

    contended: bool
    waiting_share: float | None
    pressure: float | None
    stolen_share: float | None


class TaskProfile(_Value):
    """All that was measured in one fresh process, and where.

    *hardware* is the catalogue's name of the machine, where the user gave it.
    """

    format: Literal[1] = FORMAT
    task: str
    preset: str
    runtime: str
    precision: str
    threads: int
    trained: bool
    hardware: str | None = None
    environment: dict[str, Any]
    import_ns: int
    load_ns: int
    first_call_ns: int
    warm_up_calls: int
    resident_before_bytes: int
    resident_loaded_bytes: int
    resident_peak_bytes: int
    contention: Contention
    batches: list[BatchProfile]


def write_profile(path: Path, profile: TaskProfile) -> None:
    """Write a profile as JSON."""
    path.write_text(profile.model_dump_json() + "\n", encoding="utf-8")


def read_profile(path: Path) -> TaskProfile:
    """Read a profile; raises ConfigError if the file is missing or no profile."""
    text = read_text(path, source=str(path), most_bytes=MOST_BYTES, kind="a profile")
    again = "give a file that `edge-aibench task profile` wrote, or measure again"
    return validate_json(TaskProfile, text, source=str(path), next_step=again)
