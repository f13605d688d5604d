"""What the command line changes in a scenario or topology: `--set KEY=VALUE`, `--link NAME=PRESET`.

A change is made in the user's own document, before anything is checked, and leaves its own
mark there: an error in what an option says cites the option.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from edge_aibench.config.document import Document, KeyPath, parse_value, shown_path
from edge_aibench.errors import ConfigError, unknown_name

_SCENARIO_PARTS = ("sensors", "stages", "budgets")
_TOPOLOGY_PARTS = ("links", "nodes")
_ROOTS = ("scenario", *_SCENARIO_PARTS, *_TOPOLOGY_PARTS)
# Mappings from names that the file chose: an override changes an entry and never adds one.
_NAMED = frozenset({"sensors", "stages", "links", "nodes"})
_BOTH_DIRECTIONS = frozenset({"delay", "jitter", "loss", "rate", "outage", "energy"})
_KEPT_BY_A_CHOICE = ("between", "mobility")


@dataclass(frozen=True)
class Setting:
    """One `--set`: the *value* for the key at *path*; *option* is how the user wrote it."""

    path: KeyPath
    value: Any
    option: str


@dataclass(frozen=True)
class LinkChoice:
    """One `--link`: the preset that a link takes instead of all that its file says.

    Only how its nodes move stays: that is no matter of the link's technology.
    """

    link: str
    preset: str
    option: str


@dataclass(frozen=True)
class Overrides:
    """All changes of one command line. Links come first; of two settings the later one wins."""

    settings: tuple[Setting, ...] = ()
    links: tuple[LinkChoice, ...] = ()

    def for_scenario(self, document: Document) -> Document:
        """Make the changes that concern a scenario *document*."""
        for setting in self.settings:
            if setting.path[0] not in _TOPOLOGY_PARTS:
                document = _apply(document, setting)
        return document

    def for_topology(self, document: Document) -> Document:
        """Make the changes that concern a topology *document*."""
        for choice in self.links:
            document = _choose(document, choice)
        for setting in self.settings:
            if setting.path[0] in _TOPOLOGY_PARTS:
                for each in _spread(setting):
                    document = _apply(document, each)
        return document


NO_OVERRIDES = Overrides()


def parse_overrides(settings: Iterable[str] = (), links: Iterable[str] = ()) -> Overrides:
    """Read the texts of all `--set` and `--link` options.

    Raises ConfigError for a text that is no `KEY=VALUE` and for a key that no document has.
    """
    parsed = [_parse_setting(text) for text in settings]
    choices = [_parse_link(text) for text in links]
    for setting in parsed:
        # Both ways to name a preset mean the same.
        if _is_preset(setting):
            choices.append(LinkChoice(str(setting.path[1]), str(setting.value), setting.option))
    return Overrides(
        settings=tuple(setting for setting in parsed if not _is_preset(setting)),
        links=tuple(choices),
    )


def _is_preset(setting: Setting) -> bool:
    path = setting.path
    return len(path) == 3 and path[0] == "links" and path[2] == "preset"


def _parse_setting(text: str) -> Setting:
    option = f"--set {text}"
    key, separator, value = text.partition("=")
    steps = tuple(step.strip() for step in key.split("."))
    if not separator or not all(steps):
        raise ConfigError(
            "must have the form KEY=VALUE, the key in words joined by dots",
            where=option,
            next_step="write it like --set links.access.delay=2ms",
        )
    if steps[0] not in _ROOTS:
        raise unknown_name("section", steps[0], _ROOTS, where=option)
    if len(steps) == 1:
        raise ConfigError(
            "must name a key inside the section",
            where=option,
            key=steps[0],
            next_step="write it like --set links.access.delay=2ms",
        )
    if steps[0] == "scenario" and steps[1] in _TOPOLOGY_PARTS:
        raise ConfigError(
            f"'{steps[1]}' belongs to the topology",
            where=option,
            next_step=f"write it as --set {text.removeprefix('scenario.')}",
        )
    path: KeyPath = steps[1:] if steps[0] == "scenario" else steps
    return Setting(path=path, value=parse_value(value, option), option=option)


def _parse_link(text: str) -> LinkChoice:
    option = f"--link {text}"
    link, separator, preset = (part.strip() for part in text.partition("="))
    if not separator or not link or not preset:
        raise ConfigError(
            "must have the form NAME=PRESET",
            where=option,
            next_step="write it like --link access=5g-sa-campus",
        )
    return LinkChoice(link=link, preset=preset, option=option)


def _choose(document: Document, choice: LinkChoice) -> Document:
    links = document.data.get("links")
    known = links if isinstance(links, Mapping) else {}
    if choice.link not in known:
        raise unknown_name("link", choice.link, known, where=choice.option)
    link = known[choice.link]
    said = link if isinstance(link, Mapping) else {}
    kept = {key: said[key] for key in _KEPT_BY_A_CHOICE if key in said}
    path: KeyPath = ("links", choice.link, "preset")
    document = _put(document, path[:2], {**kept, "preset": choice.preset}, mark=None)
    return Document(document.data, document.source, {**document.marks, path: choice.option})


def _spread(setting: Setting) -> tuple[Setting, ...]:
    # What is set for a link is set for both of its directions, whatever the file says there.
    path = setting.path
    if len(path) >= 3 and path[0] == "links" and path[2] in _BOTH_DIRECTIONS:
        return tuple(
            Setting((*path[:2], direction, *path[2:]), setting.value, setting.option)
            for direction in ("up", "down")
        )
    return (setting,)


def _apply(document: Document, setting: Setting) -> Document:
    here: Any = document.data
    for depth, step in enumerate(setting.path):
        above = setting.path[:depth]
        if not isinstance(here, Mapping):
            raise ConfigError(
                f"{shown_path(above)} is no mapping, so nothing can be set inside it",
                where=setting.option,
                value=here,
                next_step=f"set it as a whole: --set '{shown_path(above)}=...'",
            )
        if len(above) == 1 and above[0] in _NAMED and step not in here:
            raise unknown_name(above[0].rstrip("s"), str(step), here, where=setting.option)
        here = here.get(step, {})
    return _put(document, setting.path, setting.value, mark=setting.option)


def _put(document: Document, path: KeyPath, value: Any, *, mark: str | None) -> Document:
    marks = {
        place: where
        for place, where in document.marks.items()
        if place[: len(path)] != path or (mark is None and place == path)
    }
    if mark is not None:
        marks |= dict.fromkeys(_new_places(document.data, path), mark)
    return Document(_replaced(document.data, path, value), document.source, marks)


def _new_places(data: Mapping[str, Any], path: KeyPath) -> list[KeyPath]:
    """Give *path* and the mappings on the way to it that are not in *data* yet."""
    here: Any = data
    for depth, step in enumerate(path[:-1]):
        if step not in here:
            return [path[:length] for length in range(depth + 1, len(path) + 1)]
        here = here[step]
    return [path]


def _replaced(mapping: Mapping[str, Any], path: KeyPath, value: Any) -> dict[str, Any]:
    key, rest = str(path[0]), path[1:]
    return {**mapping, key: _replaced(mapping.get(key, {}), rest, value) if rest else value}
