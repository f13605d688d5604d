"""The `edge-aibench` command."""

from edge_aibench.cli.app import main

__all__ = ["main"]
