"""Planted bugs of what survives: damage, backups, old files, clocks, replay."""

from __future__ import annotations

from tests.mutants.mutant import Edit, Mutant

JOBS = "engine/loop/jobs.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "an attempt that is told to end before its first turn leaves nothing", "P12", 9313,
        (Edit(JOBS, "            if job in self._begun:\n                task.cancel()\n\n    async def close", "            task.cancel()\n\n    async def close"),),
        test="tests/engine/loop/test_told_to_end.py",
    ),
)  # fmt: skip
