"""Experiments from Python: what the command line does, as functions and values."""
