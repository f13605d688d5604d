"""The empty ward without the framework: what one would write to measure it once.

A yardstick for edge-aibench's own cost, so it imports nothing of it. The shape is that of
`empty_ward`: one host (a network namespace) for each patient and one for the edge, a bridge
between them, a user-space relay in every link, mosquitto and an echo on the edge, and MQTT v5
at QoS 1 with TCP_NODELAY on both ends. Each patient sends 144 bytes a second; a latency runs
from the scheduled instant to the callback that gets the answer.

Everything lives in namespaces of this script's own processes and ends with them. It needs root.
"""

from __future__ import annotations

import argparse
import ctypes
import heapq
import importlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

MESSAGE_BYTES = 144
INTERVAL_NS = 1_000_000_000
LEAD_NS = 300_000_000
EDGE_ADDRESS = "10.9.255.254"
PORT = 1883

_CLONE_NEWNET = 0x40000000
_PR_SET_PDEATHSIG = 1
_SOL_PACKET, _PACKET_IGNORE_OUTGOING, _ETH_P_ALL = 263, 23, 3
# The last stretch of a wait is slept apart: select(2) may be late by a thousandth of its timeout.
_FINE_WAIT_NS = 2_000_000
_SPIN_NS = 60_000

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Child:
    """A forked process: its number and a socket to speak with it in lines of JSON."""

    pid: int
    line: socket.socket


@dataclass(frozen=True)
class Load:
    """The plan: first instants of all patients after the start, how long to warm up and measure."""

    phases_ns: tuple[int, ...]
    warmup_ns: int
    measured_ns: int


def spawn(body: Callable[[socket.socket], None]) -> Child:
    """Fork a process that runs *body* in a network namespace of its own."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            ours.close()
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            enter_new_network()
            body(theirs)
            code = 0
        finally:
            os._exit(code)
    theirs.close()
    return Child(pid, ours)


def enter_new_network() -> None:
    """Move this process into a network namespace of its own, without IPv6's chatter."""
    if _libc.unshare(_CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare: run this as root")
    Path("/proc/sys/net/ipv6/conf/all/disable_ipv6").write_text("1")
    Path("/proc/sys/net/ipv6/conf/default/disable_ipv6").write_text("1")


def say(line: socket.socket, word: object) -> None:
    """Send one line."""
    line.sendall(json.dumps(word).encode() + b"\n")


def hear(line: socket.socket) -> Any:
    """Wait for one line. Raises RuntimeError when the other side is gone."""
    heard = bytearray()
    while not heard.endswith(b"\n"):
        piece = line.recv(1 << 16)
        if not piece:
            raise RuntimeError("a process of the bare ward has ended; see its error above")
        heard += piece
    return json.loads(heard)


def relay(line: socket.socket) -> None:
    """Carry frames between pairs of interfaces, each after the delay of its wire."""
    say(line, "ready")
    wires: Mapping[str, tuple[str, int]] = hear(line)
    frames_in = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ALL))
    frames_in.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
    frames_in.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    frames_in.setblocking(False)
    frames_out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    say(line, "ready")
    held: list[tuple[int, int, str, bytes]] = []
    number = 0
    while True:
        left_ns = held[0][0] - time.monotonic_ns() - _SPIN_NS if held else None
        wait_s = None if left_ns is None else max(0, left_ns) / 1e9
        readable, _, _ = select.select([frames_in, line], [], [], wait_s)
        if line in readable:
            return
        if frames_in in readable:
            frame, (interface, *_) = frames_in.recvfrom(2048)
            way_out, delay_ns = wires[interface]
            number += 1
            heapq.heappush(held, (time.monotonic_ns() + delay_ns, number, way_out, frame))
        while held and held[0][0] <= time.monotonic_ns():
            _, _, way_out, frame = heapq.heappop(held)
            frames_out.sendto(frame, (way_out, 0))


def new_client(name: str) -> Any:
    """An MQTT v5 client with TCP_NODELAY, not connected yet."""
    from paho.mqtt.client import Client, MQTTv5
    from paho.mqtt.enums import CallbackAPIVersion

    def no_delay(_client: Any, _data: Any, sock: Any) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    client = Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTv5)
    client.on_socket_open = no_delay
    return client


def connect(client: Any, topic: str) -> None:
    """Connect and subscribe, until both are confirmed."""
    done: list[bool] = []
    client.on_connect = lambda *_: client.subscribe(topic, qos=1)
    client.on_subscribe = lambda *_: done.append(True)
    client.connect(EDGE_ADDRESS, PORT)
    while not done:
        client.loop(0.1)


def edge(line: socket.socket) -> None:
    """Run the broker and send every message back."""
    say(line, "ready")
    hear(line)
    program = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if program is None:
        raise FileNotFoundError("mosquitto is not installed: apt-get install mosquitto")
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "mosquitto.conf"
        config.write_text(
            f"listener {PORT} {EDGE_ADDRESS}\nallow_anonymous true\nset_tcp_nodelay true\n"
            "persistence false\nmax_inflight_messages 0\nlog_dest none\nuser root\n"
        )
        broker = subprocess.Popen(
            [program, "-c", str(config)],
            stderr=subprocess.DEVNULL,
            preexec_fn=lambda: _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL),  # noqa: PLW1509
        )
        wait_for_broker()
        client = new_client("edge")
        client.on_message = lambda _client, _data, message: client.publish(
            "down/" + message.topic.partition("/")[2], message.payload, qos=1
        )
        connect(client, "up/+")
        say(line, {"broker": broker.pid})
        while not select.select([line], [], [], 0)[0]:
            client.loop(0.5)
        broker.terminate()
        broker.wait()


def wait_for_broker() -> None:
    """Return when it accepts connections."""
    for _ in range(500):
        with socket.socket() as probe:
            if probe.connect_ex((EDGE_ADDRESS, PORT)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError("the broker did not come up in 10 s")


def patient(line: socket.socket, number: int, load: Load) -> None:
    """Send on schedule, listen for the answers, hand over the latencies."""
    say(line, "ready")
    hear(line)
    client = new_client(f"patient-{number}")
    latencies_ns: dict[int, int] = {}
    last_ns = load.warmup_ns + load.measured_ns
    due_ns = list(range(load.phases_ns[number], last_ns, INTERVAL_NS))

    def on_message(_client: Any, _data: Any, message: Any) -> None:
        now_ns = time.monotonic_ns()
        sequence = int.from_bytes(message.payload[:4], "little")
        latencies_ns[sequence] = now_ns - due_ns[sequence]

    client.on_message = on_message
    connect(client, f"down/{number}")
    say(line, "ready")
    origin_ns = int(hear(line))
    due_ns[:] = [origin_ns + instant_ns for instant_ns in due_ns]
    padding = bytes(MESSAGE_BYTES - 4)
    for sequence, instant_ns in enumerate(due_ns):
        serve_until(client, instant_ns)
        client.publish(f"up/{number}", sequence.to_bytes(4, "little") + padding, qos=1)
    serve_until(client, origin_ns + last_ns + INTERVAL_NS)
    kept = [n for n, instant in enumerate(due_ns) if instant - origin_ns >= load.warmup_ns]
    say(line, [latencies_ns.get(sequence) for sequence in kept])
    hear(line)


def serve_until(client: Any, instant_ns: int) -> None:
    """Let *client* receive until *instant_ns*."""
    while (left_ns := instant_ns - time.monotonic_ns()) > 0:
        coarse_ns = left_ns - _FINE_WAIT_NS
        client.loop((coarse_ns if coarse_ns > 0 else left_ns) / 1e9)


def ip(*commands: str) -> None:
    """Run `ip` commands in one go, in this process's namespace. Raises CalledProcessError."""
    subprocess.run(["ip", "-batch", "-"], input="\n".join(commands), text=True, check=True)


def in_network_of(pid: int, *command: str) -> None:
    """Run *command* in the network namespace of process *pid*. Raises CalledProcessError."""
    words = ["nsenter", f"--net=/proc/{pid}/ns/net", *command]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def wire_up(hosts: Mapping[str, Child], relay_pid: int) -> None:
    """Make the bridge and all links and give addresses.

    A link is two veth pairs: host to relay and relay to bridge.
    """
    ip("link add ward type bridge", "link set ward up", "link set lo up")
    for number, (name, host) in enumerate(hosts.items()):
        address = EDGE_ADDRESS if name == "edge" else f"10.9.{number // 250}.{number % 250 + 1}"
        ip(
            f"link add eth0 netns {host.pid} type veth peer name h{number} netns {relay_pid}",
            f"link add port{number} type veth peer name p{number} netns {relay_pid}",
            f"link set port{number} master ward up",
        )
        for command in (
            "ip link set lo up",
            f"ip address add {address}/16 dev eth0",
            # Frames that pass user space need their checksums and their true sizes.
            "ethtool -K eth0 tx off tso off gso off gro off",
            "ip link set eth0 up",
        ):
            in_network_of(host.pid, *command.split())
        for far in (f"h{number}", f"p{number}"):
            in_network_of(relay_pid, *f"ip link set {far} arp off up".split())


def relay_table(hosts: Mapping[str, Child], delay_ns: int) -> dict[str, tuple[str, int]]:
    """Which interface leads where after how long; the edge's own link has no delay."""
    table = {}
    for number, name in enumerate(hosts):
        wire_ns = 0 if name == "edge" else delay_ns
        table[f"h{number}"] = (f"p{number}", wire_ns)
        table[f"p{number}"] = (f"h{number}", wire_ns)
    return table


@dataclass(frozen=True)
class Ward:
    """The running processes, ready for the load."""

    links: Child
    server: Child
    patients: tuple[Child, ...]
    broker_pid: int

    def processor_ns(self) -> dict[str, int]:
        """Processor time of each part so far."""
        parts = {
            "relay": [self.links.pid],
            "broker": [self.broker_pid],
            "edge": [self.server.pid],
            "patients": [child.pid for child in self.patients],
        }
        return {part: processor_ns(pids) for part, pids in parts.items()}


def build(load: Load, delay_ns: int) -> Ward:
    """Start all processes and join them by links of *delay_ns* one way."""
    importlib.import_module("paho.mqtt.client")
    enter_new_network()
    links = spawn(relay)
    patients = tuple(
        spawn(partial(patient, number=number, load=load)) for number in range(len(load.phases_ns))
    )
    server = spawn(edge)
    hosts = {f"patient-{number}": child for number, child in enumerate(patients)}
    hosts["edge"] = server
    for child in (links, *hosts.values()):
        hear(child.line)
    wire_up(hosts, links.pid)
    say(links.line, relay_table(hosts, delay_ns))
    hear(links.line)
    say(server.line, "network is up")
    broker_pid = int(hear(server.line)["broker"])
    for child in patients:
        say(child.line, "broker is up")
    for child in patients:
        hear(child.line)
    return Ward(links, server, patients, broker_pid)


def measure(load: Load, delay_ns: int) -> dict[str, Any]:
    """Run *load* once and give latencies, losses and processor time."""
    ward = build(load, delay_ns)
    before = ward.processor_ns()
    origin_ns = time.monotonic_ns() + LEAD_NS
    for child in ward.patients:
        say(child.line, origin_ns)
    answers = [latency for child in ward.patients for latency in hear(child.line)]
    after = ward.processor_ns()
    for child in (*ward.patients, ward.server, ward.links):
        say(child.line, "over")
        os.waitpid(child.pid, 0)
    latencies_ms = [latency / 1e6 for latency in answers if latency is not None]
    return {
        "planned": len(answers),
        "unanswered": len(answers) - len(latencies_ms),
        "processor_s": {part: (after[part] - before[part]) / 1e9 for part in before},
        "latencies_ms": latencies_ms,
    }


def processor_ns(pids: list[int]) -> int:
    """Processor time of these processes so far (first field of /proc/PID/schedstat)."""
    return sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in pids)


def percentile(values: list[float], percent: float) -> float:
    """Nearest-rank percentile of raw *values*."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * percent // 100))
    return ordered[int(rank) - 1]


def main(arguments: list[str]) -> int:
    """Measure once and print JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--patients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--warmup", type=float, default=3.0, help="seconds, not counted")
    parser.add_argument("--delay-ms", type=float, default=0.0, help="one way, on access links")
    parser.add_argument(
        "--phases-ns", help="first instants of all patients, comma-separated; default: even"
    )
    parser.add_argument("--raw", action="store_true", help="print every latency too")
    asked = parser.parse_args(arguments)
    count = asked.patients
    even = tuple(number * INTERVAL_NS // count for number in range(count))
    phases = tuple(map(int, asked.phases_ns.split(","))) if asked.phases_ns else even
    load = Load(phases, round(asked.warmup * 1e9), round(asked.seconds * 1e9))
    result = measure(load, round(asked.delay_ms * 1e6))
    latencies_ms = result["latencies_ms"]
    if not asked.raw:
        del result["latencies_ms"]
    result["p50_ms"] = percentile(latencies_ms, 50)
    result["p99_ms"] = percentile(latencies_ms, 99)
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
