"""One mission: its tabs, each a pane of its own."""
