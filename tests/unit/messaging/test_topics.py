"""Topic filters, case by case from section 4.7 of the MQTT 5.0 standard."""

from __future__ import annotations

import pytest

from edge_aibench.messaging.transport import matches


@pytest.mark.parametrize(
    ("topic_filter", "topic"),
    [
        ("main/monitor/3", "main/monitor/3"),
        ("main/monitor/+", "main/monitor/3"),
        ("main/+/3", "main/monitor/3"),
        ("+/+/+", "main/monitor/3"),
        ("#", "main"),
        ("#", "main/monitor/3"),
        ("main/#", "main/monitor/3"),
        # `#` stands for the parent level too, `+` for an empty level too.
        ("main/#", "main"),
        ("main/#", "main/"),
        ("main/+", "main/"),
        ("+/main", "/main"),
        ("/+", "/main"),
        ("+/+", "/main"),
        ("+/#", "main"),
        ("main//3", "main//3"),
        ("$SYS/#", "$SYS/uptime"),
        ("$SYS/+", "$SYS/uptime"),
        ("main/#", "main/$SYS"),
    ],
)
def test_matches(topic_filter: str, topic: str) -> None:
    assert matches(topic_filter, topic)


@pytest.mark.parametrize(
    ("topic_filter", "topic"),
    [
        ("main/monitor/3", "main/monitor/30"),
        ("main/monitor", "main/monitor/3"),
        ("main/monitor/3", "main/monitor"),
        ("main/+", "main"),
        ("main/+", "main/monitor/3"),
        ("+", "main/monitor"),
        ("+", "/main"),
        ("/main", "main"),
        ("main", "main/"),
        # Names tell upper from lower case.
        ("MAIN", "main"),
        ("main/#", "mainly/monitor"),
        ("main/+/3", "main/monitor/4"),
    ],
)
def test_does_not_match(topic_filter: str, topic: str) -> None:
    assert not matches(topic_filter, topic)


@pytest.mark.parametrize("topic_filter", ["#", "+/uptime", "+/#"])
def test_a_leading_wildcard_keeps_out_of_the_brokers_own_topics(topic_filter: str) -> None:
    assert not matches(topic_filter, "$SYS/uptime")
