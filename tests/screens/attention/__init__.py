"""The attention pane."""
