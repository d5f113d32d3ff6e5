"""Touching the world: what an outward action is, byte for byte, and the connectors that carry it out.

Faces: `addresses` (who is written to), `canonical` (the bytes an approval binds to), `mail` (a proposal becomes a
complete message), `protocol` (what a connector promises), `maildir` and `smtp` (connectors that write messages into a
folder, and that send them), `folder` (an IMAP folder, read and never changed), `wire` (a bounded line to a server).
Everything but the connectors is pure. This package imports nothing by itself.
"""
