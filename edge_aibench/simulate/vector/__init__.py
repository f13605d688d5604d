"""The vector engine: the same answers for large runs, compiled."""
