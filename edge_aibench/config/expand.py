"""Spells out what a topology document only names: hardware, link presets and trace files.

What a direction of a link says itself (`up`, `down`) beats what the link says for both, and
that beats its preset. Jitter is merged law and spread apart, energy sending and receiving.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from edge_aibench.config.document import Document, KeyPath, shown_path
from edge_aibench.config.forms import LinkPreset
from edge_aibench.config.problems import suggestion
from edge_aibench.config.trace_csv import parse_trace, read_trace
from edge_aibench.errors import ConfigError
from edge_aibench.model.topology import Hardware
from edge_aibench.model.trace_table import TraceTable

_DIRECTIONS = ("up", "down")
_SHARED_KEYS = ("delay", "jitter", "loss", "rate", "outage", "energy")


def expand_topology(
    document: Document,
    *,
    presets: Mapping[str, LinkPreset],
    hardware: Mapping[str, Hardware],
    folder: Path | None,
) -> Document:
    """Spell out a topology *document* whose form has been checked and which lies in *folder*.

    Raises ConfigError for a preset or hardware that does not exist and a trace that is wrong.
    """
    marks = dict(document.marks)
    nodes = {
        name: _with_hardware(document, ("nodes", name, "hardware"), group, hardware)
        for name, group in document.data["nodes"].items()
    }
    links = {}
    for name, link in document.data["links"].items():
        path: KeyPath = ("links", name)
        base = _preset(document, (*path, "preset"), link.get("preset"), presets)
        links[name] = {
            "between": link["between"],
            "preset": link.get("preset"),
            **{way: _merged((base[way], _shared(link), link.get(way, {}))) for way in _DIRECTIONS},
            "idle-power": link.get("idle-power", base.get("idle-power")),
            "mobility": link.get("mobility"),
            "trace": _trace(document, (*path, "trace"), link.get("trace"), folder),
        }
        _mark_shared_keys(document, path, link, marks)
    return Document({**document.data, "nodes": nodes, "links": links}, document.source, marks)


def expand_preset(document: Document) -> Document:
    """Spell out one entry of a preset file."""
    own = {key: value for key, value in document.data.items() if key not in _SHARED_KEYS}
    ways = {way: _merged((_shared(document.data), own.get(way, {}))) for way in _DIRECTIONS}
    return Document({**own, **ways}, document.source, document.marks)


def _shared(link: Mapping[str, Any]) -> dict[str, Any]:
    return {key: link[key] for key in _SHARED_KEYS if key in link}


def _merged(layers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for layer in layers:
        for key, written in layer.items():
            held = merged.get(key)
            if isinstance(held, Mapping) and isinstance(written, Mapping):
                merged[key] = {**held, **written}
            else:
                merged[key] = written
    return merged


def _mark_shared_keys(
    document: Document, path: KeyPath, link: Mapping[str, Any], marks: dict[KeyPath, str]
) -> None:
    for key in _shared(link):
        for way in _DIRECTIONS:
            if key not in link.get(way, {}):
                marks[(*path, way, key)] = document.where((*path, key))


def _with_hardware(
    document: Document, path: KeyPath, group: Mapping[str, Any], known: Mapping[str, Hardware]
) -> Mapping[str, Any]:
    name = group.get("hardware")
    if not isinstance(name, str):
        return group
    if name not in known:
        raise _unknown(document, path, "hardware", name, known)
    return {**group, "hardware": known[name].model_dump(mode="json", by_alias=True)}


def _preset(
    document: Document, path: KeyPath, name: str | None, known: Mapping[str, LinkPreset]
) -> Mapping[str, Any]:
    if name is None:
        return {way: {} for way in _DIRECTIONS}
    if name not in known:
        raise _unknown(document, path, "link preset", name, known)
    return known[name].model_dump(mode="json", by_alias=True)


def _trace(
    document: Document, path: KeyPath, written: str | None, folder: Path | None
) -> TraceTable | None:
    if written is None:
        return None
    if "\n" in written:
        return parse_trace(written, source=f"{document.where(path)}: {shown_path(path)}")
    # An option means the folder that the user is in; a file means its own.
    base = Path() if folder is None or document.set_by_option(path) else folder
    file = base / written
    if not _exists(file):
        raise ConfigError(
            "there is no such trace file",
            where=document.where(path),
            key=shown_path(path),
            value=str(file),
            next_step="a relative path starts from the folder of the topology's file",
        )
    return read_trace(file)


def _exists(file: Path) -> bool:
    try:
        return file.exists()
    except OSError:
        # A name that no file system takes: too long.
        return False


def _unknown(
    document: Document, path: KeyPath, kind: str, name: str, known: Mapping[str, object]
) -> ConfigError:
    return ConfigError(
        f"there is no {kind} of this name",
        where=document.where(path),
        key=shown_path(path),
        value=name,
        next_step=suggestion(name, known),
    )
