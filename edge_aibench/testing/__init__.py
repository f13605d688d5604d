"""Public fakes for tests of scenarios and engines."""
