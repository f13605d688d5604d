"""Where the generated site is kept between runs."""

from __future__ import annotations

import hashlib
from pathlib import Path

from edge_aibench.scenarios.camera.street.writer import write_site
from edge_aibench.scenarios.camera.tasks.action.data.generator import write_ucf101
from edge_aibench.scenarios.camera.tasks.person_reid.data.writer import write_data_set
from edge_aibench.tasks.generated import DATA_SEED, source_digest, write_once


def generated_folder(cache: Path, *, seed: int = DATA_SEED) -> Path:
    """Give the folder of the generated site under *cache*, written on first use.

    Its name tells versions apart of all that draws. Raises HostError if it cannot be written.
    """
    sources = (write_site, write_data_set, write_ucf101)
    digests = " ".join(source_digest(source) for source in sources)
    digest = hashlib.sha256(digests.encode()).hexdigest()[:16]
    return write_once(
        cache / "data" / f"camera-{digest}-{seed}", lambda root: write_site(root, seed=seed)
    )
