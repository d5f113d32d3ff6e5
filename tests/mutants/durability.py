"""Planted bugs of what survives: damage, backups, old files, clocks, replay."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

MUTANTS: tuple[Mutant, ...] = ()  # fmt: skip
