"""A calibration in some lines, for whoever made it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_aibench.model.calibration import Calibration


def describe(calibration: Calibration) -> list[str]:
    """What was measured, by its means, and in what range."""
    found, messages = calibration.range, calibration.messages
    lines = [
        f"{calibration.scenario or 'messages alone'}: {calibration.samples} requests",
        f"at dilation {calibration.dilation:g}, from {', '.join(calibration.sources)}",
        f"fullest worker {found.worker_use.least:.0%} to {found.worker_use.most:.0%}",
        f"{found.instances.least:g} to {found.instances.most:g} instances",
        "mean times in virtual ms; work as on hardware of speed 1:",
    ]
    for name, times in calibration.stages.items():
        lines.append(
            f"  {name:<20} work {times.work.mean_s * 1e3:.3f}, "
            f"handling {times.handling.mean_s * 1e3:.3f}, passes {times.passes:.0%}"
        )
    lines.append(
        f"  a message: encode {messages.encode.mean_s * 1e3:.3f}, "
        f"publish {messages.publish.mean_s * 1e3:.3f}, broker {messages.broker_s * 1e3:.3f}"
    )
    lines += [
        f"  its way besides the links, {sized.payload_bytes:g} B: {sized.time.mean_s * 1e3:.3f}"
        for sized in messages.transfer
    ]
    return lines
