"""Which link backend a run uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_aibench.emulate.links.relay import RelayBackend
from edge_aibench.errors import HostError

if TYPE_CHECKING:
    from pathlib import Path

    from edge_aibench.emulate.links.backend import ManagedBackend
    from edge_aibench.model.experiment import BackendName


def choose_backend(
    name: BackendName, *, seed: int, scratch: Path, holds: bool = False
) -> ManagedBackend:
    """The backend of this *name*; `auto` prefers netem, whose delays the kernel keeps.

    Where links are to hold packets in an outage (*holds*) only the relay will do. Raises HostError
    when the wanted one, or with `auto` every one, does not work here.
    """
    if holds and name == "netem":
        raise HostError(
            "netem cannot hold packets until an outage is over, as this topology's handovers do",
            mend="use --backend relay, or handovers of kind 'lost'",
        )
    reasons = []
    able = ("relay",) if holds else ("netem", "relay")
    for candidate in able if name == "auto" else (name,):
        backend = _make(candidate, seed=seed, scratch=scratch)
        capability = backend.probe()
        if capability.available:
            return backend
        reasons.append((candidate, capability))
    wanted, capability = reasons[-1]
    raise HostError(
        f"the link backend '{wanted}' does not work here: {capability.reason}",
        mend=capability.mend or "edge-aibench doctor tells what this machine can do",
    )


def _make(name: str, *, seed: int, scratch: Path) -> ManagedBackend:
    if name == "relay":
        return RelayBackend(seed=seed)
    from edge_aibench.emulate.links.netem import NetemBackend

    return NetemBackend(scratch=scratch)
