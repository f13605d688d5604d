"""Where things stand in the tables that the compiled engine reads.

A *step* is one thing that happens to a message on its way, a *walk* what a host does with an
output that has arrived. A *station* is an instant in the engine's memory: when a worker, wire or
broker is free, or when a connection last delivered. With `EACH` it is one a station and instance.
"""

from __future__ import annotations

# What a step does.
CROSS, ARRIVE, BROKER, RECEIVE, HOST = range(5)

# Columns of whole numbers of a step. A step that WAITS is an event of its own; else it is worked
# out as soon as the step before it is.
OP, WAITS, STATION, EACH, DRAW, ROW, FIRST, COUNT = range(8)
STEP_COLUMNS = 8
# CROSS: the wire's station and, one further, the last tail's; DRAW its delay's column.
# ARRIVE: the connection's station; DRAW the recovery's column.
# BROKER: its station; FIRST, COUNT: the first steps of its deliveries in the table of forks.
# RECEIVE: the connection's station; DRAW the transfer's column; ROW where the instant is noted.
# HOST: FIRST the number of its walk, COUNT the output's bit.

# Columns of times of a step, in nanoseconds: a whole message and a frame of it on a wire, and what
# stands for DRAW where this is below 0 (a delay, a recovery, the broker's work or a transfer).
WHOLE, FRAME, CONSTANT = range(3)
STEP_TIMES = 3

# Columns of a walk. WORKER is the station of the worker (below 0: nobody waits).
WORKER, WORKER_EACH, FIRST_STAGE, STAGES = range(4)
WALK_COLUMNS = 4

# Columns of a stage in a walk. NEEDS is a mask of outputs and OUTPUT the bit of its own, SITE where
# the request notes what has come; PASSES a column of draws (-1: always, -2: never); SENDS its
# sending (below 0: none); POOL the first station of its own workers (below 0: none) and
# SERVERS their number; BACK the HOST step to which their output goes.
(
    NEEDS,
    OUTPUT,
    SITE,
    SERVICE,
    PASSES,
    ANNOUNCES,
    ENDS,
    SILENT_END,
    SERVED,
    READY,
    FILTERED,
    DROPPED,
    SENDS,
    POOL,
    POOL_EACH,
    SERVERS,
    BACK,
) = range(17)
STAGE_COLUMNS = 17
# Columns of times of a stage: its service where SERVICE is below 0.
STAGE_TIMES = 1

# Columns of a sending: ENCODE and PUBLISH are columns of draws, SENT where the two instants are
# noted and, one further, that the output said nothing; START is the first step of the message.
ENCODE, PUBLISH, SENT, START = range(4)
SENDING_COLUMNS = 4
ENCODE_TIME, PUBLISH_TIME = range(2)
SENDING_TIMES = 2

# Columns of a sensor: its SENDING (below 0: none), the HOST step of its own host (below 0: none).
SENDING, LOCAL = range(2)
SENSOR_COLUMNS = 2

# Whole numbers of a request under way, then two masks of outputs for each SITE: what has come, and
# what of it says something.
INSTANCE, SENSOR, SEQUENCE, PLACE, SEAT, OPEN, MASKS = range(7)
# Of these the first four are kept when it is over.
KEPT = 4
