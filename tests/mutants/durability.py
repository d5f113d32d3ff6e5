"""Planted bugs of what survives: damage, backups, old files, clocks, replay."""

from __future__ import annotations

from tests.mutants.mutant import Edit, Mutant

BACKUP = "engine/ledger/backup.py"
ARRIVING = "engine/loop/arriving.py"
JOBS = "engine/loop/jobs.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "an attempt that is told to end before its first turn leaves nothing", "P12", 9313,
        (Edit(JOBS, "            if job in self._begun:\n                task.cancel()\n\n    async def close", "            task.cancel()\n\n    async def close"),),
        test="tests/engine/loop/test_told_to_end.py",
    ),
    Mutant(
        "a backup that is put back keeps its approvals", "P17", 0,
        (Edit(ARRIVING, 'elif effect.state == "approved":', 'elif effect.state == "approved!":'),),
        test="tests/durable/test_backup.py",
    ),
    Mutant(
        "a copy is believed without a look", "P17", 0,
        (Edit(BACKUP, "        if faults:\n", "        if faults and not path.name.startswith('.'):\n"),),
        test="tests/durable/test_backup.py",
    ),
)  # fmt: skip
