"""What compiling a context gives, under whatever policy: a package, or that it does not fit."""

from __future__ import annotations

from dataclasses import dataclass

from engine.values import Sha256, sha256


@dataclass(frozen=True, slots=True)
class Package:
    """The compiled text, its manifest (canonical JSON) and their names."""

    text: str
    manifest: bytes
    tokens: int
    budget: int

    @property
    def sha(self) -> Sha256:
        """Digest of the text: what a preview shows and what the receipt records."""
        return sha256(self.text.encode())


@dataclass(frozen=True, slots=True)
class Infeasible:
    """What must be in does not fit: needs so many tokens, has so many."""

    needs: int
    budget: int
