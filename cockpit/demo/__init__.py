"""The demo: a throw-away home, three missions side by side, and a calm account of what happens in them."""
