"""How a direction of a link may be interrupted."""

from __future__ import annotations

from typing import Literal

Outage = Literal["none", "held", "lost"]
"""What an interruption does to packets. `lost`: those offered during it never arrive. `held`:
nothing arrives during it and nothing is lost; what is under way and what is offered waits until
it is over, in order. That is a handover between cells of NR with acknowledged-mode radio bearers:
the source cell forwards to the target cell whatever the device has not acknowledged (3GPP TS
38.300, 9.2.3.2.3)."""
