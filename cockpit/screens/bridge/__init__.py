"""Missions side by side, and the strip of what needs a human."""
