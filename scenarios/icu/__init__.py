"""ICU patient monitor: one ward, three predictions for every new hour of every patient."""
