"""The manifest beside trained weights: what they are, how good, and whether they are intact.

`manifest.json` lists, for each task and preset, the files with their sha256, how they were
trained and what quality was measured. Weights are read through it only, so that a truncated or
altered file is never run.
"""

from __future__ import annotations

import hashlib
from importlib import resources
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from edge_aibench.config.json_file import validate_json
from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.tasks.registry import get_task
from edge_aibench.tasks.task import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from numpy.typing import NDArray

FILE_NAME = "manifest.json"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WeightsFile(_Value):
    """One file beside the manifest."""

    path: str
    sha256: str
    size_bytes: int


class Training(_Value):
    """How weights came about: enough to make them again."""

    command: str
    seed: int
    epochs: int
    data: str
    data_sha256: str
    duration_s: float
    versions: dict[str, str]
    time_to_target_s: float | None = None


class Quality(_Value):
    """What was measured on the held-out test split.

    *network*, *oracle* and each of *controls* hold the same metrics: of these weights on the
    runtime they are deployed on, of the best possible predictor of the generated data where one
    is known, and of trivial methods by name. *int8* is the quality with 8-bit weights and
    activations. *cases* (and *positives*, for a task of yes and no) say how much they rest on.
    """

    data: str
    cases: int
    positives: int | None = None
    network: dict[str, float]
    oracle: dict[str, float] = {}
    controls: dict[str, dict[str, float]] = {}
    int8: dict[str, float] = {}
    further: dict[str, float] = {}


class TrainedNetwork(_Value):
    """One task and preset; *files* by role, such as `litert` or `tensorflow`."""

    parameters: int
    files: dict[str, WeightsFile]
    training: Training
    quality: Quality


class Manifest(_Value):
    """All trained networks of a weights folder, by task and preset."""

    networks: dict[str, dict[str, TrainedNetwork]]


def packaged_weights(scenario: str) -> Traversable:
    """Give the folder of the weights that come with a scenario of this package."""
    return resources.files(f"edge_aibench.scenarios.{scenario}") / "weights"


def read_manifest(root: Path | Traversable) -> Manifest:
    """Read `manifest.json` under *root*.

    Raises ConfigError if it is missing, not JSON, or not a manifest.
    """
    path = root / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            "must be a readable weights manifest",
            where=str(path),
            value=str(error),
            next_step="give the folder that `edge-aibench train` wrote",
        ) from error
    again = "train again: the file is of another version or was edited"
    return validate_json(Manifest, text, source=str(path), next_step=again)


def add_to_manifest(root: Path, *, task: str, preset: str, entry: TrainedNetwork) -> None:
    """Put *entry* into the manifest under *root*, which is made if there is none.

    Other tasks and presets stay. Raises ConfigError if what is there is no manifest.
    """
    path = root / FILE_NAME
    networks = dict(read_manifest(root).networks) if path.exists() else {}
    networks[task] = {**networks.get(task, {}), preset: entry}
    manifest = Manifest(networks=dict(sorted(networks.items())))
    fresh = path.with_suffix(".tmp")
    fresh.write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    fresh.replace(path)


def find_network(root: Path | Traversable, *, task: str, preset: str) -> TrainedNetwork:
    """Give the manifest's entry for *task* and *preset*; raises ConfigError if it has none."""
    networks = read_manifest(root).networks
    where = str(root / FILE_NAME)
    if task not in networks:
        raise unknown_name("trained task", task, networks, where=where)
    if preset not in networks[task]:
        raise unknown_name(f"trained preset of {task}", preset, networks[task], where=where)
    return networks[task][preset]


def read_weights(root: Path | Traversable, *, task: str, preset: str, role: str) -> bytes:
    """Read the file of *task*, *preset* and *role* and check it against the manifest.

    Raises ConfigError if the entry or the file is missing, or if the content is not the one
    the manifest was written for.
    """
    network = find_network(root, task=task, preset=preset)
    if role not in network.files:
        raise unknown_name(
            f"weights file of {task}", role, network.files, where=str(root / FILE_NAME)
        )
    entry = network.files[role]
    path = root / entry.path
    again = f"run `edge-aibench train {task}`, or restore the file"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            "the manifest lists this file, and it cannot be read",
            where=str(path),
            value=error.strerror,
            next_step=again,
        ) from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != entry.sha256:
        raise ConfigError(
            f"must have the sha256 {entry.sha256} and {entry.size_bytes} bytes, as its manifest "
            f"says; it has {digest} and {len(content)} bytes: it is truncated or was altered",
            where=str(path),
            next_step=again,
        )
    return content


def check_weights_fit(
    shapes: Mapping[str, tuple[int, ...]], arrays: Mapping[str, NDArray[Any]], *, where: str
) -> None:
    """Raise ConfigError, citing *where*, unless *arrays* have the names and *shapes* asked for."""
    given = {name: tuple(array.shape) for name, array in arrays.items()}
    for name in sorted(shapes.keys() | given.keys()):
        if shapes.get(name) != given.get(name):
            raise ConfigError(
                f"must be weights of this network: {name} has shape {shapes.get(name)} here and "
                f"{given.get(name)} there",
                where=where,
                next_step="give the weights of this task and preset",
            )


def shipped_quality(task: str, *, preset: str = REFERENCE) -> dict[str, str | int | float]:
    """The measured quality of the weights that come with *task*, as a flat table.

    `test_...` is the network on the held-out test split, `oracle_...` the best possible
    predictor there, and a trivial method's name, such as `logistic_...`, that method's. A task
    without weights gives `quality: n/a (untrained)` alone.
    """
    root = get_task(task).weights_root
    if root is None:
        return {"quality": "n/a (untrained)"}
    quality = find_network(root(), task=task, preset=preset).quality
    table: dict[str, str | int | float] = {"data": quality.data, "test_cases": quality.cases}
    if quality.positives is not None:
        table["test_positives"] = quality.positives
    for name, measured in (
        ("test", quality.network),
        ("oracle", quality.oracle),
        *quality.controls.items(),
        ("int8", quality.int8),
        ("test", quality.further),
    ):
        table |= {f"{name}_{metric}": value for metric, value in measured.items()}
    return table
