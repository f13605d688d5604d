"""Edge AIBench as an edge-cloud emulation and simulation framework."""

__version__ = "0.1.0"
