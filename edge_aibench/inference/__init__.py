"""Running trained networks: runtimes and their service times."""
