"""The simulator: the same experiment as an emulated one, in virtual time."""
