"""The heartbeat: decide (pure), enact, absorb, and the engine that reconciles until nothing is left to do.

Faces: `service.run` (an engine process), `engine.Engine` (one engine over an injected world).
"""
