"""All planted bugs, area by area."""

from __future__ import annotations

<<<<<<< HEAD
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
    secrets,
    tools,
)
=======
from tests.mutants import amending, durability, effects, inputs, money, patches, providers, rehearsal, secrets, tools
>>>>>>> 3f86626 (cockpit rehearse plays a contract many times in memory and forecasts money, time, approvals, minutes, how it ends and what never happens)

MUTANTS = (
    *patches.MUTANTS,
    *amending.MUTANTS,
    *durability.MUTANTS,
    *effects.MUTANTS,
    *inputs.MUTANTS,
    *judging.MUTANTS,
    *money.MUTANTS,
    *providers.MUTANTS,
<<<<<<< HEAD
    *receipts.MUTANTS,
=======
    *rehearsal.MUTANTS,
>>>>>>> 3f86626 (cockpit rehearse plays a contract many times in memory and forecasts money, time, approvals, minutes, how it ends and what never happens)
    *secrets.MUTANTS,
    *tools.MUTANTS,
)
