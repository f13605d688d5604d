"""The emulated network: a Mininet `Topo` made from our topology, and its life.

Everything is made inside the run's own namespaces (`edge_aibench.emulate.isolation`). Mininet's
habit of changing kernel limits of the whole machine is switched off, and its commands typed into
node shells are replaced by single requests to the kernel that fail loudly.

Only the engine imports this module: it needs Mininet at import.
"""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mininet.net import Mininet  # noqa: TID253 - only the engine imports this module
from mininet.node import Host, Switch  # noqa: TID253
from mininet.topo import Topo  # noqa: TID253

from edge_aibench.emulate.addresses import PREFIX, AddressPlan
from edge_aibench.emulate.links.backend import Endpoint, LinkBackend
from edge_aibench.emulate.links.check import AttachedWire
from edge_aibench.emulate.links.interface import prepare_interface
from edge_aibench.emulate.links.mininet_link import BackendLink
from edge_aibench.emulate.links.namespace import inside_process
from edge_aibench.emulate.links.rtnetlink import RouteSocket
from edge_aibench.errors import InternalError, RunError
from edge_aibench.model.topology import Topology, Wire


class EmulatedHost(Host):  # type: ignore[misc]
    """A Mininet host whose interfaces and routes are set by us."""

    def config(self, **_params: Any) -> dict[str, Any]:
        """Bring up the loopback interface; the rest is done when the network starts."""
        with inside_process(self.pid), RouteSocket() as route:
            route.set_up(1)
        return {}


class Bridge(Switch):  # type: ignore[misc]
    """A learning Ethernet switch: the kernel's bridge, in the engine's namespace."""

    def __init__(self, name: str, **params: Any) -> None:
        # A datapath number is what OpenFlow switches need; Mininet wants one of every switch.
        super().__init__(name, dpid="1", **params)

    def start(self, _controllers: object) -> None:
        """Make the bridge and give it the interfaces of its links."""
        with RouteSocket() as route:
            route.create_bridge(self.name)
            prepare_interface(self.name)
            # Its own membership queries would travel the links and be counted there.
            _run(["ip", "link", "set", self.name, "type", "bridge", "mcast_snooping", "0"])
            route.set_up(socket.if_nametoindex(self.name))
            for interface in self.intfList():
                if interface.name != "lo":
                    route.set_master(interface.name, self.name)

    def stop(self, deleteIntfs: bool = True) -> None:  # noqa: N803
        """Remove the bridge."""
        with RouteSocket() as route:
            route.delete_link(self.name)
        super().stop(deleteIntfs)


class TierTopo(Topo):  # type: ignore[misc]
    """Our topology as Mininet describes one."""

    def build(
        self,
        *_args: object,
        topology: Topology,
        instances: int,
        addresses: AddressPlan,
        backend: LinkBackend,
    ) -> None:
        """Name hosts, switches and links; interfaces of hosts are eth0, eth1 and so on."""
        for group, spec in topology.nodes.items():
            for member in topology.members(group, instances=instances):
                if spec.kind == "switch":
                    self.addSwitch(str(member), cls=Bridge)
                else:
                    self.addHost(str(member), cls=EmulatedHost, ip=None)
        interfaces = {
            (found.host, found.wire.link, found.wire.index): found.interface
            for found in addresses.attachments
        }
        for number, wire in enumerate(topology.wires(instances=instances)):
            names = [
                interfaces.get((str(end), wire.link, wire.index), f"port{number}{side}")
                for end, side in ((wire.a, "a"), (wire.b, "b"))
            ]
            self.addLink(
                str(wire.a),
                str(wire.b),
                cls=BackendLink,
                intfName1=names[0],
                intfName2=names[1],
                backend=backend,
                wire=wire_name(wire),
                up=wire.spec.up,
                down=wire.spec.down,
            )


class _Mininet(Mininet):  # type: ignore[misc]
    """Mininet without what it does to the rest of the machine."""

    inited = True  # keeps init() from raising kernel limits machine-wide

    def configHosts(self) -> None:  # noqa: N802 - Mininet's name
        """Leave addresses to the network's own start."""
        for host in self.hosts:
            host.config()


class EmulatedNetwork:
    """The network of one run; use it in a `with` statement."""

    def __init__(
        self,
        topology: Topology,
        *,
        instances: int,
        addresses: AddressPlan,
        backend: LinkBackend,
    ) -> None:
        self._addresses = addresses
        Mininet.inited = True
        self._topo = TierTopo(
            topology=topology, instances=instances, addresses=addresses, backend=backend
        )
        self._net: Any = None

    def __enter__(self) -> Self:
        _pass_bridged_frames()
        self._net = _Mininet(topo=self._topo, build=False, controller=None, waitConnected=False)
        self._net.build()
        self._set_addresses()
        self._net.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Nothing is taken down piece by piece: the run's namespaces end with the engine, and
        # the kernel removes all of it at once (3 s for 128 hosts otherwise).
        self._net = None

    def pid(self, host: str) -> int:
        """A process in the network namespace of *host*."""
        node = self._net.nameToNode.get(host)
        if node is None:
            raise InternalError(f"the emulated network has no host '{host}'")
        return int(node.pid)

    def wires(self) -> list[AttachedWire]:
        """Every link with its two interfaces, for checking and observing."""
        return [
            AttachedWire(
                wire=link.wire,
                a=_endpoint(link.intf1),
                b=_endpoint(link.intf2),
                up=link.up,
                down=link.down,
            )
            for link in self._net.links
        ]

    def _set_addresses(self) -> None:
        by_host: dict[str, list[Any]] = {}
        for found in self._addresses.attachments:
            by_host.setdefault(found.host, []).append(found)
        for host, attachments in by_host.items():
            for found in attachments:
                interface = self._net.nameToNode[host].intf(found.interface)
                interface.setIP(f"{found.address}/{PREFIX}")
            routes = [route for route in self._addresses.routes if route.host == host]
            with inside_process(self.pid(host)):
                if routes:
                    lines = [f"route add {route.subnet} via {route.via}" for route in routes]
                    _run(["ip", "-batch", "-"], given="\n".join(lines))
                if len(attachments) > 1:
                    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")


def _endpoint(interface: Any) -> Endpoint:
    node = interface.node
    return Endpoint(interface.name, pid=int(node.pid) if node.inNamespace else None)


def _pass_bridged_frames() -> None:
    """Keep the machine's firewall rules off the frames that cross our bridges.

    The switches belong to this network namespace; a kernel without them filters no bridge.
    """
    for table in ("arptables", "iptables", "ip6tables"):
        switch = Path(f"/proc/sys/net/bridge/bridge-nf-call-{table}")
        if switch.exists():
            switch.write_text("0")


def _run(command: list[str], *, given: str = "") -> None:
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RunError(f"'{' '.join(command)}' failed: {done.stderr.strip()}")


def wire_name(wire: Wire) -> str:
    """The name of one wire in records and messages: `access/3`."""
    return f"{wire.link}/{wire.index}"
