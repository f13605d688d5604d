"""Switching off what would let an interface pass on packets that no wire would carry.

With segmentation offload a veth hands on frames of up to 64 kB, which a link would delay or
lose as one; with checksum offload it hands on frames without a checksum, which a receiver
drops once they have been through user space. Requests: linux/ethtool.h.
"""

from __future__ import annotations

import array
import fcntl
import socket
import struct

from edge_aibench.errors import RunError

_SIOCETHTOOL = 0x8946
_SET_COMMANDS = {
    "transmit checksum": 0x17,
    "scatter-gather": 0x19,
    "TCP segmentation": 0x1F,
    "generic segmentation": 0x24,
    "generic receive": 0x2C,
}
_REQUEST = struct.Struct("16sP")


def disable_offloads(interface: str, *, via: socket.socket) -> None:
    """Switch segmentation, receive and checksum offload of *interface* off.

    *via* is any socket of the namespace the interface is in. Raises RunError naming the
    interface and the offload.
    """
    for what, command in _SET_COMMANDS.items():
        value = array.array("I", [command, 0])
        address, _ = value.buffer_info()
        try:
            fcntl.ioctl(via, _SIOCETHTOOL, _REQUEST.pack(interface.encode(), address))
        except OSError as error:
            raise RunError(
                f"cannot switch {what} offload of interface {interface} off: {error.strerror}"
            ) from error
