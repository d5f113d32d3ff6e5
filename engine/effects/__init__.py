"""Touching the world: what an outward action is, byte for byte, and the connectors that carry it out.

Faces: `addresses` (who is written to), `canonical` (the bytes an approval binds to), `mail` (a proposal becomes a
complete message), `protocol` (what a connector promises), `maildir` (a connector that writes messages into a folder).
Everything but the connectors is pure. This package imports nothing by itself.
"""
