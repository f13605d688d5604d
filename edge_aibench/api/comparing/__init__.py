"""Comparing candidates: the same scenario on the same arrivals, placed or built otherwise."""
