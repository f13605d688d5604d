from __future__ import annotations

from pathlib import Path

import pytest

from edge_aibench.emulate.backends import choose_backend
from edge_aibench.emulate.link_mover import holds
from edge_aibench.emulate.links.relay import RelayBackend
from edge_aibench.errors import HostError
from edge_aibench.model.link import LinkDirection
from edge_aibench.network.trace import LinkState, LinkTrace


def test_netem_is_refused_where_links_hold_packets(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="cannot hold packets") as caught:
        choose_backend("netem", seed=1, scratch=tmp_path, holds=True)
    assert caught.value.mend is not None
    assert "--backend relay" in caught.value.mend


def test_what_holds_packets_is_made_by_the_relay(tmp_path: Path) -> None:
    try:
        found = choose_backend("auto", seed=1, scratch=tmp_path, holds=True)
    except HostError as error:
        pytest.skip(f"the relay does not work here: {error}")
    assert isinstance(found, RelayBackend)


@pytest.mark.parametrize(("outage", "held"), [("none", False), ("lost", False), ("held", True)])
def test_a_trace_holds_if_one_of_its_states_does(outage: str, held: bool) -> None:
    calm = LinkDirection()
    out = LinkDirection.model_validate({"outage": outage})
    trace = LinkTrace((0.0, 1.0), (LinkState(calm, calm), LinkState(calm, out)))
    assert holds(trace) == held
