"""The model host: a child process that alone imports litellm and alone sees a provider key, and the client around it.

`wire` is what passes between them, `client.ModelHost` the engine's side, `python -I -m engine.modelhost` the child.
"""
