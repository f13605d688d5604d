"""Lane detection: LaneNet on TuSimple and CULane frames; importing this loads no framework."""
