"""YAML documents of the user's, and what the command line changes in them, as checked values."""
