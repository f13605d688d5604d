"""The processes on the emulated hosts."""
