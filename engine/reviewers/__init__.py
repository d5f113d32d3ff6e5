"""How good a reviewer is, measured: seeded artifacts with and without a planted defect, reviewed as real work is.

`artifacts` makes them, `case` puts one before a reviewer through the engine's own package, instructions and checks,
`examine` asks and keeps count, `run` does so over config.toml and the model host. What it comes to is judged by
`engine.routing.measured`.
"""
