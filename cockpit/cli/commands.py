"""Every command: one line of help, its arguments, and the function behind it. Nothing but argparse is imported.

The function stands as `module:function`, takes the parsed arguments and returns the exit code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from cockpit.cli import arguments


class Command(NamedTuple):
    """One command."""

    name: str
    help: str
    arguments: Callable[[arguments.Parser], None]
    handler: str


GROUPS = {
    "Begin": (
        Command("demo", "three missions at work in a throw-away home", arguments.demo, "demo:run"),
        Command("setup", "find models, keys and mail, and write config.toml", arguments.setup, "setup:setup"),
        Command("new", "write a contract from a template, or from prose", arguments.new, "parser:new"),
        Command(
            "check", "what is wrong with a contract, and who enforces each clause", arguments.check, "parser:check"
        ),
        Command(
            "rehearse",
            "forecast a contract: many histories with rehearsed workers",
            arguments.rehearse,
            "rehearse:rehearse",
        ),
        Command("start", "create a mission from a contract and run it", arguments.start, "steer:start"),
    ),
    "Look": (
        Command("ls", "the missions", arguments.as_json, "missions:ls"),
        Command("show", "one mission: money, branches, tasks", arguments.mission, "missions:show"),
        Command("board", "a mission's tasks by state", arguments.mission, "missions:board"),
        Command("branches", "a mission's experiments, with verdict and reason", arguments.mission, "missions:branches"),
        Command(
            "plan", "a mission's plan, its findings and its price; ask for another one", arguments.plan, "plan:plan"
        ),
        Command(
            "artifacts",
            "what a mission made: list, read, take out as files",
            arguments.artifacts,
            "artifacts:artifacts",
        ),
        Command("tools", "a mission's tools: pins, availability, calls and refusals", arguments.mission, "tools:tools"),
        Command("log", "what happened in a mission", arguments.log, "missions:log"),
        Command("why", "why this rank, this route, this verdict, this refusal", arguments.an_id, "why:why"),
        Command("spend", "every charge, or sums of them", arguments.spend, "money:spend"),
        Command(
            "receipt",
            "the account of a mission; receipt verify FILE checks one, receipt diff A B compares",
            arguments.receipt,
            "receipt:receipt",
        ),
    ),
    "Decide": (
        Command("attention", "everything that needs you, most urgent first", arguments.as_json, "attention:queue"),
        Command("approve", "approve the exact bytes of an item", arguments.approve, "decide:approve"),
        Command("edit", "write other bytes in the place of what awaits an approval", arguments.edit, "edit:edit"),
        Command("reject", "reject an item, with a reason", arguments.reject, "decide:reject"),
        Command("answer", "answer a question", arguments.answer, "decide:answer"),
        Command("undo", "take an approval or a rejection back: it waits for you again", arguments.undo, "decide:undo"),
        Command("withdraw", "give up an effect that has not left yet", arguments.withdraw, "decide:withdraw"),
        Command("grant", "say yes to effects that are still to come, within limits", arguments.grant, "grants:give"),
        Command("grants", "standing grants, and the uses that are left", arguments.grants, "grants:listed"),
        Command("revoke", "take a standing grant back", arguments.revoke, "grants:revoke"),
    ),
    "Steer": (
        Command("pause", "start nothing new in a mission", arguments.steer, "steer:pause"),
        Command("resume", "go on with a paused mission", arguments.steer, "steer:resume"),
        Command("stop", "end a mission", arguments.steer, "steer:stop"),
        Command("amend", "a new contract for a mission under way", arguments.amend, "amend:amend"),
        Command("keep", "keep a branch", arguments.judge, "steer:keep"),
        Command("prune", "prune a branch", arguments.judge, "steer:prune"),
        Command("evidence", "bring evidence of your own", arguments.evidence, "evidence:evidence"),
    ),
    "What is known": (
        Command(
            "context", "what a worker received, or would receive now, and why", arguments.context, "context:context"
        ),
        Command(
            "state", "what a mission knows, and why each thing stands as it does", arguments.state, "knowing:state"
        ),
        Command("note", "record a decision, assumption or question of yours", arguments.note, "knowing:note"),
        Command(
            "retract",
            "take back something that is known; what rests on it is suspect",
            arguments.know,
            "knowing:retract",
        ),
        Command("uphold", "say that something suspect, contested or proposed holds", arguments.know, "knowing:uphold"),
        Command(
            "rules", "the rules in force and how they fared; make, retire, merge them", arguments.rules, "rules:rules"
        ),
        Command(
            "learnings", "what missions learnt: search, promote, dismiss", arguments.learnings, "learnings:learnings"
        ),
    ),
    "People": (
        Command("suppress", "never contact this address, in any mission", arguments.suppress, "steer:suppress"),
        Command("unsuppress", "allow contact with an address again", arguments.suppress, "steer:unsuppress"),
        Command("forget", "erase a person, and never contact them again", arguments.forget, "forget:forget"),
    ),
    "Keep and move": (
        Command(
            "backup", "a whole, verified copy of the ledger, while it is in use", arguments.backup, "backup:backup"
        ),
        Command("restore", "put a backup back; what was there is kept", arguments.restore, "backup:restore"),
        Command("export", "one mission as one file", arguments.export, "moving:export"),
        Command("import", "take over a mission that was exported elsewhere", arguments.import_, "moving:import_"),
    ),
    "The installation": (
        Command("engine", "run the engine in the foreground", arguments.engine, "engine:engine"),
        Command("keys", "secrets in the system's keyring", arguments.keys, "keys:keys"),
        Command("doctor", "what works, what does not, how to mend it", arguments.doctor, "doctor:doctor"),
        Command("token", "print the decision token, for scripts of yours", arguments.nothing, "decide:print_token"),
    ),
}
"""The commands by what they are for, in the order in which they are shown."""
COMMANDS = tuple(command for group in GROUPS.values() for command in group)
