"""Whole-program tests: real processes, a real ledger, throw-away homes. Nothing here waits for a fixed time."""
