"""The screen of a mission."""
