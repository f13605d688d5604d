"""Choosing the link backend: the kernel's where it has one, ours where it has not."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from edge_aibench.emulate.links.backend import Capability, ManagedBackend
from edge_aibench.emulate.links.netem import NetemBackend, probe_netem
from edge_aibench.emulate.links.relay import RelayBackend, probe_relay
from edge_aibench.errors import HostError

BackendName = Literal["netem", "relay"]
BackendChoice = Literal["auto", "netem", "relay"]


def link_backend(name: BackendName, *, seed: int, scratch: Path) -> ManagedBackend:
    """Make the backend *name*, not yet started.

    *seed* decides the relay's delays and losses. The kernel's netem draws its own: with it, a
    run's losses do not repeat. It keeps files in the folder *scratch* while it is at work.
    """
    return RelayBackend(seed=seed) if name == "relay" else NetemBackend(scratch=scratch)


def capabilities() -> dict[BackendName, Capability]:
    """Probe every backend, the preferred one first."""
    return {"netem": probe_netem(), "relay": probe_relay()}


def choose_backend(choice: BackendChoice) -> BackendName:
    """Give the backend that *choice* means here.

    Raises HostError, saying what is missing and what mends it, if it does not work here.
    """
    found = capabilities()
    wanted: list[BackendName] = ["netem", "relay"] if choice == "auto" else [choice]
    for name in wanted:
        if found[name].available:
            return name
    reasons = "; ".join(f"{name}: {found[name].reason}" for name in wanted)
    mends = [found[name].mend for name in wanted if found[name].mend]
    raise HostError(f"no link backend works here ({reasons})", mend=mends[-1] if mends else None)
