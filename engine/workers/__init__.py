"""Doing the work: the `Worker` protocol and its kinds (rehearsed, command, human).

A worker is pure towards the mission: a job goes in, events and exactly one ending come out. It never sees the
ledger, the home folder, the keyring or the terminal. Face: `protocol`; the kinds live in their own modules and are
chosen by `fleet`.
"""
