"""Writes the folder of a new scenario: the user's own, to be changed."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from string import Template

from pydantic import TypeAdapter, ValidationError

from edge_aibench.config.values import Name
from edge_aibench.errors import ConfigError, HostError

TEMPLATE_FILES = (
    "scenario.yaml",
    "topologies/site.yaml",
    "stages.py",
    "tasks.py",
    "test_stages.py",
    "README.md",
)
"""Below `edge_aibench/templates/scenario/`, and in the folder that is written."""

_ENTRY_NAMES = frozenset(name.partition("/")[0] for name in TEMPLATE_FILES)


def write_scenario(folder: Path, *, instances: str, title: str | None = None) -> tuple[Path, ...]:
    """Write a scenario that runs into *folder*, which is new or empty; gives the files.

    It is called after the folder; *instances* is what it has many of. Whatever goes wrong,
    nothing is left behind. Raises ConfigError for a name that is none and for a folder that
    holds something or whose parent does not exist; HostError if it cannot be written.
    """
    name = folder.resolve().name
    _check_name(name, where=str(folder), rule="the folder's name is the scenario's")
    _check_name(instances, where="--instances-name", rule="it names what the scenario has many of")
    shown = _title(name) if title is None else title
    if not shown.strip() or not shown.isprintable():
        raise ConfigError("must be one line of text", where="--title", value=title)
    texts = _texts({"name": name, "instances": instances, "title": shown})
    try:
        _check_folder(folder)
        _write_all(folder, texts)
    except OSError as error:
        raise HostError(
            f"{folder} cannot be written: {error.strerror or error}",
            mend="give a folder that can be written to, or free some space",
        ) from error
    return tuple(folder / name for name in TEMPLATE_FILES)


def _texts(values: Mapping[str, str]) -> dict[str, str]:
    templates = resources.files("edge_aibench.templates.scenario")
    quoted = {**values, "quoted_title": json.dumps(values["title"], ensure_ascii=False)}
    return {
        name: Template(templates.joinpath(name).read_text(encoding="utf-8")).substitute(quoted)
        for name in TEMPLATE_FILES
    }


def _title(name: str) -> str:
    return name.replace("-", " ").capitalize()


def _check_name(text: str, *, where: str, rule: str) -> None:
    try:
        TypeAdapter(Name).validate_python(text)
    except ValidationError:
        words = re.sub(r"[^a-z0-9]+", "-", text.lower()).lstrip("-0123456789")
        offered = words[:40].strip("-")
        raise ConfigError(
            f"{rule}: at most 40 lower-case letters and digits, in words joined by dashes",
            where=where,
            value=text,
            next_step=f"call it {offered}" if offered else "call it my-ward, for example",
        ) from None


def _check_folder(folder: Path) -> None:
    if not folder.resolve().parent.is_dir():
        raise ConfigError(
            "must lie in a folder that there is",
            where=str(folder),
            next_step=f"mkdir -p {folder.parent}",
        )
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ConfigError("is a file", where=str(folder), next_step="give the name of a new folder")
    if held := sorted(entry.name for entry in folder.iterdir()):
        raise ConfigError(
            "must be a new or empty folder",
            where=str(folder),
            value=", ".join(held),
            next_step="give another folder, or empty this one",
        )


def _write_all(folder: Path, texts: Mapping[str, str]) -> None:
    """Write everything beside its place first, so that it is there whole or not at all."""
    is_new = not folder.exists()
    # A folder that is there may be somebody's working folder: it stays, and takes the files.
    home = folder.resolve().parent if is_new else folder
    with tempfile.TemporaryDirectory(dir=home, prefix=".edge-aibench-init-") as scratch:
        fresh = Path(scratch) / "scenario"
        for name, text in texts.items():
            (fresh / name).parent.mkdir(parents=True, exist_ok=True)
            (fresh / name).write_text(text, encoding="utf-8")
        if is_new:
            fresh.rename(folder)
            return
        moved: list[Path] = []
        try:
            for entry in sorted(_ENTRY_NAMES):
                moved.append((fresh / entry).rename(folder / entry))
        except BaseException:
            for number, path in enumerate(moved):
                path.rename(Path(scratch) / f"{number}")
            raise
