"""The `edge-aibench` command."""

from __future__ import annotations

from collections.abc import Sequence

from edge_aibench.errors import EXIT_INTERRUPTED


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line *arguments* (sys.argv's if None) and return the exit code."""
    try:
        # Inside the net: loading the commands takes long enough to be interrupted.
        from edge_aibench.cli import app
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return app.main(arguments)
