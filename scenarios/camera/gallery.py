"""Who is known: images of persons in a folder, and the nearest of them to somebody seen."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.camera.street.truth import STRANGER
from edge_aibench.scenarios.camera.tasks.person_reid.data.layout import FOLDER, GALLERY_FOLDER
from edge_aibench.scenarios.camera.tasks.person_reid.data.names import (
    DISTRACTOR,
    JUNK,
    ImageName,
)
from edge_aibench.tasks.generated import write_once
from edge_aibench.tasks.media import read_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]
    Floats = NDArray[np.float32]
    Embed = Callable[[Sequence[Image]], Sequence[NDArray[Any]]]

_AT_ONCE: Final = 16


@dataclass(frozen=True, kw_only=True)
class GalleryImages:
    """Files and, for each, whom it shows; *digest* tells galleries apart."""

    paths: tuple[Path, ...]
    identities: tuple[int, ...]
    digest: str


@dataclass(frozen=True, kw_only=True, eq=False)
class KnownPersons:
    """Vectors of length 1, float32 (n, size), and whom each shows, int64 (n,)."""

    vectors: Floats
    identities: NDArray[np.int64]

    def nearest(self, embedding: NDArray[Any], *, known_above: float) -> tuple[int, float]:
        """The identity of the most alike image and the cosine with it.

        STRANGER where the cosine is below *known_above*.
        """
        likeness = self.vectors @ _unit(embedding[np.newaxis])[0]
        best = int(likeness.argmax())
        cosine = float(likeness[best])
        identity = int(self.identities[best]) if cosine >= known_above else STRANGER
        return identity, cosine


def find_images(folder: Path) -> GalleryImages:
    """List the images of a gallery: named as in Market-1501, in *folder* or where that has them.

    Junk and distractors are left out. Raises ConfigError for a folder that is missing, that
    holds no image of anybody, or an image of another name.
    """
    home = _home(folder)
    if not home.is_dir():
        raise ConfigError("must be a folder", where=str(folder), next_step="check the path")
    paths, identities, digest = [], [], hashlib.sha256()
    for path in sorted(home.glob("*.jpg")):
        name = ImageName.parse(path.name, where=str(path))
        if name.person in (JUNK, DISTRACTOR):
            continue
        paths.append(path)
        identities.append(name.person)
        digest.update(f"{path.name} ".encode() + hashlib.sha256(path.read_bytes()).digest())
    if not paths:
        raise ConfigError(
            "must hold at least one image of a known person",
            where=str(home),
            value="an empty gallery",
            next_step="put images in that are named like 0002_c1s1_000451_03.jpg, or leave the "
            "parameter gallery of the stage person-reid away for the generated one",
        )
    return GalleryImages(
        paths=tuple(paths), identities=tuple(identities), digest=digest.hexdigest()
    )


def embed_gallery(
    images: GalleryImages, embed: Embed, *, network: str, cache: Path
) -> KnownPersons:
    """Embed a gallery; the vectors are kept under *cache* by the gallery and *network*.

    Raises ConfigError for an image that cannot be read, HostError if *cache* cannot be written.
    """
    key = hashlib.sha256(f"{network} {images.digest}".encode()).hexdigest()[:32]

    def write(path: Path) -> None:
        parts = [
            np.stack([*embed([read_image(path) for path in images.paths[start:][:_AT_ONCE]])])
            for start in range(0, len(images.paths), _AT_ONCE)
        ]
        vectors = _unit(np.concatenate(parts)).astype(np.float32)
        np.save(path, vectors, allow_pickle=False)

    kept = write_once(cache / "galleries" / f"{key}.npy", write)
    return KnownPersons(
        vectors=np.load(kept, allow_pickle=False),
        identities=np.array(images.identities, dtype=np.int64),
    )


def _home(folder: Path) -> Path:
    for inner in (folder / FOLDER / GALLERY_FOLDER, folder / GALLERY_FOLDER):
        if inner.is_dir():
            return inner
    return folder


def _unit(vectors: NDArray[Any]) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Floats = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return scaled
