"""Trained weights of the three networks, and the manifest that says how they were made."""
