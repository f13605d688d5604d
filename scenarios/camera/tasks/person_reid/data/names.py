"""File names of Market-1501: who was seen by which camera, and when.

`0002_c1s1_000451_03.jpg` is person 2 under camera 1 in its recording 1 at frame 451, box 3
(Zheng et al., Scalable person re-identification, ICCV 2015, and the data set's own readme).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

from edge_aibench.errors import ConfigError

JUNK: Final = -1
"""The identity of a box that holds a person badly: neither right nor wrong when ranked."""

DISTRACTOR: Final = 0
"""The identity of boxes of anything or anyone else: always wrong when ranked."""

_NAME: Final = re.compile(r"(-1|\d{4})_c(\d)s(\d)_(\d{6})_(\d{2})\.jpg")


@dataclass(frozen=True, kw_only=True)
class ImageName:
    """What a file name says."""

    person: int
    camera: int
    recording: int
    frame: int
    box: int

    @classmethod
    def parse(cls, name: str, *, where: str) -> Self:
        """Read a file name; raises ConfigError, citing *where*, for one of another form."""
        match = _NAME.fullmatch(name)
        if match is None:
            raise ConfigError(
                "must be named <person>_c<camera>s<recording>_<frame>_<box>.jpg, such as "
                "0002_c1s1_000451_03.jpg",
                where=where,
                value=name,
                next_step="rename the image, or move it out of the folder",
            )
        person, camera, recording, frame, box = (int(part) for part in match.groups())
        return cls(person=person, camera=camera, recording=recording, frame=frame, box=box)

    def file_name(self) -> str:
        """Write it."""
        person = str(JUNK) if self.person == JUNK else f"{self.person:04d}"
        return f"{person}_c{self.camera}s{self.recording}_{self.frame:06d}_{self.box:02d}.jpg"
