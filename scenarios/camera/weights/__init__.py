"""Trained weights of the scenario's tasks, and the manifest that says how they were made."""
