"""The tasks of the smart home: faces and speech; importing this loads no framework."""

TASKS = ()
