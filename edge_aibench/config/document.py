"""YAML documents of the user's as plain values that remember where each of them stands.

Only what YAML 1.2's core schema calls null, boolean, number, text, list and mapping is read;
`on`, `no` and `1:30` stay text. No tag is honoured, no key may come twice, and size, depth
and the number of values (aliases counted as often as they are used) have limits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from edge_aibench.config.text_file import read_text
from edge_aibench.errors import ConfigError

MAX_BYTES = 8 * 1024 * 1024
"""A saved configuration holds its traces, each indented (one of the largest takes 0.7 MiB), and the
measured times of a simulated run (at most 250,000 numbers: 6 MiB with all their digits)."""
MAX_DEPTH = 40
MAX_VALUES = 50_000

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """A mapping read from *source*; *marks* tells where the value at a path was written.

    A mark is `file:line`, or the option that set the value.
    """

    data: Mapping[str, Any]
    source: str
    marks: Mapping[KeyPath, str] = field(default_factory=dict)

    def where(self, path: KeyPath) -> str:
        """Where the value at *path*, or the nearest one that holds it, was written."""
        for length in range(len(path), 0, -1):
            if mark := self.marks.get(path[:length]):
                return mark
        return self.marks.get((), self.source)

    def set_by_option(self, path: KeyPath) -> bool:
        """Whether an option of the command line wrote the value at *path*."""
        mark = self.marks.get(path)
        return mark is not None and not mark.startswith(self.source)

    def part(self, key: str) -> Document:
        """The mapping under *key* as a document of its own; raises ConfigError without one."""
        value = self.data.get(key)
        if not isinstance(value, Mapping):
            raise ConfigError(
                "must be a mapping of keys to values",
                where=self.where((key,)),
                key=key,
                value=value,
                next_step=f"give the file a section '{key}:'",
            )
        marks = {path[1:]: mark for path, mark in self.marks.items() if path[:1] == (key,)}
        return Document(data=value, source=self.source, marks=marks)


def read_document(path: Path, *, shown: str | None = None) -> Document:
    """Read the mapping in the YAML file *path*, called *shown* in errors.

    Raises ConfigError for a file that is missing, unreadable, too large, no text, no YAML or
    no mapping, with the line where there is one.
    """
    source = shown or str(path)
    text = read_text(path, source=source, most_bytes=MAX_BYTES, kind="a YAML file")
    return parse_document(text, source)


def parse_document(text: str, source: str) -> Document:
    """Read *text*, which stands in *source*, as `read_document` does."""
    marks: dict[KeyPath, str] = {}
    data = _load(text, source, marks)
    if not isinstance(data, dict):
        raise ConfigError(
            "must be a mapping of keys to values" if text.strip() else "the file is empty",
            where=marks.get((), source),
            value=data,
            next_step="write lines of the form 'key: value'; `edge-aibench schema` lists the keys",
        )
    return Document(data=data, source=source, marks=marks)


def write_document(data: Mapping[str, Any]) -> str:
    """Write *data* as YAML that reads back the same."""
    # By default PyYAML escapes what is not ASCII; bare, it would write line separators that a
    # reader folds into blanks.
    text: str = yaml.dump(dict(data), Dumper=_Dumper, sort_keys=False, width=100)
    return text


def parse_value(text: str, source: str) -> Any:
    """Read one YAML value, such as the right side of an option called *source*."""
    return _load(text, source, {}, with_lines=False)


def _load(text: str, source: str, marks: dict[KeyPath, str], *, with_lines: bool = True) -> Any:
    build = _Builder(source, marks, with_lines=with_lines)
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except _TooDeepError as error:
        raise build.error(
            f"must not be nested deeper than {MAX_DEPTH} levels", error.line, "flatten it"
        ) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise build.error(
            f"is not valid YAML: {error.problem or error.context}",
            mark.line if mark else None,
            "check indentation, colons and quotes",
        ) from None
    except yaml.YAMLError as error:
        reason = str(error).splitlines()[0]
        raise build.error(
            f"is not valid YAML: {reason}", None, "save the file as plain text"
        ) from None
    return None if node is None else build.value(node, ())


class _TooDeepError(Exception):
    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(line)


class _Loader(yaml.SafeLoader):
    """Composes nodes with YAML 1.2's plain scalars and a bounded depth."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 -- PyYAML's own hook, filled below
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise _TooDeepError(event.start_mark.line)
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


class _Dumper(yaml.SafeDumper):
    """Quotes text that either version of YAML would take for something else: `08`, `no`."""


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    # Several lines, such as a trace, stay lines; PyYAML quotes what would not survive that.
    style = "|" if "\n" in text else None
    return dumper.represent_scalar(f"{_TAG}str", text, style=style)


_TAG = "tag:yaml.org,2002:"
_Dumper.add_representer(str, _represent_text)
for _kind, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", "~nN"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    # 18 digits fit 64 bits; nobody counts beyond, and longer ones take long to read.
    ("int", r"[-+]?[0-9]{1,18}", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?", "-+.0123456789"),
):
    _firsts = [*_first, ""] if _kind == "null" else [*_first]
    for _class in (_Loader, _Dumper):
        _class.add_implicit_resolver(f"{_TAG}{_kind}", re.compile(rf"^(?:{_pattern})$"), _firsts)


class _Builder:
    """Turns nodes into plain values and notes the line of each."""

    def __init__(self, source: str, marks: dict[KeyPath, str], *, with_lines: bool) -> None:
        self._source = source
        self._marks = marks
        self._with_lines = with_lines
        self._count = 0

    def error(self, rule: str, line: int | None, next_step: str, **found: Any) -> ConfigError:
        return ConfigError(rule, where=self._mark(line), next_step=next_step, **found)

    def value(self, node: yaml.Node, path: KeyPath) -> Any:
        line = node.start_mark.line
        self._count += 1
        if len(path) > MAX_DEPTH or self._count > MAX_VALUES:
            # Only aliases lead here by depth: the composer bounds what is written out.
            raise self.error(
                f"must hold at most {MAX_VALUES} values, {MAX_DEPTH} levels deep, "
                "each alias counted in full",
                line,
                "write fewer values and no alias inside its own anchor",
            )
        self._marks.setdefault(path, self._mark(line))
        if isinstance(node, yaml.MappingNode) and node.tag == f"{_TAG}map":
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
            return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        raise self._tag_refused(node)

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line
            key = self._scalar(key_node) if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str):
                raise self.error("a key must be text", line, "put the key in quotes", value=key)
            if key in mapping:
                raise self.error(
                    "the key comes twice", line, "keep one of the two", key=shown_path((*path, key))
                )
            self._marks[(*path, key)] = self._mark(line)
            mapping[key] = self.value(value_node, (*path, key))
        return mapping

    def _scalar(self, node: yaml.ScalarNode) -> object:
        kind, text = node.tag.removeprefix(_TAG), node.value
        if kind == "str":
            return text
        if kind == "null":
            return None
        if kind == "bool" and text.lower() in ("true", "false"):
            return text.lower() == "true"
        try:
            if kind == "int":
                return int(text)
            if kind == "float":
                return float(text)
        except ValueError:
            # An explicit tag such as `!!int many`.
            raise self._tag_refused(node) from None
        raise self._tag_refused(node)

    def _tag_refused(self, node: yaml.Node) -> ConfigError:
        return self.error(
            "tags are not supported",
            node.start_mark.line,
            "write plain text, numbers, lists and mappings",
            value=node.tag,
        )

    def _mark(self, line: int | None) -> str:
        if line is None or not self._with_lines:
            return self._source
        return f"{self._source}:{line + 1}"


def shown_path(path: KeyPath) -> str:
    """Write *path* as users write it on the command line: `links.access.between.0`."""
    return ".".join(str(key) for key in path)
