"""Planted bugs of tools: policy, gateway, pins, labels."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

MUTANTS: tuple[Mutant, ...] = ()  # fmt: skip
