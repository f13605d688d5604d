"""What the framework costs: the empty ward by edge-aibench and by a bare script, in turn.

    python -m benchmarks.framework_cost --pairs 5 --delay-ms 0 0.5

Both run the same arrival plan in each pair; which of them goes first changes from pair to pair,
so that a machine that slowly gets busier or hotter favours neither.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.comparison import Ratio, percentile, ratio_of_pairs
from benchmarks.framework_runs import run_framework
from edge_aibench.emulate.kernel import cores_kept_awake
from edge_aibench.model.scenario import Arrivals
from edge_aibench.model.workload import Workload, plan_arrivals

HERE = Path(__file__).parent
WARMUP_S = 3.0
TARGETS = {50: 1.3, 99: 1.6}


@dataclass(frozen=True)
class Asked:
    """One condition: how many pairs, how long, how many patients, delay of an access link."""

    pairs: int
    seconds: float
    patients: int
    delay_ms: float


@dataclass(frozen=True)
class Run:
    """One run of either: its percentiles, what got no answer, how busy the machine was."""

    way: str
    pair: int
    p50_ms: float
    p99_ms: float
    answered: int
    load_before: float
    latencies_ms: tuple[float, ...]

    def shown(self) -> dict[str, Any]:
        """Everything but the raw latencies."""
        return {key: value for key, value in asdict(self).items() if key != "latencies_ms"}


def run_edge_aibench(asked: Asked, seed: int) -> tuple[float, ...]:
    """Latencies of the empty ward by edge-aibench, in ms."""
    options = [str(HERE / "empty_ward"), "--backend", "relay", "--seed", str(seed)]
    options += ["--patients", str(asked.patients), "--duration", str(asked.seconds)]
    options += ["--warmup", str(WARMUP_S)]
    if asked.delay_ms:
        options += ["--set", f"links.access.delay={asked.delay_ms}ms"]
    return run_framework(options).latencies_ms


def run_bare(asked: Asked, seed: int) -> tuple[float, ...]:
    """Latencies of the bare script with the same arrival plan, in ms."""
    phases = ",".join(str(phase) for phase in first_instants_ns(asked, seed))
    command = [sys.executable, str(HERE / "bare_ward.py"), "--raw", "--phases-ns", phases]
    command += ["--patients", str(asked.patients), "--seconds", str(asked.seconds)]
    command += ["--warmup", str(WARMUP_S), "--delay-ms", str(asked.delay_ms)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"the bare ward failed:\n{done.stderr[-2000:]}")
    return tuple(json.loads(done.stdout)["latencies_ms"])


def first_instants_ns(asked: Asked, seed: int) -> tuple[int, ...]:
    """When each patient's monitor first speaks in edge-aibench's plan for *seed*."""
    workload = Workload(duration_s=asked.seconds, warmup_s=WARMUP_S, seed=seed)
    arrivals = Arrivals(law="periodic", interval_s=1.0)
    plan = plan_arrivals("monitor", arrivals, workload, instances=asked.patients)
    return tuple(int(row[0]) for row in plan.instants_ns)


def run_pairs(asked: Asked) -> list[Run]:
    """Run all pairs: A B, B A, A B and so on; pair k uses seed k."""
    ways = {"edge-aibench": run_edge_aibench, "bare": run_bare}
    runs = []
    for pair in range(1, asked.pairs + 1):
        for way in list(ways) if pair % 2 else reversed(list(ways)):
            load_before = os.getloadavg()[0]
            latencies_ms = ways[way](asked, pair)
            runs.append(
                Run(
                    way=way,
                    pair=pair,
                    p50_ms=percentile(latencies_ms, 50),
                    p99_ms=percentile(latencies_ms, 99),
                    answered=len(latencies_ms),
                    load_before=load_before,
                    latencies_ms=latencies_ms,
                )
            )
            print(render_run(runs[-1]), file=sys.stderr, flush=True)
    return runs


def render_run(run: Run) -> str:
    """One line about *run*."""
    return (
        f"pair {run.pair}  {run.way:12}  p50 {run.p50_ms:6.3f} ms  p99 {run.p99_ms:7.3f} ms  "
        f"{run.answered} answered  load before {run.load_before:.2f}"
    )


def judge(runs: list[Run]) -> dict[str, Any]:
    """Pooled percentiles of both, and the ratios over pairs with their intervals and verdicts."""
    ours = sorted((run for run in runs if run.way == "edge-aibench"), key=lambda run: run.pair)
    bare = sorted((run for run in runs if run.way == "bare"), key=lambda run: run.pair)
    judged: dict[str, Any] = {}
    for percent, limit in TARGETS.items():
        name = f"p{percent}_ms"
        ratio: Ratio = ratio_of_pairs(
            [getattr(run, name) for run in ours], [getattr(run, name) for run in bare]
        )
        pooled = [
            percentile([value for run in group for value in run.latencies_ms], percent)
            for group in (ours, bare)
        ]
        judged[f"p{percent}"] = {
            "edge_aibench_ms": pooled[0],
            "bare_ms": pooled[1],
            "ratio": asdict(ratio),
            "ratio_of_pooled": pooled[0] / pooled[1],
            "limit": limit,
            "verdict": ratio.verdict(limit),
        }
    return judged


def render(asked: Asked, judged: dict[str, Any]) -> str:
    """The result of one condition in a few lines."""
    lines = [f"access links {asked.delay_ms:g} ms one way, {asked.patients} patients"]
    for percent, found in judged.items():
        ratio = found["ratio"]
        lines.append(
            f"  {percent}: edge-aibench {found['edge_aibench_ms']:.3f} ms, "
            f"bare {found['bare_ms']:.3f} ms; ratio {ratio['value']:.2f} "
            f"[{ratio['lower']:.2f}, {ratio['upper']:.2f}] over {ratio['pairs']} pairs, "
            f"target <= {found['limit']:g}: {found['verdict']}"
        )
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Run all conditions; 0 unless a target is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=5, help="at least 2")
    parser.add_argument("--seconds", type=float, default=30.0, help="measured, of each run")
    parser.add_argument("--patients", type=int, default=32)
    parser.add_argument(
        "--delay-ms", type=float, nargs="+", default=[0.0], help="one condition for each value"
    )
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    if chosen.pairs < 2:
        parser.error("--pairs: an interval needs 2 or more")
    missed = False
    document = []
    for delay_ms in chosen.delay_ms:
        asked = Asked(chosen.pairs, chosen.seconds, chosen.patients, delay_ms)
        # A run of edge-aibench keeps the cores awake; the bare script gets the same.
        with cores_kept_awake():
            runs = run_pairs(asked)
        judged = judge(runs)
        missed |= any(found["verdict"] == "missed" for found in judged.values())
        shown = [run.shown() for run in runs]
        document.append({"condition": asdict(asked), "runs": shown, "result": judged})
        if not chosen.json:
            print(render(asked, judged), flush=True)
    if chosen.json:
        print(json.dumps(document, indent=2))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
