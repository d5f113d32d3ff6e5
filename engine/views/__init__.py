"""What is shown: the rows that the engine keeps beside the events and that every front end reads.

`rows.rows(state)` computes all of them, `rows.changed(before, after, mission)` says which to write. Pure.
"""
