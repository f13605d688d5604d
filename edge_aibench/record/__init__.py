"""The record of a run: raw tables in; statistics, verdicts, validity and files out."""
