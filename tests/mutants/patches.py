"""The planted bugs: for each promise small, plausible, wrong patches that the simulated world must catch."""

# ruff: noqa: E501 - lines of other files, as they stand there

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    """One replacement; `old` must stand in `file` exactly once."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    """A wrong patch, the promise it breaks, and where the world notices: the first seed that does."""

    name: str
    promise: str
    start: int
    edits: tuple[Edit, ...]
    seeds: int = 12
    """How many seeds to play from there at most; the first that notices ends it."""


COMMANDS = "engine/loop/commands.py"
OUTWARD = "engine/loop/decide/outward.py"
RECOVER = "engine/loop/decide/recover.py"
DECIDE = "engine/loop/decide/__init__.py"
ENACT = "engine/loop/enact.py"
ABSORB = "engine/loop/absorb.py"
ENGINE = "engine/loop/engine.py"
JOBS = "engine/loop/jobs.py"
RUNNER = "engine/loop/runner.py"
MONEY = "engine/governance/money.py"
FOLD = "engine/state/fold.py"
WORK = "engine/state/fold_work.py"

MUTANTS = (
    Mutant(
        "an exception to a batch is forgotten", "P1", 16,
        (
            Edit(COMMANDS, "approved = [effect for effect in waiting if effect.id not in excepted]", "approved = waiting"),
            Edit(COMMANDS, "for effect in waiting\n        if effect.id in excepted", "for effect in waiting\n        if effect not in approved"),
        ),
    ),
    Mutant(
        "asking again counts as approval", "P1", 4,
        (
            Edit(WORK, 'effect.state, effect.expires, effect.approval = "awaiting", e.expires, ""',
                 'effect.state, effect.expires, effect.approval = "approved", e.expires, effect.digest'),
        ),
    ),
    Mutant(
        "every mail of a batch carries the first one's body", "P2", 2,
        (Edit(ENACT, '"body": effect.body,', '"body": state.effects[effects[0]].body,'),),
    ),
    Mutant(
        "a connector is given more than was approved", "P2", 2,
        (Edit(JOBS, "connector.deliver(content, body, str(", 'connector.deliver(content, body + b"\\r\\nSent with care", str('),),
    ),
    Mutant(
        "an approval outlives its time", "P3", 172,
        (
            Edit(OUTWARD, 'e.state in {"awaiting", "approved"} and now >= e.expires', 'e.state == "awaiting" and now >= e.expires'),
            Edit(OUTWARD, "if now >= effect.expires:", "if now >= effect.expires > effect.not_before + 2**40:"),
        ),
    ),
    Mutant(
        "the digest shown is not compared", "P3", 22,
        (Edit(COMMANDS, 'if not waiting or command.body.get("digest") != shown:', "if not waiting:"),),
    ),
    Mutant(
        "a refused sending keeps its approval", "P3", 2,
        (
            Edit(WORK, 'effect.state, effect.approval, effect.because, effect.ended_at = state, "",', "effect.state, effect.because, effect.ended_at = state,"),
            Edit(WORK, 'effect.state, effect.expires, effect.approval = "awaiting", e.expires, ""',
                 'effect.state, effect.expires = "approved" if effect.approval else "awaiting", e.expires'),
        ),
    ),
    Mutant(
        "the undo window is skipped", "P3", 4,
        (Edit(OUTWARD, 'if effect.state != "approved" or now < effect.not_before:', 'if effect.state != "approved":'),),
    ),
    Mutant(
        "an unclear answer counts as a refusal", "P4", 12,
        (Edit(ABSORB, 'if outcome == "refused":', 'if outcome in {"refused", "unknown"}:'),),
    ),
    Mutant(
        "a look-up without an answer counts as not sent", "P4", 74,
        (Edit(ABSORB, 'if outcome == "not_found":', 'if outcome in {"not_found", "unknown"}:'),),
    ),
    Mutant(
        "after a crash it is simply sent again", "P4", 14,
        (
            Edit(RECOVER, "            yield Record(doubt(mint, effect, \"the engine ended between sending and the answer\"))",
                 "            yield Record((b.EffectSettled(effect=effect.id, outcome=\"not_sent\", by=\"lookup\"),))"),
        ),
    ),
    Mutant(
        "jobs start before their commit", "P1", 23,
        (
            Edit(RUNNER, "            await self._store.append(\n", "            for job in step.jobs:\n                self._start(job)\n            await self._store.append(\n"),
        ),
    ),
    Mutant("reservations are not counted", "P6", 30, (Edit(MONEY, "state.terms.budget.money - state.spent - state.reserved", "state.terms.budget.money - state.spent"),)),
    Mutant("an unknown usage costs nothing", "P6", 1, (Edit(MONEY, "else attempt.reserved\n", "else 0\n"),)),
    Mutant(
        "a lost attempt costs nothing", "P6", 3,
        (Edit(RECOVER, 'world.candidate(attempt.model, attempt.worker), None, "lost")', 'world.candidate(attempt.model, attempt.worker), Tokens(), "lost")'),),
    ),
    Mutant("lost attempts are never recovered", "P12", 16, (Edit(DECIDE, "    recover.lost_attempts,\n", ""),)),
    Mutant("a reading that was started never happens", "P12", 2, (Edit(DECIDE, "    recover.unread_checks,\n", ""),)),
    Mutant(
        "a result that waits to be taken in looks like a loss", "P12", 38,
        (Edit(JOBS, "return frozenset(self._tasks) | self._answered", "return frozenset(self._tasks)"),),
    ),
    Mutant("a charge is not booked to its branch", "P13", 0, (Edit(FOLD, "    s.branches[branch].spent += micro_usd\n", ""),)),
    Mutant(
        "the usage of a late result is forgotten", "P13", 3,
        (Edit(ABSORB, "return (*late, correction) if correction else late", "return late"),),
    ),
    Mutant(
        "a released reservation stays on the branch", "P13", 0,
        (Edit(WORK, "    s.branches[task.branch].reserved -= attempt.reserved\n", ""),),
    ),
    Mutant(
        "the do-not-contact list is read at proposal only", "P23", 4,
        (
            Edit(DECIDE, "    outward.withdraw,\n", ""),
            Edit(OUTWARD, "return courtesy(state, effect.verb, effect.branch, effect.persons, world, now=now, but=effect.id)", 'return ""'),
            Edit(JOBS, 'if any(self._suppressed(person) for person in job.body["persons"]):', 'if job.body["n"] > 1 and any(self._suppressed(person) for person in job.body["persons"]):'),
        ),
    ),
    Mutant(
        "missions do not know of each other", "P23", 41,
        (Edit(OUTWARD, "first = {} if state.rehearsed else dict(world.contacted)", "first: dict[str, str] = {}"),),
    ),
    Mutant(
        "who said stop is not put on the list", "P23", 6,
        (Edit(ENGINE, "            await self._suppress_first(runner, result)\n", ""),),
    ),
)  # fmt: skip
"""Kept one under the other, unformatted, so that a patch reads as what it replaces and what it puts there."""
