"""The promise: a YAML file a person wrote, read exactly, checked, and covered clause by clause.

Faces: `load` (file → `Contract` and problems), `lint` (what a contract promises but cannot hold), `coverage` (who
enforces each clause), `conditions` (CEL, three-valued), `template` (contracts to start from), `model` (the types).
This package imports nothing by itself, so that a front end pays only for what it uses.
"""
