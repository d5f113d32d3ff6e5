"""All planted bugs, area by area."""

from __future__ import annotations

from tests.mutants import (
    amending,
    durability,
    effects,
    inputs,
    judging,
    knowing,
    money,
    patches,
    planning,
    providers,
    receipts,
    rehearsal,
    reviewers,
    rules,
    secrets,
    tools,
)

MUTANTS = (
    *patches.MUTANTS,
    *planning.MUTANTS,
    *amending.MUTANTS,
    *durability.MUTANTS,
    *effects.MUTANTS,
    *inputs.MUTANTS,
    *judging.MUTANTS,
    *knowing.MUTANTS,
    *money.MUTANTS,
    *providers.MUTANTS,
    *receipts.MUTANTS,
    *rehearsal.MUTANTS,
    *reviewers.MUTANTS,
    *rules.MUTANTS,
    *secrets.MUTANTS,
    *tools.MUTANTS,
)
