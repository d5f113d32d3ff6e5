"""The model worker, over a scripted model: no provider, no model host."""
