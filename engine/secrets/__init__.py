"""Secrets by reference: `keyring:NAME` in the system's keyring, `env:NAME` in the engine's own environment.

Nothing here is stored, logged or shown. A value leaves this room only to the one call that needs it.
"""

from engine.secrets.protocol import SecretError, Secrets

__all__ = ["SecretError", "Secrets"]
