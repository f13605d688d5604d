"""Sweeps: one experiment at many points, each repeated with seeds of its own."""
