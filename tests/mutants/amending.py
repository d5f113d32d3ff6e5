"""Planted bugs of amending a contract in flight, and forgetting a person."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

MUTANTS: tuple[Mutant, ...] = ()  # fmt: skip
