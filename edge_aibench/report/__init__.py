"""What a person reads of a run: on the console and as a page."""
