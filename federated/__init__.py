"""Federated learning over the emulated network; this folder holds no code yet."""
