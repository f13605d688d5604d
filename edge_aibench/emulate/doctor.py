"""Whether this machine can emulate, with which link backends, and what would mend the rest."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from edge_aibench.clock import Clock, MonotonicClock
from edge_aibench.emulate import preflight
from edge_aibench.emulate.attempt import Attempter, attempt
from edge_aibench.emulate.preflight import Finding, Isolation
from edge_aibench.errors import HostError

# Program, the Debian package that holds it, and the words that make it tell its version.
_PROGRAMS = (
    ("mnexec", "mininet", ()),
    ("brctl", "bridge-utils", ("--version",)),
    ("ip", "iproute2", ("-V",)),
    ("tc", "iproute2", ("-V",)),
)
# The ability that each link backend stands on; the first that is there is the default.
_BACKENDS = {"netem": "netem", "relay": "packet socket"}


@dataclass(frozen=True)
class Diagnosis:
    """All findings about a machine, and what follows from them."""

    isolation: Isolation | None
    findings: tuple[Finding, ...]

    @property
    def backends(self) -> tuple[str, ...]:
        """Link backends that work here, the preferred one first."""
        able = {finding.name for finding in self.findings if finding.ok}
        return tuple(name for name, ability in _BACKENDS.items() if ability in able)

    @property
    def obstacles(self) -> tuple[Finding, ...]:
        """What is missing that every emulation needs."""
        return tuple(found for found in self.findings if found.needed and not found.ok)

    @property
    def can_emulate(self) -> bool:
        """Whether emulation is possible with at least one link backend."""
        return self.isolation is not None and not self.obstacles and bool(self.backends)

    def as_document(self) -> dict[str, Any]:
        """The diagnosis as plain data, for JSON."""
        return {
            "can_emulate": self.can_emulate,
            "isolation": self.isolation.name if self.isolation else None,
            "backends": list(self.backends),
            "findings": [asdict(finding) for finding in self.findings],
        }


def diagnose(*, clock: Clock | None = None, attempter: Attempter = attempt) -> Diagnosis:
    """Try out everything that emulation stands on; takes about half a second."""
    isolation, namespaces = preflight.probe_isolation(attempter=attempter)
    findings = [
        preflight.probe_kernel(),
        namespaces,
        *(preflight.probe_program(*program, attempter=attempter) for program in _PROGRAMS),
        preflight.probe_mosquitto(attempter=attempter),
    ]
    if isolation is not None:
        findings += [
            probe(isolation, attempter=attempter)
            for probe in (
                preflight.probe_bridge,
                preflight.probe_veth,
                preflight.probe_netem,
                preflight.probe_packet_socket,
                preflight.probe_real_time,
                preflight.probe_awake_cores,
            )
        ]
    findings += preflight.probe_timing(clock or MonotonicClock())
    findings += [preflight.probe_cores(), preflight.probe_memory()]
    return Diagnosis(isolation, tuple(findings))


def require_emulation(diagnosis: Diagnosis) -> None:
    """Raise HostError with everything that is missing, if *diagnosis* says no."""
    if diagnosis.can_emulate:
        return
    missing = diagnosis.obstacles or tuple(
        finding for finding in diagnosis.findings if finding.name in _BACKENDS.values()
    )
    what = "; ".join(f"{finding.name}: {finding.detail}" for finding in missing)
    mends = dict.fromkeys(finding.mend for finding in missing if finding.mend)
    raise HostError(
        f"this machine cannot emulate: {what}", mend="\n  -> ".join(mends) or "edge-aibench doctor"
    )
