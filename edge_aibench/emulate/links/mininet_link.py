"""A Mininet link whose wire is made by one of our backends.

`net.addLink(a, b, cls=BackendLink, backend=..., wire="access/0", up=..., down=...)` joins two
Mininet nodes; *up* leads from the first to the second. Imported only where Mininet is used.
"""

from __future__ import annotations

from ipaddress import IPv4Interface
from typing import Any

from mininet.link import Intf, Link  # noqa: TID253 - only the network's builder imports this

from edge_aibench.emulate.links.backend import Endpoint, LinkBackend
from edge_aibench.emulate.links.interface import set_address
from edge_aibench.errors import InternalError
from edge_aibench.model.link import LinkDirection


def _pid_of(node: Any) -> int | None:
    # A node outside a namespace of its own (a switch) lives in the engine's.
    return int(node.pid) if node.inNamespace else None


class BackendIntf(Intf):  # type: ignore[misc]
    """An interface that is ready when Mininet hears of it.

    Mininet would configure it by a dozen commands typed into the node's shell, at several
    milliseconds each; here an address is one request to the kernel, which fails loudly.
    """

    def config(self, ip: str | None = None, **_params: Any) -> dict[str, Any]:
        """Take over what Mininet configures: only *ip* is left to do."""
        return {} if ip is None else {"ip": self.setIP(ip)}

    def setIP(self, ipstr: str, prefixLen: int | None = None) -> str:  # noqa: N802, N803
        """Give the interface the IPv4 address *ipstr*, with its prefix or *prefixLen*."""
        if "/" not in ipstr and prefixLen is None:
            raise InternalError(f"no prefix length for address {ipstr} of {self.name}")
        address = IPv4Interface(ipstr if "/" in ipstr else f"{ipstr}/{prefixLen}")
        set_address(self.name, address, pid=_pid_of(self.node))
        self.ip, self.prefixLen = str(address.ip), address.network.prefixlen
        return ""

    def setMAC(self, macstr: str) -> str:  # noqa: N802
        """Refuse a change: the address was given when the wire was made."""
        if macstr.lower() != str(self.mac).lower():
            raise InternalError(
                f"the MAC address of {self.name} is fixed: pass addr1 or addr2 to addLink"
            )
        return ""

    def delete(self) -> None:
        """Forget the interface; its link's backend removes it."""
        self.node.delIntf(self)
        self.link = None


class BackendLink(Link):  # type: ignore[misc]
    """A Mininet link made, changed and removed by a `LinkBackend`."""

    def __init__(
        self,
        node1: Any,
        node2: Any,
        *,
        backend: LinkBackend,
        wire: str,
        up: LinkDirection,
        down: LinkDirection,
        **params: Any,
    ) -> None:
        self.backend = backend
        self.wire = wire
        self.up = up
        self.down = down
        self._attached = False
        params.pop("intf", None)
        super().__init__(node1, node2, intf=BackendIntf, **params)

    def makeIntfPair(  # noqa: N802 - Mininet's name
        self,
        intfname1: str,
        intfname2: str,
        addr1: str | None = None,
        addr2: str | None = None,
        node1: Any = None,
        node2: Any = None,
        deleteIntfs: bool = True,  # noqa: ARG002, N803
    ) -> None:
        """Make the wire; Mininet calls this before it makes its interface objects."""
        self.backend.attach(
            self.wire,
            Endpoint(intfname1, pid=_pid_of(node1), mac=addr1),
            Endpoint(intfname2, pid=_pid_of(node2), mac=addr2),
            up=self.up,
            down=self.down,
        )
        self._attached = True

    def delete(self) -> None:
        """Remove the wire and both interfaces."""
        if self._attached:
            self._attached = False
            self.backend.detach(self.wire)
        super().delete()

    def stop(self) -> None:
        """Forget the interfaces at the end of the network.

        The backend, on leaving its `with` statement, removes all wires at once: one by one they
        would take the kernel some 25 ms each.
        """
        super().delete()
