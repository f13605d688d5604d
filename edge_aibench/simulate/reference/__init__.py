"""The reference engine: SimPy, written to be read; it runs everything there is."""
