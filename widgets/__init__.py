"""Reusable widgets: they draw view models, post messages, and know nothing of the engine's services."""
