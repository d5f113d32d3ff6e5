"""Secrets by reference: `keyring:NAME` in the system's keyring, `env:NAME` in the engine's own environment,
`command:NAME` from a program that config.toml names.

Nothing here is stored, logged or shown. A value leaves this room only to the one call that needs it. `protocol` is what
others are given, `trust` judges a keyring, `patience` bounds what may wait, `program` runs commands,
`system` is the real thing.
"""

from engine.secrets.protocol import NAME, PASSING, REFERENCE, SecretError, Secrets

__all__ = ["NAME", "PASSING", "REFERENCE", "SecretError", "Secrets"]
