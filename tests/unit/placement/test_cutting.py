"""Cuts as choices: which are worth looking at, what they do to an experiment, and Neurosurgeon's
choice against every choice by hand.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace

import pytest

from edge_aibench.api.choices import Choices, resolve
from edge_aibench.api.components import load_components
from edge_aibench.api.notices import Notices
from edge_aibench.errors import ConfigError, InternalError
from edge_aibench.model.apart import Variants
from edge_aibench.model.experiment import Experiment
from edge_aibench.model.time_law import ConstantTime, MeasuredTimes
from edge_aibench.model.timings import StageTimes, Timings
from edge_aibench.placement.choice import Assignment, Choice, Cut, Form
from edge_aibench.placement.cutting import (
    cut,
    cut_choices,
    cut_facts,
    stage_cuts,
    useful_cuts,
    with_splits,
)
from edge_aibench.placement.estimate import Estimate
from edge_aibench.placement.evaluation import Evaluation
from edge_aibench.placement.facts import CutFacts, FormFacts, StageFacts
from edge_aibench.placement.objective import Objective
from edge_aibench.placement.policies.split import split, split_time_s, transfer_s
from edge_aibench.placement.problem import Problem

FORM = Form()


def times(seconds: float) -> StageTimes:
    return StageTimes(work=ConstantTime(time_s=seconds))


def facts(after: str, payload_bytes: int, front_s: float, rest_s: float) -> CutFacts:
    return CutFacts(
        after=after,
        payload_bytes=payload_bytes,
        front=FormFacts(form=FORM, times=times(front_s)),
        rest=FormFacts(form=FORM, times=times(rest_s)),
    )


def vehicle(*settings: str, place: str | None = None) -> Experiment:
    """Vehicles of speed 1/10 and an edge of speed 1; 2 ms and 10 Mbit/s in between, and 30 ms to
    the cloud.
    """
    link = ("delay=2 ms", "rate=10 Mbit/s", "jitter.law=none", "jitter.spread=0 s")
    wired = ("rate=null", "jitter.law=none", "jitter.spread=0 s")
    every = (
        *(f"links.access.{each}" for each in link),
        *(f"links.{name}.{each}" for name in ("backhaul", "wan") for each in wired),
        *("links.backhaul.delay=0 s", "links.wan.delay=30 ms"),
    )
    chosen = Choices(
        scenario="vehicle",
        engine="simulate",
        instances=1,
        settings=(*every, *settings),
        place=place,
    )
    experiment = resolve(chosen, Notices(warning=lambda _text: None))
    nodes = dict(experiment.topology.nodes)
    for group, speed in (("vehicle", 0.1), ("edge", 1.0), ("cloud", 1.0)):
        hardware = nodes[group].hardware
        assert hardware is not None
        update = {"hardware": hardware.model_copy(update={"stated_speed": speed})}
        nodes[group] = nodes[group].model_copy(update=update)
    topology = experiment.topology.model_copy(update={"nodes": nodes})
    stages = {
        "compress": times(0.001),
        "decode": times(0.002),
        "lane-detection": times(0.020),
        "traffic-sign": times(0.004),
    }
    return experiment.model_copy(update={"topology": topology, "timings": Timings(stages=stages)})


CUTS = (
    facts("wide", 125_000, 0.001, 0.019),
    facts("narrow", 2_500, 0.002, 0.018),
    facts("as-narrow", 2_500, 0.004, 0.016),
    facts("needle", 250, 0.019, 0.001),
)


def problem(experiment: Experiment, cuts: Mapping[str, tuple[CutFacts, ...]]) -> Problem:
    def nowhere(assignment: Assignment) -> Evaluation:
        raise AssertionError(assignment)

    def no_estimate(assignment: Assignment) -> Estimate:
        raise AssertionError(assignment)

    places = ("vehicle", "edge", "cloud")
    decided = ("compress", "lane-detection", "detect", "traffic-sign", "decide")
    whole = Problem(
        experiment=experiment,
        facts={
            stage: StageFacts(
                forms={
                    FORM: FormFacts(
                        form=FORM, times=experiment.timings.stages.get(stage, times(0.0))
                    )
                }
            )
            for stage in decided
        },
        options={stage: tuple(Choice(place) for place in places) for stage in decided},
        refused={},
        objective=Objective("e2e.p99"),
        limits=(),
        evaluate=nowhere,
        estimate=no_estimate,
    )
    return with_splits(whole, cuts)


def test_a_cut_that_sends_no_less_than_one_before_it_is_left_out() -> None:
    assert [found.after for found in useful_cuts(CUTS)] == ["wide", "narrow", "needle"]
    assert useful_cuts(()) == ()


def test_fronts_run_nearer_to_the_devices_than_the_rest() -> None:
    topology = vehicle().topology
    choices = (Choice("vehicle"), Choice("edge", workers=2), Choice("cloud"))
    found = cut_choices(choices, CUTS[:1], topology)
    assert set(found) == {
        Choice("edge", workers=2, cut=Cut("wide", "vehicle")),
        Choice("cloud", cut=Cut("wide", "vehicle")),
        Choice("cloud", cut=Cut("wide", "edge")),
    }


def test_only_the_form_of_the_scenario_is_cut() -> None:
    experiment = vehicle()
    found = problem(experiment, {"lane-detection": CUTS, "traffic-sign": ()})
    lite = replace(found.options["lane-detection"][0], form=Form("lite", "int8"))
    options = {**found.options, "lane-detection": (Choice("vehicle"), Choice("edge"), lite)}
    again = with_splits(replace(found, options=options), {"lane-detection": CUTS[1:2]})
    assert again.options["lane-detection"][3:] == (Choice("edge", cut=Cut("narrow", "vehicle")),)
    assert found.options["traffic-sign"] == tuple(map(Choice, ("vehicle", "edge", "cloud")))
    assert found.facts["lane-detection"].cuts == CUTS


def test_a_message_takes_delays_and_its_bytes_at_the_rates() -> None:
    experiment = vehicle()
    # 2 ms and 1250 bytes, 10 kbit, at 10 Mbit/s: 1 ms.
    assert transfer_s(experiment, "vehicle", "edge", 1250) == pytest.approx(0.003)
    assert transfer_s(experiment, "edge", "vehicle", 1250) == pytest.approx(0.003)
    assert transfer_s(experiment, "edge", "edge", 1250) == 0.0
    assert transfer_s(experiment, "vehicle", "cloud", 1250) == pytest.approx(0.033)


def test_the_time_of_a_choice_is_its_sum_by_hand() -> None:
    found = problem(vehicle(), {"lane-detection": CUTS})
    # The picture of 46 kB: 2 ms + 36.8 ms; decoded at the edge in 2 ms, 20 ms of network; the
    # decision is made there.
    whole = split_time_s(found, "lane-detection", Choice("edge"))
    assert whole == pytest.approx(0.0388 + 0.002 + 0.020)
    # On the vehicle: 20 ms of decoding, 200 ms of network, then 452 bytes to the edge.
    there = split_time_s(found, "lane-detection", Choice("vehicle"))
    assert there == pytest.approx(0.020 + 0.200 + 0.002 + 452 * 8 / 1e7)
    # Cut behind 'narrow': decoded and 2 ms on the vehicle, 2,500 bytes, 18 ms at the edge.
    parted = split_time_s(found, "lane-detection", Choice("edge", cut=Cut("narrow", "vehicle")))
    assert parted == pytest.approx(0.020 + 0.020 + (0.002 + 0.002) + 0.018)
    with pytest.raises(InternalError, match="no facts of a cut"):
        split_time_s(found, "lane-detection", Choice("edge", cut=Cut("nowhere", "vehicle")))


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        # 46 kB take 0.37 ms: the edge works alone.
        ("1 Gbit/s", Choice("edge")),
        # 4 + 8 ms less of decoding and network at the edge, against the picture's 123 ms.
        ("3 Mbit/s", Choice("edge", cut=Cut("narrow", "vehicle"))),
        # 2.5 kB take 1 s; 250 bytes take 0.1 s and 170 ms more on the vehicle; 452 take 0.18 s.
        ("20 kbit/s", Choice("edge", cut=Cut("needle", "vehicle"))),
    ],
)
def test_the_slower_the_link_the_less_is_sent(rate: str, expected: Choice) -> None:
    found = problem(vehicle(f"links.access.rate={rate}"), {"lane-detection": CUTS})
    chosen = split(found).choices()
    assert chosen["lane-detection"] == expected
    best = min(split_time_s(found, "lane-detection", option) for option in _options(found))
    assert split_time_s(found, "lane-detection", expected) == best
    # Stages without a network stay where the scenario has them.
    assert (chosen["compress"], chosen["decide"]) == (Choice("vehicle"), Choice("edge"))


def _options(found: Problem) -> tuple[Choice, ...]:
    return found.options["lane-detection"]


def test_an_experiment_with_a_cut_network() -> None:
    experiment = vehicle(place="lane-detection=cloud,detect=device")
    found = cut(experiment, "lane-detection", Cut("narrow", "edge"), CUTS[1])
    groups = found.placement.groups
    assert groups["lane-detection-front"] == ("edge",)
    assert groups["lane-detection"] == ("cloud",)
    assert groups["detect"] == ("vehicle",)
    assert set(groups["decode"]) == {"edge", "vehicle"}
    stages = found.timings.stages
    assert stages["lane-detection-front"].work.mean_s == pytest.approx(0.002)
    assert stages["lane-detection"].work.mean_s == pytest.approx(0.018)
    assert found.scenario.payload_bytes("lane-detection-front") == 2500
    # The experiment it came from is as it was.
    assert "lane-detection-front" not in experiment.scenario.stages


def test_the_rest_keeps_what_was_known_of_the_whole() -> None:
    experiment = vehicle()
    known = StageTimes(
        work=MeasuredTimes(measured_s=(0.02,), marginal=0.25),
        handling=ConstantTime(time_s=0.001),
        passes=0.5,
    )
    timings = Timings(stages={**experiment.timings.stages, "lane-detection": known})
    experiment = experiment.model_copy(update={"timings": timings})
    measured = replace(
        CUTS[0],
        rest=FormFacts(
            form=FORM, times=StageTimes(work=MeasuredTimes(measured_s=(0.01,)), source="here")
        ),
    )
    found = cut(experiment, "lane-detection", Cut("wide", "vehicle"), measured)
    rest = found.timings.stages["lane-detection"]
    assert rest.work == MeasuredTimes(measured_s=(0.01,), marginal=0.25)
    assert (rest.passes, rest.handling.mean_s, rest.source) == (0.5, 0.001, "here")


def test_instances_placed_apart_are_not_cut() -> None:
    experiment = vehicle()
    apart = Variants(others=(experiment.placement,))
    experiment = experiment.model_copy(update={"variants": apart})
    with pytest.raises(ConfigError, match="placed apart"):
        cut(experiment, "lane-detection", Cut("wide", "vehicle"), CUTS[0])


def test_facts_of_a_real_network() -> None:
    found = cut_facts("traffic-sign", calls=5)
    assert [one.after for one in found] == [
        *("convolution", "primary_convolution", "primary_capsules", "class_capsules", "lengths")
    ]
    # 46 bytes of headers, 5 x 5 x 48 numbers.
    assert found[1].payload_bytes == 46 + 4 * 1200
    assert found[1].front.form == Form("lite", "float32")
    assert "5 calls here" in found[1].rest.source
    for one in found:
        assert one.front.times.work.mean_s > 0
        assert one.rest.resident_bytes > 0


MEASURE = """
import json
from edge_aibench.api.choices import Choices, resolve
from edge_aibench.api.components import load_components
from edge_aibench.placement.cutting import stage_cuts

experiment = resolve(Choices(scenario="vehicle", engine="simulate", instances=1))
components = load_components(experiment)
found = stage_cuts(experiment, components, "lane-detection", calls=5)
print(json.dumps([
    [one.after, one.payload_bytes, one.front.times.work.mean_s, one.rest.times.work.mean_s]
    for one in found
]))
"""


def test_facts_of_a_stage_are_those_of_its_requests() -> None:
    # In a process of its own: stages are measured in a fork, and no fork of one in which a runtime
    # has threads gets far.
    ended = subprocess.run(
        [sys.executable, "-c", MEASURE], capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == 0, ended.stderr
    ((after, payload_bytes, front_s, rest_s),) = json.loads(ended.stdout)
    assert after == "initial.out.1"
    # One picture of three dimensions; an activation of 8 x 64 x 128 numbers.
    assert payload_bytes == 46 + 4 * 8 * 64 * 128
    assert front_s > 0
    assert rest_s > 0


def test_what_has_no_network_or_is_cut_already_has_no_cuts() -> None:
    experiment = vehicle()
    components = load_components(experiment)
    assert stage_cuts(experiment, components, "decide") == ()
    parted = cut(experiment, "lane-detection", Cut("wide", "vehicle"), CUTS[0])
    assert stage_cuts(parted, components, "lane-detection") == ()


def test_a_network_without_parts_has_no_cuts() -> None:
    chosen = Choices(scenario="icu", engine="simulate", instances=1)
    experiment = resolve(chosen, Notices(warning=lambda _text: None))
    # Nothing is played for it: the components are not asked.
    assert stage_cuts(experiment, None, "death") == ()  # type: ignore[arg-type]
