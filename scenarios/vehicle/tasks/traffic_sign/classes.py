"""The 43 classes of the German Traffic Sign Recognition Benchmark (GTSRB), by their numbers."""

from __future__ import annotations

from typing import Final

SIGN_NAMES: Final = (
    "speed limit 20",
    "speed limit 30",
    "speed limit 50",
    "speed limit 60",
    "speed limit 70",
    "speed limit 80",
    "end of speed limit 80",
    "speed limit 100",
    "speed limit 120",
    "no overtaking",
    "no overtaking by lorries",
    "right of way at the next crossing",
    "priority road",
    "give way",
    "stop",
    "no vehicles",
    "no lorries",
    "no entry",
    "danger",
    "bend to the left",
    "bend to the right",
    "double bend",
    "uneven road",
    "slippery road",
    "road narrows on the right",
    "road works",
    "traffic lights",
    "pedestrians",
    "children",
    "bicycles",
    "ice or snow",
    "wild animals",
    "end of all limits",
    "turn right",
    "turn left",
    "straight ahead",
    "straight ahead or right",
    "straight ahead or left",
    "keep right",
    "keep left",
    "roundabout",
    "end of no overtaking",
    "end of no overtaking by lorries",
)

CLASS_COUNT: Final = len(SIGN_NAMES)

SPEED_LIMITS: Final = {0: 20, 1: 30, 2: 50, 3: 60, 4: 70, 5: 80, 7: 100, 8: 120}
"""The eight speed limits: class number to km/h. They differ in their digits alone."""

MIRROR_IMAGES: Final = {
    # Signs that are their own mirror image.
    **{number: number for number in (11, 12, 13, 15, 17, 18, 22, 26, 30, 35)},
    # Signs whose mirror image is another sign.
    19: 20,
    20: 19,
    33: 34,
    34: 33,
    36: 37,
    37: 36,
    38: 39,
    39: 38,
}
"""What a class becomes when its image is mirrored; the others become no sign of the 43."""
