"""Links and brokers as stations."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from edge_aibench.model.experiment import Experiment
from edge_aibench.model.link import LinkDirection
from edge_aibench.model.timings import MessageTimes
from edge_aibench.record.events import Kind
from tests.statistical.simulate import closed_forms as theory
from tests.statistical.simulate.build import (
    build,
    hosts,
    link,
    meet,
    poisson,
)
from tests.statistical.simulate.case import (
    INTERVAL_S,
    RATE,
    Case,
    Figure,
    beyond,
    mean,
)
from tests.statistical.simulate.measure import Numbers, Run


def _sending(
    *,
    direction: LinkDirection,
    payloads: Mapping[str, tuple[float, float]],
    messages: MessageTimes | None = None,
    **chosen: float,
) -> Experiment:
    """Sensors by interval and size of payload, which speak to a hub over one wire an instance."""
    stages = {f"at-{name}": meet(name, on="hub") for name in payloads}
    return build(
        sensors={
            name: poisson("host", interval_s, done_at=f"at-{name}", payload_bytes=payload_bytes)
            for name, (interval_s, payload_bytes) in payloads.items()
        },
        stages=stages,
        nodes=hosts("host", "hub", each=("host",)),
        links={"wire": link("host", "hub", up=direction)},
        done_at="at-source",
        messages=messages,
        **chosen,  # type: ignore[arg-type]
    )


def _under_way(run: Run, name: str = "source") -> Numbers:
    return run.start_s(Kind.RECEIVED, name, "hub") - run.end_s(Kind.SENT, name, "host")


def _link(delay_s: float) -> Case:
    # 1000 B of payload, 45 of publishing and 66 of headers in one frame are 8888 bits: 7 ms.
    rate_bps = 8 * 1111 / 0.007
    made = partial(
        _sending,
        direction=LinkDirection(rate_bps=rate_bps, delay_s=delay_s),
        payloads={"source": (INTERVAL_S, 1000.0)},
    )
    exact_s = theory.pollaczek_khinchine_s(RATE, 0.007, 0.007**2) + 0.007 + delay_s
    return Case(
        f"link, use 0.7, {1000 * delay_s:g} ms long: M/D/1",
        made,
        (Figure("mean time of a message", exact_s, mean(_under_way)),),
    )


def _link_of_two_sizes() -> Case:
    # 1111 and 2000 + 45 + 2 * 66 = 2177 B on the wire, at 1 B in 3 us.
    made = partial(
        _sending,
        direction=LinkDirection(rate_bps=8 / 3e-6),
        payloads={"source": (1 / 60, 1000.0), "other": (1 / 60, 2000.0)},
    )
    times = (1111 * 3e-6, 2177 * 3e-6)
    wait_s = theory.constant_classes_wait_s([(60.0, times[0]), (60.0, times[1])])
    return Case(
        "link with messages of two sizes: M/G/1",
        made,
        (
            Figure("mean time of small ones", wait_s + times[0], mean(_under_way)),
            Figure(
                "mean time of large ones",
                wait_s + times[1],
                mean(lambda run: _under_way(run, "other"), "other"),
            ),
        ),
    )


def _broker() -> Case:
    made = partial(
        _sending,
        direction=LinkDirection(),
        payloads={"source": (50 * INTERVAL_S, 100.0)},
        messages=MessageTimes(broker_s=0.008),
    )
    exact_s = theory.pollaczek_khinchine_s(RATE, 0.008, 0.008**2) + 0.008
    return Case(
        "broker of 50 senders, use 0.8: M/D/1",
        made,
        (Figure("mean time of a message", exact_s, mean(_under_way)),),
        shared=True,
        instances=50,
    )


def _lost(share: float) -> Case:
    """One frame a message: each loss on end doubles what TCP waits, so that a message that is lost
    k times is 2^k - 1 timeouts of 200 ms and a round trip late.
    """
    made = partial(
        _sending,
        direction=LinkDirection(loss=share, delay_s=0.01),
        payloads={"source": (1000.0, 100.0)},
    )
    timeout_s = 0.2 + 0.02

    def late(times: int) -> Figure:
        limit_s = 0.01 + (2**times - 1) * timeout_s - 1e-3
        return Figure(f"lost {times} times or more", share**times, beyond(_under_way, limit_s), "")

    figures = tuple(late(k) for k in (1, 2, 3))
    return Case(f"link that loses {share:.0%}", made, figures, interval_s=1000.0)


LINKS = (_link(0.0), _link(0.1), _link_of_two_sizes(), _broker(), _lost(0.3))
