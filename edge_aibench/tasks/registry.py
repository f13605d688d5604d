"""Finding tasks: those of the scenarios here, those of installed packages, those in a file.

- A scenario's tasks are the tuple `TASKS` of its `tasks` package.
- An installed package offers tasks under the entry point group `edge_aibench.tasks`; each entry
  point names a `Task` or a tuple of them.
- `path/to/file.py:attribute` names a `Task` in a file.

Nothing is remembered between calls beyond what Python's own import system keeps.
"""

from __future__ import annotations

import importlib
from importlib import metadata, resources
from pathlib import Path
from typing import TYPE_CHECKING

from edge_aibench.config.entry import load_file
from edge_aibench.errors import ConfigError, EdgeAIBenchError, unknown_name
from edge_aibench.tasks.task import Task

if TYPE_CHECKING:
    from collections.abc import Iterator

ENTRY_POINT_GROUP = "edge_aibench.tasks"

_SCENARIOS = "edge_aibench.scenarios"


def task_names() -> tuple[str, ...]:
    """The names of all tasks that can be found without a path, sorted."""
    return tuple(sorted(_all_tasks()))


def get_task(name: str) -> Task:
    """Give a task by name, or by `path/to/file.py:attribute`.

    Raises ConfigError for an unknown name (with the nearest known ones), for a file or
    attribute that is missing or no Task, and for two tasks of one name.
    """
    path, separator, attribute = name.rpartition(":")
    if separator and path.endswith(".py"):
        return _task_in_file(Path(path), attribute)
    tasks = _all_tasks()
    if name not in tasks:
        raise unknown_name("task", name, tasks, where="task")
    return tasks[name]


def _all_tasks() -> dict[str, Task]:
    tasks: dict[str, Task] = {}
    origins: dict[str, str] = {}
    for origin, task in (*_scenario_tasks(), *_entry_point_tasks()):
        if task.name in tasks:
            raise ConfigError(
                f"two tasks have this name, one from {origins[task.name]}",
                where=origin,
                value=task.name,
                next_step="rename one of them or uninstall its package",
            )
        tasks[task.name] = task
        origins[task.name] = origin
    return tasks


def _scenario_tasks() -> Iterator[tuple[str, Task]]:
    folders = (entry for entry in resources.files(_SCENARIOS).iterdir() if entry.is_dir())
    for folder in sorted(folders, key=lambda entry: entry.name):
        if (folder / "tasks" / "__init__.py").is_file():
            origin = f"{_SCENARIOS}.{folder.name}.tasks"
            for task in _as_tasks(importlib.import_module(origin).TASKS, origin):
                yield origin, task


def _entry_point_tasks() -> Iterator[tuple[str, Task]]:
    for entry_point in metadata.entry_points(group=ENTRY_POINT_GROUP):
        origin = f"entry point {entry_point.name} = {entry_point.value}"
        try:
            offered = entry_point.load()
        except (ImportError, AttributeError) as error:
            raise ConfigError(
                "could not be loaded",
                where=origin,
                value=str(error),
                next_step="repair or uninstall the package that declares it",
            ) from error
        for task in _as_tasks(offered, origin):
            yield origin, task


def _task_in_file(path: Path, attribute: str) -> Task:
    try:
        module = load_file(path)
    except EdgeAIBenchError:
        raise
    except Exception as error:
        raise ConfigError(
            "could not be imported",
            where=str(path),
            value=f"{type(error).__name__}: {error}",
            next_step="run it with python to see where it fails",
        ) from error
    if not hasattr(module, attribute):
        found = [name for name, value in vars(module).items() if isinstance(value, Task)]
        raise unknown_name("Task", attribute, found or ["(none in this file)"], where=str(path))
    task = getattr(module, attribute)
    if not isinstance(task, Task):
        raise _not_a_task(task, f"{path}:{attribute}")
    return task


def _as_tasks(offered: object, origin: str) -> tuple[Task, ...]:
    tasks = offered if isinstance(offered, tuple) else (offered,)
    for task in tasks:
        if not isinstance(task, Task):
            raise _not_a_task(task, origin)
    return tasks


def _not_a_task(found: object, where: str) -> ConfigError:
    return ConfigError(
        "must be an edge_aibench.tasks.task.Task",
        where=where,
        value=type(found).__name__,
        next_step="see docs on adding a task",
    )
