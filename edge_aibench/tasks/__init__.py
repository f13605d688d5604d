"""The AI components of the scenarios, by name."""
