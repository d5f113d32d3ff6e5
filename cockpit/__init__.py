"""The terminal application and the command line of Mission Cockpit."""

__version__ = "0.1.0"
