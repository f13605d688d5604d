"""The tasks of the autonomous vehicle: lanes and signs; importing this loads no framework."""

TASKS = ()
