"""The tasks of the surveillance camera: persons and actions; importing this loads no framework."""

TASKS = ()
