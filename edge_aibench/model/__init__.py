"""Pure values: scenario, topology, placement, workload, budget, experiment."""
