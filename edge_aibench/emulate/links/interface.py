"""Interfaces of emulated nodes: making one fit to carry packets, giving it an address."""

from __future__ import annotations

import socket
from ipaddress import IPv4Interface
from pathlib import Path

from edge_aibench.emulate.links.namespace import inside_process
from edge_aibench.emulate.links.offload import disable_offloads
from edge_aibench.emulate.links.rtnetlink import RouteSocket
from edge_aibench.errors import RunError

_LONGEST_NAME = 15
"""Characters of an interface's name that the kernel has room for (IFNAMSIZ less one)."""


def check_name(name: str) -> None:
    """Raise RunError if *name* is too long for an interface."""
    if len(name.encode()) > _LONGEST_NAME:
        raise RunError(
            f"interface name '{name}' has more than {_LONGEST_NAME} characters",
            next_step="shorten the name of the node group in the topology file",
        )


def prepare_interface(name: str) -> None:
    """Switch offloads and IPv6 of *name*, in the calling thread's namespace, off.

    Raises RunError.
    """
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as via:
            disable_offloads(name, via=via)
        # The kernel's own neighbour discovery would travel the link and be counted. Where there
        # is no such switch, the kernel has no IPv6.
        switch = Path(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6")
        if switch.exists():
            switch.write_text("1")
    except OSError as error:
        raise RunError(f"cannot prepare interface {name}: {error}") from error


def bring_up(name: str, *, pid: int | None) -> None:
    """Bring interface *name* in the namespace of *pid* (None: the caller's own) up."""
    with inside_process(pid), RouteSocket() as route:
        route.set_up(socket.if_nametoindex(name))


def set_address(name: str, address: IPv4Interface, *, pid: int | None) -> None:
    """Give interface *name* in the namespace of *pid* (None: the caller's own) an *address*."""
    with inside_process(pid), RouteSocket() as route:
        route.add_address(socket.if_nametoindex(name), address)
