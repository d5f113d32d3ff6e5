"""The attention pane: what needs a human, with the exact bytes, and keys that do not misfire."""
