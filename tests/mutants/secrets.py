"""Planted bugs of secrets, and workers that try to decide."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

MUTANTS: tuple[Mutant, ...] = ()  # fmt: skip
