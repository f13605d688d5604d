"""Faults and background traffic as users write them, and what they may hit."""

from __future__ import annotations

import pytest

from edge_aibench.config.disturbance_text import (
    Ground,
    parse_background,
    parse_disturbances,
    parse_fault,
)
from edge_aibench.errors import ConfigError
from edge_aibench.model.disturbances import BackgroundTraffic, Disturbances, Fault
from edge_aibench.testing.ward import three_tiers

GROUND = Ground(topology=three_tiers(), instances=3, run_s=33.0)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("node edge at 10 s for 2 s", Fault(kind="node", name="edge", at_s=10, lasts_s=2)),
        ("node edge for 2s at 10s", Fault(kind="node", name="edge", at_s=10, lasts_s=2)),
        ("node ward at 0", Fault(kind="node", name="ward", at_s=0)),
        ("node ward-3 at 500 ms", Fault(kind="node", name="ward-3", at_s=0.5)),
        ("link access at 1 s", Fault(kind="link", name="access", at_s=1)),
        ("link access/2 at 5 s", Fault(kind="link", name="access/2", at_s=5)),
        ("link wan/0 at 5 s for 1 h", Fault(kind="link", name="wan/0", at_s=5, lasts_s=3600)),
    ],
)
def test_a_fault_in_words(text: str, fault: Fault) -> None:
    assert parse_fault(text, ground=GROUND) == fault


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must have the form KIND NAME at TIME"),
        ("node edge", "must have the form KIND NAME at TIME"),
        ("node edge now at 1 s", "must have the form KIND NAME at TIME"),
        ("node at 10 s", "must have the form KIND NAME at TIME"),
        ("host edge at 1 s", "must begin with node or link.*found 'host'"),
        ("node egde at 1 s", r"no node or group of nodes.*'egde'(.|\n)*mean edge"),
        ("node ward-0 at 1 s", "nodes of 'ward' are ward-1 to ward-3.*'ward-0'"),
        ("node ward-4 at 1 s", "nodes of 'ward' are ward-1 to ward-3.*'ward-4'"),
        ("node ward-03 at 1 s", "no node or group of nodes"),
        ("node edge-1 at 1 s", r"alone in its group.*'edge-1'(.|\n)*call it 'edge'"),
        ("node switch at 1 s", r"names a switch(.|\n)*--fault 'link NAME"),
        ("link acess at 1 s", r"no link of this name.*'acess'(.|\n)*mean access"),
        ("link access/3 at 1 s", "wires of 'access' are access/0 to access/2.*'access/3'"),
        ("link access/x at 1 s", "wires of 'access' are access/0 to access/2"),
        ("link access/ at 1 s", "wires of 'access' are access/0 to access/2"),
        ("link wan/1 at 1 s", "only wire of 'wan' is wan/0"),
        ("node edge at 10", "at: must be a duration.*found '10'"),
        ("node edge at -1 s", "at: must be a duration of at least 0"),
        ("node edge at 33 s", "before the run ends, 33 s after its start.*found '33 s'"),
        ("node edge at 1 s for 0 s", "for: must last for some time"),
        ("node edge at 1 s for", "must be followed by a value.*found 'for'"),
        ("node edge at 1 s at 2 s", "stands there twice.*found 'at'"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_fault(text, ground=GROUND)


def test_a_fault_of_a_node_that_is_called_like_a_word_of_ours() -> None:
    topology = three_tiers()
    nodes = {("at" if name == "cloud" else name): group for name, group in topology.nodes.items()}
    wan = topology.links["wan"].model_copy(update={"between": ("edge", "at")})
    renamed = topology.model_copy(update={"nodes": nodes, "links": {**topology.links, "wan": wan}})
    ground = Ground(topology=renamed, instances=1, run_s=33.0)
    assert parse_fault("node at at 1 s", ground=ground).name == "at"


@pytest.mark.parametrize(
    ("text", "traffic"),
    [
        (
            "wan up 20 Mbit/s down 1 Mbit/s",
            BackgroundTraffic(link="wan", up_bps=20e6, down_bps=1e6),
        ),
        ("wan down 8kbit/s", BackgroundTraffic(link="wan", down_bps=8e3)),
        (
            "access up 1 Mbit/s packet 64 B",
            BackgroundTraffic(link="access", up_bps=1e6, packet_bytes=64),
        ),
    ],
)
def test_background_traffic_in_words(text: str, traffic: BackgroundTraffic) -> None:
    assert parse_background(text, ground=GROUND) == traffic


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must have the form LINK up RATE"),
        ("wan lan up 1 Mbit/s", "must have the form LINK up RATE"),
        ("van up 1 Mbit/s", r"no link of this name(.|\n)*mean wan"),
        ("wan/0 up 1 Mbit/s", "no link of this name"),
        ("wan", "a rate above 0"),
        ("wan up 0", "a rate above 0"),
        ("wan up 20 MB/s", "up: must be a data rate.*found '20 MB/s'"),
        ("wan up 20", "up: must be a data rate.*found '20'"),
        ("wan up 1 Mbit/s packet 0 B", "packet: a packet must have from 1 to 65,535 bytes"),
        ("wan up 1 Mbit/s packet 1 MB", "from 1 to 65,535 bytes.*found '1 MB'"),
    ],
)
def test_background_that_cannot_be_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_background(text, ground=GROUND)


def test_all_options_together() -> None:
    found = parse_disturbances(
        ["node edge at 1 s", "link wan at 2 s"], ["wan up 1 Mbit/s"], ground=GROUND
    )
    assert found == Disturbances(
        faults=(
            Fault(kind="node", name="edge", at_s=1),
            Fault(kind="link", name="wan", at_s=2),
        ),
        background=(BackgroundTraffic(link="wan", up_bps=1e6),),
    )
    assert not parse_disturbances([], [], ground=GROUND)


def test_a_link_has_one_background() -> None:
    with pytest.raises(ConfigError, match=r"twice.*found 'wan'"):
        parse_disturbances([], ["wan up 1 Mbit/s", "wan down 1 Mbit/s"], ground=GROUND)
