"""Secrets by reference: `keyring:NAME` in the system's keyring, `env:NAME` in the engine's own environment.

Nothing here is stored, logged or shown. A value leaves this room only to the one call that needs it. `protocol` is what
others are given, `trust` judges a keyring, `patience` bounds what may wait, `system` is the real thing.
"""

from engine.secrets.protocol import NAME, PASSING, REFERENCE, SecretError, Secrets

__all__ = ["NAME", "PASSING", "REFERENCE", "SecretError", "Secrets"]
