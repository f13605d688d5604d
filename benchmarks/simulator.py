"""How many observations a second the simulation engines do, and whether cost grows linearly.

Two workloads. `icu`: the intensive care unit as it ships, every time drawn from a law, with faster
wires behind the access point than the ward's where a million patients would fill these; at `edge`
the server is as fast as it must be to keep up. `yafs`: 100 sensors, an edge and a cloud stage,
1000 requests a second in all, as in the published comparison of simulators.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from edge_aibench.config.load import load_scenario, load_topology
from edge_aibench.model.experiment import Experiment
from edge_aibench.model.placement import place
from edge_aibench.model.scenario import Scenario
from edge_aibench.model.timings import Timings
from edge_aibench.model.topology import Topology
from edge_aibench.model.workload import Workload
from edge_aibench.simulate.plan import SimulationPlan
from edge_aibench.simulate.reference.engine import run_reference
from edge_aibench.simulate.vector.summary import summarise_vector
from edge_aibench.testing.ward import three_tiers

# Requests a second of YAFS on the workload `yafs`, with the writing of its records, on two cores.
YAFS_PER_S = 10_500


def icu(patients: int, duration_s: float, where: str) -> Experiment:
    """*patients* with one observation a second each."""
    scenario = load_scenario("icu").scenario
    topology = _with_fast_wires(load_topology("icu-ward"))
    # A worker at the edge is busy for about a third of a second each second.
    shrink = 0.3 / (8e-4 * patients) if where == "edge" else 1.0
    broker_s = 0.05 / patients
    return Experiment(
        source="icu",
        scenario=scenario,
        topology=topology,
        placement=place(scenario, topology, where),
        instances=patients,
        workload=Workload(duration_s=duration_s, warmup_s=0.0),
        timings=_times(scenario, shrink, broker_s, patients),
    )


def yafs(duration_s: float) -> Experiment:
    """100 sensors -> edge -> cloud: 10 requests a second each, two services."""
    scenario = Scenario.model_validate(
        {
            "name": "sensors-edge-cloud",
            "topology": "three-tiers",
            "components": "nowhere:nothing",
            "instances": {"name": "sensor", "default": 100},
            "sensors": {
                "sensor": {"node": "ward", "payload": 100, "arrivals": {"interval": "100 ms"}}
            },
            "stages": {
                "first": {
                    "kind": "preprocess",
                    "needs": ["sensor"],
                    "place": "edge",
                    "payload": 100,
                },
                "second": {"kind": "preprocess", "needs": ["first"], "place": "cloud"},
            },
            "done-at": "second",
        }
    )
    work = {
        "first": {"work": {"law": "exponential", "mean": 7e-4}},
        "second": {"work": {"law": "exponential", "mean": 6e-4}},
    }
    topology = three_tiers()
    return Experiment(
        source="sensors-edge-cloud",
        scenario=scenario,
        topology=topology,
        placement=place(scenario, topology),
        instances=100,
        workload=Workload(duration_s=duration_s, warmup_s=0.0),
        timings=Timings.model_validate({"stages": work}),
    )


def _with_fast_wires(topology: Topology) -> Topology:
    links = dict(topology.links)
    for name in ("backhaul", "wan"):
        ways = {
            way: getattr(links[name], way).model_copy(update={"rate_bps": 100e9})
            for way in ("up", "down")
        }
        links[name] = links[name].model_copy(update=ways)
    return topology.model_copy(update={"links": links})


def _times(scenario: Scenario, shrink: float, broker_s: float, patients: int) -> Timings:
    # What a single host does for all patients is done by one that keeps up with them.
    shared_s = min(1e-5, 0.1 / patients / shrink)

    def law(mean_s: float) -> dict[str, Any]:
        return {"law": "lognormal", "mean": mean_s * shrink, "spread": mean_s * shrink / 4}

    mean_s = {
        "window": 5e-5,
        "bedside": 1e-6,
        "alarm": 1e-6,
        "archive": shared_s,
        "alerts": shared_s,
    }
    stages = {name: {"work": law(mean_s.get(name, 2e-4))} for name in scenario.stages}
    messages = {
        "encode": law(1e-5),
        "publish": law(2e-5),
        "transfer": [{"payload": 100, "time": {"law": "exponential", "mean": 1e-4}}],
        "broker": broker_s,
    }
    return Timings.model_validate({"stages": stages, "messages": messages})


def vector_per_s(experiment: Experiment) -> dict[str, Any]:
    """Observations a second from arrivals to percentiles, once the code is compiled."""
    plan = SimulationPlan.of(experiment)
    started = time.perf_counter()
    summary = summarise_vector(plan)
    took_s = time.perf_counter() - started
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "observations": summary.counts.planned,
        "took_s": took_s,
        "per_s": summary.counts.planned / took_s,
        "peak_gib": peak_kib / 2**20,
        "valid": summary.validity.valid,
        "p99_ms": summary.latency["e2e"].percentiles["p99"].value,
    }


def simpy_per_s(experiment: Experiment) -> float:
    """Observations a second of the SimPy engine, events only."""
    plan = SimulationPlan.of(experiment)
    started = time.perf_counter()
    simulated = run_reference(plan)
    return sum(p.total for p in simulated.plans) / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, nargs="*", default=[1000, 10_000, 100_000])
    parser.add_argument("--duration", type=float, default=60.0)
    parser.add_argument("--out", type=Path, help="a JSON file to write, for simulator_plot")
    options = parser.parse_args()
    # More than half a million observations are counted by other code than fewer.
    for patients in (100, 120_000):
        for where in ("edge", "device"):
            vector_per_s(icu(patients, 5.0, where))
    small = yafs(20.0)
    simpy, vector = simpy_per_s(small), vector_per_s(yafs(2000.0))["per_s"]
    found = {
        "icu": {
            where: {n: vector_per_s(icu(n, options.duration, where)) for n in options.patients}
            for where in ("edge", "device")
        },
        "icu_simpy_per_s": simpy_per_s(icu(1000, 20.0, "edge")),
        "yafs": {
            "simpy_per_s": simpy,
            "vector_per_s": vector,
            "simpy_over_yafs": simpy / YAFS_PER_S,
            "vector_over_yafs": vector / YAFS_PER_S,
        },
    }
    text = json.dumps(found, indent=2) + "\n"
    if options.out is not None:
        options.out.write_text(text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
