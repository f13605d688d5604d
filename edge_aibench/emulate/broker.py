"""mosquitto on the emulated hosts: one a site, reachable only inside the run's namespaces."""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edge_aibench.emulate import kernel
from edge_aibench.emulate.links.namespace import inside, open_namespace
from edge_aibench.errors import HostError, RunError
from edge_aibench.model.routing import Bridge, Routes

if TYPE_CHECKING:
    from edge_aibench.messaging.transport import Message, Transport

PORT = 1883
BRIDGE_STATE = "bridge-state"
"""Topic under which a broker tells its own clients whether each of its bridges is up."""

_START_TIMEOUT_S = 10.0
_LOG_LINES = 5
_REAL_TIME_PRIORITY = 2


@dataclass(frozen=True)
class BrokerPlan:
    """One broker: the host it runs on, its addresses, and its bridges with their far addresses."""

    host: str
    addresses: tuple[str, ...]
    bridges: tuple[tuple[Bridge, str], ...]
    port: int = PORT


def render_config(plan: BrokerPlan, routes: Routes, *, log: Path) -> str:
    """The mosquitto.conf of *plan* (mosquitto.conf(5)).

    Bridges use QoS 0: at QoS 1 mosquitto's bridge stalls 40 ms on delayed acknowledgements
    (0.28 against 42 ms at the median, measured), and TCP carries them either way.
    """
    lines = [
        "user root",
        "per_listener_settings false",
        "allow_anonymous true",
        "persistence false",
        "set_tcp_nodelay true",
        # mosquitto 2.0 refuses its own bridges with "protocol error" at 0 or at 65535.
        "max_inflight_messages 1000",
        "max_queued_messages 0",
        f"log_dest file {log}",
        "log_type error",
        "log_type warning",
        "connection_messages false",
    ]
    lines += [f"listener {plan.port} {address}" for address in plan.addresses]
    for bridge, far_address in plan.bridges:
        lines += _render_bridge(bridge, far_address, routes, port=plan.port)
    return "\n".join(lines) + "\n"


def _render_bridge(bridge: Bridge, far_address: str, routes: Routes, *, port: int) -> list[str]:
    lines = [
        f"connection {bridge.name}",
        f"address {far_address}:{port}",
        "bridge_protocol_version mqttv50",
        "cleansession true",
        "try_private true",
        "notifications true",
        "notifications_local_only true",
        f"notification_topic {BRIDGE_STATE}/{bridge.name}",
        "restart_timeout 1",
    ]
    for flow in bridge.flows:
        near, far = routes.sent_to(flow), routes.arrives_at(flow)
        if routes.ends(flow)[0] == bridge.local:
            lines.append(f"topic # out 0 {near}/ {far}/")
        else:
            lines.append(f"topic # in 0 {far}/ {near}/")
    # Two stages beyond the bridge may need the same output: it crosses once.
    return list(dict.fromkeys(lines))


class Broker:
    """A mosquitto process in the network namespace of its host."""

    def __init__(self, plan: BrokerPlan, routes: Routes, *, network_of: int, folder: Path) -> None:
        """Start it; `wait_until_up` tells when it serves. Raises HostError without mosquitto."""
        self._plan = plan
        self._log = folder / f"{plan.host}.log"
        program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if program is None:
            raise HostError(
                "mosquitto, the MQTT broker, is not installed",
                mend="sudo apt-get install -y --no-install-recommends mosquitto",
            )
        self._check_port(network_of)
        config = folder / f"{plan.host}.conf"
        try:
            config.write_text(render_config(plan, routes, log=self._log))
        except OSError as error:
            raise HostError(
                f"cannot write {config}: {error.strerror}",
                mend="free space there, or set TMPDIR to another folder",
            ) from error
        self._network_of = network_of
        self._stderr = folder / f"{plan.host}.stderr"
        with self._stderr.open("w") as errors:
            self._process = subprocess.Popen(
                [program, "-c", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                preexec_fn=_enter(network_of),  # noqa: PLW1509 - the engine has one thread then
            )

    def _check_port(self, network_of: int) -> None:
        """Raise RunError if another program has the port.

        Asked beforehand: a client that connects could be answered by that program until ours
        has noticed.
        """
        plan = self._plan
        for address in plan.addresses:
            with open_namespace(network_of) as namespace, inside(namespace):
                trial = socket.socket()
            with trial:
                # As mosquitto does: connections that have just ended are no obstacle.
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    trial.bind((address, plan.port))
                except OSError as error:
                    raise RunError(
                        f"the broker on {plan.host} cannot have port {plan.port} of {address}: "
                        f"{error.strerror}"
                    ) from error

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def host(self) -> str:
        return self._plan.host

    def wait_until_up(self, can_connect: Callable[[str, int], bool]) -> None:
        """Return when it accepts connections. Raises RunError when it ends or stays silent."""
        deadline_s = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < deadline_s:
            self.check()
            if can_connect(self._plan.addresses[0], self._plan.port):
                # The answer must be ours: with the port in use, another may have given it.
                self.check()
                return
            time.sleep(0.02)
        raise RunError(f"the broker on {self.host} did not come up in {_START_TIMEOUT_S:.0f} s")

    def wait_until_bridged(self, connect: Callable[[str, int], Transport]) -> None:
        """Return when all its bridges are up. Raises RunError naming those that are not.

        *connect* opens a connection of the engine's own to this broker.
        """
        missing = {bridge.name for bridge, _ in self._plan.bridges}
        if not missing:
            return
        transport = connect(self._plan.addresses[0], self._plan.port)

        def take(message: Message) -> None:
            if message.payload == b"1":
                missing.discard(message.topic.removeprefix(f"{BRIDGE_STATE}/"))

        transport.subscribe(f"{BRIDGE_STATE}/+", take)
        deadline_s = time.monotonic() + _START_TIMEOUT_S
        while missing and time.monotonic() < deadline_s:
            self.check()
            select.select([transport], [], [], 0.1)
            transport.service()
        transport.close()
        if missing:
            raise RunError(
                f"the broker on {self.host} reaches no other: {', '.join(sorted(missing))} "
                f"not up in {_START_TIMEOUT_S:.0f} s"
            )

    def check(self) -> None:
        """Raise RunError, with its own last words, if it has ended."""
        code = self._process.poll()
        if code is None:
            return
        words = [path.read_text() for path in (self._stderr, self._log) if path.exists()]
        last = "\n  ".join("\n".join(words).strip().splitlines()[-_LOG_LINES:])
        how = f"signal {-code}" if code < 0 else f"exit {code}"
        raise RunError(f"the broker on {self.host} (port {self._plan.port}) ended: {how}\n  {last}")

    def stop(self) -> None:
        """End it and wait for it."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(timeout=2.0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def _enter(network_of: int) -> Callable[[], None]:
    def enter() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        kernel.die_with_parent()
        kernel.enter_network_of(network_of)
        kernel.become_realtime(_REAL_TIME_PRIORITY)

    return enter


def can_connect_from(network_of: int) -> Callable[[str, int], bool]:
    """A probe that opens a TCP connection from inside the namespace of process *network_of*."""

    def probe(address: str, port: int) -> bool:
        with open_namespace(network_of) as namespace, inside(namespace):
            probing = socket.socket()
        with probing:
            probing.settimeout(1.0)
            return probing.connect_ex((address, port)) == 0

    return probe
