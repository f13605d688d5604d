"""Laws of reading YAML: agreement with PyYAML, and no way to fail but one."""

from __future__ import annotations

import contextlib
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.config.document import parse_document, parse_value, write_document
from edge_aibench.errors import ConfigError

keys = st.text(alphabet="abcdefghij-", min_size=1, max_size=8)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(10**17), max_value=10**17),
    st.text(max_size=12),
)
trees = st.dictionaries(
    keys,
    st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=15,
    ),
    min_size=1,
    max_size=5,
)


@given(trees, st.booleans())
def test_what_pyyaml_writes_is_read_back(tree: dict[str, Any], flow: bool) -> None:
    # PyYAML writes YAML 1.1, where text such as 08 needs no quotes: quote all of it.
    text = yaml.safe_dump(tree, default_flow_style=flow, default_style='"')
    assert parse_document(text, "f.yaml").data == tree


@given(trees)
def test_what_is_written_is_read_back_in_the_same_order(tree: dict[str, Any]) -> None:
    data = parse_document(write_document(tree), "f.yaml").data
    assert data == tree
    assert list(data) == list(tree)


@given(trees)
def test_every_key_has_the_line_where_it_stands(tree: dict[str, Any]) -> None:
    text = yaml.safe_dump(tree, default_flow_style=False, sort_keys=False)
    document = parse_document(text, "f.yaml")
    lines = text.splitlines()
    for key in tree:
        number = int(document.where((key,)).removeprefix("f.yaml:"))
        assert lines[number - 1].lstrip("?'\" ").startswith(key)


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused_as_the_users_mistake(text: str) -> None:
    with contextlib.suppress(ConfigError):
        assert isinstance(parse_document(text, "f.yaml").data, dict)


@given(st.text(alphabet="[]{},:&*!|>-'\"%@ \n\tab01.~", max_size=60))
def test_any_heap_of_yaml_signs_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ConfigError):
        parse_value(text, "--set a")
