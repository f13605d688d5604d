"""What the data set's folders and files are called, as their makers named them."""

from __future__ import annotations

from typing import Final

CASIA: Final = "CASIA-WebFace"
LFW: Final = "lfw"
PAIRS: Final = "pairs.txt"
