"""`python -m edge_aibench` is the `edge-aibench` command."""

from edge_aibench.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
