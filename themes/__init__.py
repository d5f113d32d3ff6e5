"""Themes as data: the palette of each, and the shared style sheet."""
