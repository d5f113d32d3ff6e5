"""All planted bugs, area by area."""

from __future__ import annotations

from tests.mutants import (
    amending,
    durability,
    effects,
    inputs,
    judging,
    money,
    patches,
    providers,
    receipts,
    rehearsal,
    secrets,
    tools,
)

MUTANTS = (
    *patches.MUTANTS,
    *amending.MUTANTS,
    *durability.MUTANTS,
    *effects.MUTANTS,
    *inputs.MUTANTS,
    *judging.MUTANTS,
    *money.MUTANTS,
    *providers.MUTANTS,
    *receipts.MUTANTS,
    *rehearsal.MUTANTS,
    *secrets.MUTANTS,
    *tools.MUTANTS,
)
