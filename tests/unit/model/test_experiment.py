"""Links under time dilation."""

from __future__ import annotations

from edge_aibench.model.experiment import dilated
from edge_aibench.model.link import Jitter, Link, LinkDirection
from edge_aibench.model.topology import Topology


def test_dilated_links_are_slower_in_every_respect_but_loss(topology: Topology) -> None:
    up = LinkDirection(
        delay_s=0.008, jitter=Jitter(law="normal", spread_s=0.001), loss=0.01, rate_bps=60e6
    )
    links = {**topology.links, "air": Link(between=("pole", "radio"), up=up)}
    slow = dilated(topology.model_copy(update={"links": links}), 4.0).links["air"]
    assert slow.up.delay_s == 0.032
    assert slow.up.jitter == Jitter(law="normal", spread_s=0.004)
    assert slow.up.rate_bps == 15e6
    assert slow.up.loss == 0.01
    assert slow.down == LinkDirection()


def test_time_that_runs_as_it_does_changes_nothing(topology: Topology) -> None:
    assert dilated(topology, 1.0) is topology
