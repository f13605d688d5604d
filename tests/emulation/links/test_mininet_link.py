"""Mininet hosts and a bridge, joined by our links."""

from __future__ import annotations

import re
import shutil
import warnings
from typing import Any

import pytest

from edge_aibench.emulate.links.relay import RelayBackend
from edge_aibench.model.link import LinkDirection

pytestmark = pytest.mark.emulation


def _network(backend: RelayBackend) -> Any:
    for program in ("mnexec", "brctl", "ifconfig"):
        if shutil.which(program) is None:
            pytest.skip(f"Mininet needs the program {program}")
    with warnings.catch_warnings():
        # Mininet uses distutils and a deprecated method of logging.
        warnings.simplefilter("ignore", DeprecationWarning)
        return _start(backend)


def _start(backend: RelayBackend) -> Any:
    from mininet.net import Mininet
    from mininet.nodelib import LinuxBridge

    from edge_aibench.emulate.links.mininet_link import BackendLink

    # Mininet would raise limits of the whole machine, such as fs.file-max.
    Mininet.inited = True
    net = Mininet(controller=None, build=False)
    switch = net.addSwitch("s1", cls=LinuxBridge)
    up, down = LinkDirection(delay_s=0.005), LinkDirection(delay_s=0.002)
    for number in (1, 2):
        host = net.addHost(f"h{number}", ip=f"10.0.0.{number}/24")
        net.addLink(
            host,
            switch,
            cls=BackendLink,
            backend=backend,
            wire=f"access/{number}",
            up=up,
            down=down,
        )
    net.start()
    return net


def test_ping_takes_what_the_links_take(interfaces_of: Any) -> None:
    with RelayBackend(seed=1) as backend:
        net = _network(backend)
        host = net.get("h1")
        assert host.IP() == "10.0.0.1"
        assert host.MAC() == host.intf().MAC()
        text = host.cmd("ping -c 5 -i 0.05 10.0.0.2")
        times_ms = [float(found) for found in re.findall(r"time=([\d.]+) ms", text)]
        # Up and down on one link, up and down on the other: 5 + 2 + 5 + 2 ms.
        assert len(times_ms) == 5
        assert 14.0 <= min(times_ms) <= 15.0
        assert backend.observe("access/1").up.packets >= 5
        net.stop()
    assert interfaces_of(None) == set()


def test_one_link_can_be_deleted(interfaces_of: Any) -> None:
    with RelayBackend(seed=1) as backend:
        net = _network(backend)
        net.delLink(net.links[0])
        assert "s1-eth1" not in interfaces_of(None)
        assert "s1-eth2" in interfaces_of(None)
        assert net.get("h1").intfList() == []
        net.stop()
