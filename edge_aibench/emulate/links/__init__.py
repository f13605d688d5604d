"""Links between emulated nodes: what makes packets late, rare or lost."""
