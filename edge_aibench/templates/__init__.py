"""What `edge-aibench init` copies."""
