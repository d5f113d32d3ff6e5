"""Planted bugs of bad input, keys and text of others."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

MUTANTS: tuple[Mutant, ...] = ()  # fmt: skip
