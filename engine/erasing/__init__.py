"""Forgetting a person: which content names them (`found`), and what is left of it without them (`redact`). Pure.

The command line shows by the same functions what the engine will erase.
"""
