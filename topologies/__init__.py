"""Topologies, link presets and hardware that ship with the package, as YAML."""
