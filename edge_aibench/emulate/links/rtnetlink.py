"""The few requests to the kernel's routing socket that links need.

One request costs tens of microseconds, a run of `ip` milliseconds: with two interfaces per
direction and node, that is most of what it takes to build a network. Message layout: man 7
rtnetlink, man 7 netlink, linux/if_link.h.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Interface
from types import TracebackType
from typing import Self

from edge_aibench.errors import HostError, RunError

_NETLINK_ROUTE = 0
_SOL_NETLINK = 270
_NETLINK_EXT_ACK = 11
_NETLINK_CAP_ACK = 10

_NLMSG_ERROR = 2
_RTM_NEWLINK = 16
_RTM_DELLINK = 17
_RTM_GETLINK = 18
_RTM_NEWADDR = 20
_RTM_DELADDR = 21

_F_REQUEST = 0x1
_F_ACK = 0x4
_F_REPLACE = 0x100
_F_EXCLUSIVE = 0x200
_F_CREATE = 0x400
_F_ACK_TLVS = 0x200
_ACK_MESSAGE_TEXT = 1

_IFLA_ADDRESS = 1
_IFLA_IFNAME = 3
_IFLA_MTU = 4
_IFLA_MASTER = 10
_IFLA_OPERSTATE = 16
_IFLA_LINKINFO = 18
_IFLA_GROUP = 27
_IFLA_NET_NS_FD = 28
_IFLA_INFO_KIND = 1
_IFLA_INFO_DATA = 2
_VETH_INFO_PEER = 1
_IFA_ADDRESS = 1
_IFA_LOCAL = 2
_IFA_BROADCAST = 4

_DOOMED_GROUP = 0xED6E
"""Interface group of what is about to be deleted; an arbitrary number, in our namespace only."""

_OPERSTATE_UP = 6

_IFF_UP = 0x1
_IFF_NOARP = 0x80
_NESTED = 0x8000

_HEADER = struct.Struct("=IHHII")
_LINK = struct.Struct("=BxHiII")
_ADDRESS = struct.Struct("=BBBBI")
_ATTRIBUTE = struct.Struct("=HH")
_ERROR = struct.Struct("=i")
_UINT32 = struct.Struct("=I")


@dataclass(frozen=True)
class VethEnd:
    """One end of a veth pair to be made: its name, its namespace and its address.

    *namespace_fd* None means the namespace of the socket that makes it. *arp* False keeps the
    end from answering for itself: right for an end that only hands frames on.
    """

    name: str
    namespace_fd: int | None = None
    mac: str | None = None
    arp: bool = True


class RouteSocket:
    """A routing socket, bound for life to the namespace it was opened in."""

    def __init__(self) -> None:
        self._socket = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_ROUTE
        )
        self._socket.setsockopt(_SOL_NETLINK, _NETLINK_EXT_ACK, 1)
        self._socket.setsockopt(_SOL_NETLINK, _NETLINK_CAP_ACK, 1)
        self._socket.bind((0, 0))
        self._sequence = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the socket; what it made stays."""
        self._socket.close()

    def create_veth(self, a: VethEnd, b: VethEnd, *, mtu_bytes: int) -> None:
        """Make the veth pair *a*, *b*, each end in its namespace, both down.

        Down, so that offloads are off and IPv6 is silent before the first packet. Raises
        RunError with the kernel's words, naming both ends.
        """
        peer = _attribute(_VETH_INFO_PEER | _NESTED, _end(b, mtu_bytes))
        info = _attribute(_IFLA_INFO_KIND, b"veth") + _attribute(_IFLA_INFO_DATA | _NESTED, peer)
        body = _end(a, mtu_bytes) + _attribute(_IFLA_LINKINFO | _NESTED, info)
        self._request(
            _RTM_NEWLINK,
            _F_CREATE | _F_EXCLUSIVE,
            body,
            what=f"make the veth pair {a.name}, {b.name}",
        )

    def delete_link(self, name: str) -> None:
        """Delete interface *name* and, of a veth pair, its other end; gone already is fine."""
        body = _LINK.pack(0, 0, 0, 0, 0) + _attribute(_IFLA_IFNAME, _text(name))
        self._request(_RTM_DELLINK, 0, body, what=f"delete interface {name}", forgive=errno.ENODEV)

    def delete_links(self, indices: Iterable[int]) -> None:
        """Delete the interfaces of *indices*, which exist, and the other ends of veth pairs.

        All in one request: each request waits for the kernel to settle, some 25 ms.
        """
        group = _attribute(_IFLA_GROUP, _UINT32.pack(_DOOMED_GROUP))
        doomed = list(indices)
        for index in doomed:
            body = _LINK.pack(0, 0, index, 0, 0) + group
            self._request(_RTM_NEWLINK, 0, body, what=f"doom interface {index}")
        if doomed:
            body = _LINK.pack(0, 0, 0, 0, 0) + group
            self._request(_RTM_DELLINK, 0, body, what="delete interfaces", forgive=errno.ENODEV)

    def set_master(self, name: str, master: str | None) -> None:
        """Make *name* a port of bridge *master* (None: of none)."""
        index = 0 if master is None else socket.if_nametoindex(master)
        body = _LINK.pack(0, 0, 0, 0, 0) + _attribute(_IFLA_IFNAME, _text(name))
        body += _attribute(_IFLA_MASTER, _UINT32.pack(index))
        self._request(_RTM_NEWLINK, 0, body, what=f"make {name} a port of bridge {master}")

    def set_up(self, index: int, *, up: bool = True) -> None:
        """Bring the interface of *index* up or down."""
        body = _LINK.pack(0, 0, index, _IFF_UP if up else 0, _IFF_UP)
        self._request(_RTM_NEWLINK, 0, body, what=f"bring interface {index} up or down")

    def is_operational(self, name: str) -> bool:
        """Whether *name* is up, has a carrier, and the kernel has put its queue in place."""
        body = _LINK.pack(0, 0, 0, 0, 0) + _attribute(_IFLA_IFNAME, _text(name))
        reply = self._ask(_RTM_GETLINK, body, what=f"show interface {name}")
        for kind, payload in _attributes(reply[_LINK.size :]):
            if kind == _IFLA_OPERSTATE:
                return payload[0] == _OPERSTATE_UP
        return False

    def create_bridge(self, name: str) -> None:
        """Make the bridge *name*, up."""
        info = _attribute(_IFLA_INFO_KIND, b"bridge")
        body = _LINK.pack(0, 0, 0, _IFF_UP, _IFF_UP)
        body += _attribute(_IFLA_IFNAME, _text(name))
        body += _attribute(_IFLA_LINKINFO | _NESTED, info)
        self._request(_RTM_NEWLINK, _F_CREATE | _F_EXCLUSIVE, body, what=f"make the bridge {name}")

    def add_address(self, index: int, address: IPv4Interface) -> None:
        """Give the interface of *index* this *address*; having it already is fine."""
        self._request(
            _RTM_NEWADDR,
            _F_CREATE | _F_REPLACE,
            _address(index, address),
            what=f"add address {address} to interface {index}",
        )

    def delete_address(self, index: int, address: IPv4Interface) -> None:
        """Take *address* from the interface of *index*; not having it is fine."""
        self._request(
            _RTM_DELADDR,
            0,
            _address(index, address),
            what=f"take address {address} from interface {index}",
            forgive=errno.EADDRNOTAVAIL,
        )

    def _request(
        self, kind: int, flags: int, body: bytes, *, what: str, forgive: int | None = None
    ) -> None:
        self._send(kind, flags | _F_ACK, body)
        self._check(*self._receive(), what=what, forgive=forgive)

    def _ask(self, kind: int, body: bytes, *, what: str) -> bytes:
        self._send(kind, 0, body)
        answer = self._receive()
        self._check(*answer, what=what)
        return answer[2]

    def _send(self, kind: int, flags: int, body: bytes) -> None:
        self._sequence += 1
        length = _HEADER.size + len(body)
        header = _HEADER.pack(length, kind, flags | _F_REQUEST, self._sequence, 0)
        self._socket.send(header + body)

    def _receive(self) -> tuple[int, str, bytes]:
        """Give the answer's error code (0: none), the kernel's words, and its content."""
        while True:
            data = self._socket.recv(65536)
            length, kind, flags, sequence, _ = _HEADER.unpack_from(data)
            if sequence != self._sequence:
                continue
            if kind != _NLMSG_ERROR:
                return 0, "", data[_HEADER.size : length]
            code = -_ERROR.unpack_from(data, _HEADER.size)[0]
            # After the code comes the header of the request, then what the kernel has to say.
            offset = _HEADER.size + _ERROR.size + _HEADER.size
            text = _kernel_text(data[offset:length]) if flags & _F_ACK_TLVS else ""
            return code, text, b""

    @staticmethod
    def _check(
        code: int, text: str, _content: bytes, *, what: str, forgive: int | None = None
    ) -> None:
        if code in (0, forgive):
            return
        reason = text or os.strerror(code)
        if code in (errno.EPERM, errno.EOPNOTSUPP):
            raise HostError(f"the kernel refuses to {what}: {reason}", mend="run as root")
        raise RunError(f"the kernel refuses to {what}: {reason}")


def _kernel_text(data: bytes) -> str:
    for kind, payload in _attributes(data):
        if kind == _ACK_MESSAGE_TEXT:
            return payload.rstrip(b"\0").decode()
    return ""


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    offset = 0
    while offset + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, offset)
        if length < _ATTRIBUTE.size:
            return
        yield kind & ~_NESTED, data[offset + _ATTRIBUTE.size : offset + length]
        offset += length + (-length % 4)


def _attribute(kind: int, payload: bytes) -> bytes:
    length = _ATTRIBUTE.size + len(payload)
    return _ATTRIBUTE.pack(length, kind) + payload + b"\0" * (-length % 4)


def _text(value: str) -> bytes:
    return value.encode() + b"\0"


def _end(end: VethEnd, mtu_bytes: int) -> bytes:
    body = _LINK.pack(0, 0, 0, 0 if end.arp else _IFF_NOARP, _IFF_NOARP)
    body += _attribute(_IFLA_IFNAME, _text(end.name))
    body += _attribute(_IFLA_MTU, _UINT32.pack(mtu_bytes))
    if end.mac is not None:
        body += _attribute(_IFLA_ADDRESS, bytes.fromhex(end.mac.replace(":", "")))
    if end.namespace_fd is not None:
        body += _attribute(_IFLA_NET_NS_FD, _UINT32.pack(end.namespace_fd))
    return body


def _address(index: int, address: IPv4Interface) -> bytes:
    body = _ADDRESS.pack(socket.AF_INET, address.network.prefixlen, 0, 0, index)
    body += _attribute(_IFA_LOCAL, address.ip.packed) + _attribute(_IFA_ADDRESS, address.ip.packed)
    if address.network.prefixlen < 31:
        body += _attribute(_IFA_BROADCAST, address.network.broadcast_address.packed)
    return body
