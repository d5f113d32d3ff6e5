"""Planted bugs of effects: editing, standing grants, several people, connectors."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

MUTANTS: tuple[Mutant, ...] = ()  # fmt: skip
