"""Traffic sign recognition by a capsule network; importing this loads no framework."""
