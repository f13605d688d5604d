"""Reading YAML: what comes out, where it stood, and what is refused."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_aibench.config.document import (
    MAX_BYTES,
    MAX_DEPTH,
    parse_document,
    parse_value,
    read_document,
)
from edge_aibench.errors import ConfigError


def refusal(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        parse_document(text, "ward.yaml")
    return caught.value


def test_values_and_lines_come_out() -> None:
    document = parse_document("# ward\na: 1\nb:\n  - x\n  - {c: true}\n", "ward.yaml")
    assert document.data == {"a": 1, "b": ["x", {"c": True}]}
    assert document.where(("a",)) == "ward.yaml:2"
    assert document.where(("b", 0)) == "ward.yaml:4"
    assert document.where(("b", 1, "c")) == "ward.yaml:5"


def test_what_is_not_there_is_looked_for_where_it_would_be() -> None:
    document = parse_document("a: 1\nb:\n  c: 2\n", "ward.yaml")
    assert document.where(("b", "missing", "deeper")) == "ward.yaml:2"
    assert document.where(("nowhere",)) == "ward.yaml:1"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("1:30", "1:30"),
        ("2001-12-14", "2001-12-14"),
        ("0x1f", "0x1f"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("1e-5", 1e-5),
        ("-3", -3),
        (".5", 0.5),
        ("2ms", "2ms"),
        ("1%", "1%"),
        ("'1'", "1"),
        ("[a, 1]", ["a", 1]),
        ("{a: 1}", {"a": 1}),
        ("1" + "0" * 30, 1e30),
    ],
)
def test_only_the_core_of_yaml_1_2_has_types(text: str, value: object) -> None:
    read = parse_value(text, "--set a")
    assert read == value
    assert type(read) is type(value)


def test_a_key_that_comes_twice_is_refused() -> None:
    error = refusal("links:\n  wan: 1\n  wan: 2\n")
    assert (error.where, error.key) == ("ward.yaml:3", "links.wan")
    assert "twice" in error.rule


@pytest.mark.parametrize(
    ("text", "where", "rule"),
    [
        ("", "ward.yaml", "empty"),
        ("# only a comment\n", "ward.yaml", "must be a mapping"),
        ("- a\n- b\n", "ward.yaml:1", "must be a mapping"),
        ("just text", "ward.yaml:1", "must be a mapping"),
        ("a: [1, 2\nb: 3\n", "ward.yaml:2", "not valid YAML"),
        ("a: 1\n\tb: 2\n", "ward.yaml:2", "not valid YAML"),
        ("a: 1\n---\nb: 2\n", "ward.yaml:2", "not valid YAML"),
        ("a: *gone\n", "ward.yaml:1", "not valid YAML"),
        ("a: \x00\n", "ward.yaml", "not valid YAML"),
        ("1: a\n", "ward.yaml:1", "key must be text"),
        ("true: a\n", "ward.yaml:1", "key must be text"),
        ("? [a, b]\n: c\n", "ward.yaml:1", "key must be text"),
        ("a: 1\nb: !!python/object/apply:os.system [ls]\n", "ward.yaml:2", "tags"),
        ("a: !secret x\n", "ward.yaml:1", "tags"),
        ("a: !!int many\n", "ward.yaml:1", "tags"),
        ("a: !!set {b}\n", "ward.yaml:1", "tags"),
    ],
)
def test_what_is_no_plain_mapping_is_refused_with_its_line(
    text: str, where: str, rule: str
) -> None:
    error = refusal(text)
    assert error.where == where
    assert rule in error.rule
    assert error.next_step


def test_deep_nesting_ends_in_an_error_not_in_the_stack() -> None:
    depth = MAX_DEPTH - 1
    assert parse_document("a: " + "[" * depth + "]" * depth, "x").data["a"] is not None
    assert f"deeper than {MAX_DEPTH}" in refusal("a: " + "[" * 100_000).rule


def test_aliases_that_multiply_are_stopped() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    assert "each alias counted" in refusal("\n".join(lines)).rule


def test_an_alias_inside_its_own_anchor_is_stopped() -> None:
    assert "each alias counted" in refusal("a: &a [*a]").rule


def test_an_honest_alias_is_a_copy() -> None:
    assert parse_document("a: &x {n: 1}\nb: *x\n", "f").data == {"a": {"n": 1}, "b": {"n": 1}}


def test_a_part_keeps_its_lines() -> None:
    document = parse_document("a: 1\nscenario:\n  name: icu\n", "config.yaml")
    part = document.part("scenario")
    assert part.data == {"name": "icu"}
    assert part.where(("name",)) == "config.yaml:3"
    with pytest.raises(ConfigError, match=r"config.yaml:1: a: must be a mapping"):
        document.part("a")
    with pytest.raises(ConfigError, match="topology: must be a mapping"):
        document.part("topology")


def test_a_file_is_read_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "ward.yaml"
    file.write_bytes(b"\xef\xbb\xbfname: ward\n")
    assert read_document(file).data == {"name": "ward"}


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"a: \xff\xfe\n", "UTF-8"),
        (b"x" * (MAX_BYTES + 1), f"at most {MAX_BYTES} bytes"),
        (b"\x7fELF\x02\x01\x01\x00\x00", "not valid YAML"),
    ],
)
def test_what_is_no_text_of_reasonable_size_is_refused(
    tmp_path: Path, content: bytes, rule: str
) -> None:
    file = tmp_path / "ward.yaml"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read_document(file, shown="ward.yaml")
    assert rule in caught.value.rule
    assert caught.value.where.startswith("ward.yaml")


def test_the_line_of_a_byte_that_is_no_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "ward.yaml"
    file.write_bytes(b"a: 1\nb: 2\nc: \xe9\n")
    with pytest.raises(ConfigError) as caught:
        read_document(file, shown="ward.yaml")
    assert caught.value.where == "ward.yaml:3"


def test_what_is_no_readable_file_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    plain = tmp_path / "plain.yaml"
    plain.touch()
    for path, rule in (
        (tmp_path / "none.yaml", "no such file"),
        (plain / "below.yaml", "no such file"),
        (tmp_path, "is a folder"),
        (pipe, "no regular file"),
        (tmp_path / ("n" * 300), "cannot be read"),
        (Path("nul\0.yaml"), "cannot be read"),
    ):
        with pytest.raises(ConfigError) as caught:
            read_document(path)
        assert rule in caught.value.rule
        assert caught.value.next_step


@pytest.fixture
def ordinary_user() -> Iterator[None]:
    """Be nobody for a while: root may read every file."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    yield
    os.seteuid(was)


@pytest.fixture
def locked_file(tmp_path: Path) -> Path:
    file = tmp_path / "ward.yaml"
    file.write_text("a: 1\n")
    file.chmod(0)
    return file


def test_a_file_without_rights_is_refused(locked_file: Path, ordinary_user: None) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Permission denied"):
        read_document(locked_file)
