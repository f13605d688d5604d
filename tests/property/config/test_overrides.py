"""Laws of --set and --link on documents of any shape."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.config.document import Document
from edge_aibench.config.overrides import parse_overrides
from edge_aibench.errors import ConfigError

names = st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True)
leaves = st.integers(min_value=0, max_value=9) | names.map(lambda name: f"v{name}")
fields = st.dictionaries(names, leaves | st.dictionaries(names, leaves, max_size=3), max_size=3)
documents = st.dictionaries(names, fields, min_size=1, max_size=3).map(
    lambda nodes: Document({"nodes": nodes}, "f.yaml")
)


def leaf_values(tree: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    if isinstance(tree, dict):
        found: dict[tuple[str, ...], Any] = {}
        for key, value in tree.items():
            found |= leaf_values(value, (*path, key))
        return found
    return {path: tree}


@given(documents, st.data(), st.lists(names, min_size=1, max_size=3), leaves)
def test_a_setting_changes_its_place_and_no_other(
    document: Document, data: st.DataObject, below: list[str], value: object
) -> None:
    group = data.draw(st.sampled_from(sorted(document.data["nodes"])))
    path = ("nodes", group, *below)
    overrides = parse_overrides([f"{'.'.join(path)}={value}"])
    here: Any = document.data
    for step in path[:-1]:
        here = here.get(step, {})
        if not isinstance(here, dict):
            with pytest.raises(ConfigError, match="is no mapping"):
                overrides.for_topology(document)
            return
    changed = overrides.for_topology(document)
    before, after = leaf_values(document.data), leaf_values(changed.data)
    assert after.pop(path) == value
    for place in before:
        if place[: len(path)] != path:
            assert after.pop(place) == before[place]
    assert not after
    assert changed.where(path) == f"--set {'.'.join(path)}={value}"


@given(documents, st.data(), leaves, leaves)
def test_setting_twice_is_setting_the_last(
    document: Document, data: st.DataObject, first: object, second: object
) -> None:
    group = data.draw(st.sampled_from(sorted(document.data["nodes"])))
    both = parse_overrides([f"nodes.{group}.x={first}", f"nodes.{group}.x={second}"])
    last = parse_overrides([f"nodes.{group}.x={second}"])
    assert both.for_topology(document).data == last.for_topology(document).data


@given(st.lists(st.text(max_size=30), max_size=3), st.lists(st.text(max_size=20), max_size=3))
def test_any_text_is_an_override_or_the_users_mistake(sets: list[str], links: list[str]) -> None:
    document = Document({"links": {}, "nodes": {}}, "f.yaml")
    with contextlib.suppress(ConfigError):
        parse_overrides(sets, links).for_topology(document)


@given(st.from_regex(r"(links|nodes)(\.[a-z]{1,3}){1,4}=[a-z0-9]{0,4}", fullmatch=True))
def test_a_link_or_node_that_is_not_there_is_never_made(text: str) -> None:
    document = Document({"links": {}, "nodes": {}}, "f.yaml")
    with pytest.raises(ConfigError) as caught:
        parse_overrides([text]).for_topology(document)
    assert caught.value.where == f"--set {text}"
