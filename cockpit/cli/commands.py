"""Every command: one line of help, its arguments, and the function behind it. Nothing but argparse is imported.

The function stands as `module:function`, takes the parsed arguments and returns the exit code.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NamedTuple

Parser = argparse.ArgumentParser


class Command(NamedTuple):
    """One command."""

    name: str
    help: str
    arguments: Callable[[Parser], None]
    handler: str


def home_option(parser: Parser) -> None:
    """Let `--home` stand behind the command too."""
    # SUPPRESS: what stands before the command is not overwritten by the absence of it behind.
    parser.add_argument("--home", metavar="DIR", default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def _nothing(_parser: Parser) -> None:
    pass


def _json(parser: Parser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def _mission(parser: Parser) -> None:
    parser.add_argument("mission", metavar="MISSION", help="the mission's slug, as cockpit ls shows it")
    _json(parser)


def _state(parser: Parser) -> None:
    parser.add_argument("mission", metavar="MISSION", help="the mission's slug, as cockpit ls shows it")
    parser.add_argument("item", metavar="ITEM", nargs="?", help="one item, with why it stands as it does: D14")
    parser.add_argument("--all", action="store_true", help="also what does not hold any more, or not yet")
    _json(parser)


def _note(parser: Parser) -> None:
    parser.add_argument("mission", metavar="MISSION")
    parser.add_argument("text", metavar="TEXT", help="what is so, in a sentence")
    parser.add_argument("--kind", choices=("decision", "assumption", "claim", "question"), default="decision")
    parser.add_argument("--subject", metavar="S", default="", help="what it is about: replaces what was said of it")
    parser.add_argument("--value", metavar="V", default="", help="its value, where it is one")
    parser.add_argument("--branch", metavar="B", help="the branch it is for; the whole mission if left out")
    parser.add_argument("--scope", metavar="K:V", action="append", default=[], help="only there: role:writer")
    parser.add_argument("--rests-on", metavar="ID", action="append", default=[], help="suspect once this falls: S7")
    parser.add_argument("--supersedes", metavar="ID", action="append", default=[], help="an item it replaces: D3")
    parser.add_argument("--until", metavar="T", default="", help="how long it holds: 14d, or 2026-12-31")
    parser.add_argument("--pin", action="store_true", help="every package of its scope tells it")
    _writes(parser)


def _know(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID", help="the item: D14 or gtm/D14")
    _because(parser)


def _writes(parser: Parser) -> None:
    parser.add_argument("--no-engine", action="store_true", help="do not start an engine if none runs")


def _log(parser: Parser) -> None:
    _mission(parser)
    parser.add_argument("--follow", action="store_true", help="go on with what happens from now")
    parser.add_argument("--all", action="store_true", help="also what is bookkeeping")


def _approve(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID", help="the attention item: Q4 or gtm/Q4")
    parser.add_argument("--digest", metavar="D", help="the digest of what you looked at, 8 digits or more")
    parser.add_argument(
        "--except", dest="excepted", metavar="ITEM", action="append", default=[], help="an item to leave out: F3"
    )
    _writes(parser)


def _because(parser: Parser) -> None:
    parser.add_argument("--because", metavar="TEXT", required=True, help="the reason; it is recorded")
    _writes(parser)


def _reject(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID", help="an attention item (Q4) or one effect (F7)")
    _ruling(parser)
    parser.add_argument("--dry-run", action="store_true", help="show the rule that it would make; change nothing")
    _json(parser)
    _because(parser)


def _ruling(parser: Parser) -> None:
    scopes = ("task", "branch", "mission", "user", "none")
    parser.add_argument(
        "--rule", choices=scopes, help="how far the rule reaches: this task, this role in its branch ..."
    )
    parser.add_argument("--check", metavar="C", help="how it is checked: max_words=60, banned=cheap,free, rubric ...")
    parser.add_argument("--until", metavar="DATE", help="the last day on which it binds: 2026-12-31")
    many = "after so many checks that find nothing, suggest to retire it (30)"
    parser.add_argument("--review-after", type=int, metavar="N", help=many)
    parser.add_argument("--should", action="store_true", help="it is told and checked, and sends nothing back")


def _rules(parser: Parser) -> None:
    what = "a mission, or: show ID, add TEXT, retire ID, except ID TASK, consolidate MISSION"
    parser.add_argument("words", metavar="WORD", nargs="*", help=what)
    parser.add_argument("--all", action="store_true", help="also those that are not in force any more")
    parser.add_argument("--mission", metavar="M", default="", help="with add: the mission; without it, all missions")
    parser.add_argument("--branch", metavar="B", default="", help="with add: only in this branch")
    parser.add_argument("--task", metavar="T", default="", help="with add and --rule task: that task")
    parser.add_argument("--verb", metavar="V", default="", help="with add: only for what is proposed with this verb")
    parser.add_argument("--yes", metavar="D", help="with consolidate: the digest that was shown, 8 digits or more")
    parser.add_argument(
        "--because", metavar="TEXT", default="", help="with retire and except: the reason; it is recorded"
    )
    _ruling(parser)
    _json(parser)
    _writes(parser)


def _learnings(parser: Parser) -> None:
    parser.add_argument("words", metavar="WORD", nargs="*", help="a mission, or: promote ID, dismiss ID")
    parser.add_argument("--search", metavar="TEXT", help="only what fits these words, best first")
    parser.add_argument("--because", metavar="TEXT", default="", help="with promote and dismiss: the reason")
    _json(parser)
    _writes(parser)


def _answer(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID", help="the attention item: Q4 or gtm/Q4")
    parser.add_argument("text", metavar="TEXT", nargs="?", help="the answer, or the number of a choice")
    _writes(parser)


def _withdraw(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID", nargs="?", help="the effect: F7 or gtm/F7")
    parser.add_argument("--batch", metavar="G", help="everything of a batch that has not left: G3 or gtm/G3")
    _writes(parser)


def _grant(parser: Parser) -> None:
    parser.add_argument("mission", metavar="MISSION", help="the mission's slug")
    parser.add_argument("verb", metavar="VERB", help="send, contact or publish")
    parser.add_argument("--count", type=int, required=True, metavar="N", help="so many uses")
    parser.add_argument(
        "--money", metavar="M", default="", help="what they may spend together: '10 USD'; nothing if left out"
    )
    parser.add_argument("--host", dest="hosts", metavar="H", action="append", default=[], help="only to this host")
    parser.add_argument("--until", required=True, metavar="DATE", help="the last day: 2026-12-31")
    parser.add_argument("--because", metavar="TEXT", default="", help="the reason; it is recorded")
    _writes(parser)


def _grants(parser: Parser) -> None:
    parser.add_argument("mission", metavar="MISSION", nargs="?", help="one mission; without it, all")
    _json(parser)


def _revoke(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID", help="the grant: N1 or gtm/N1")
    parser.add_argument("--because", metavar="TEXT", default="", help="the reason; it is recorded")
    _writes(parser)


def _edit(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID", help="the effect (F7), an approval of a single one, or a plan (Q4)")
    parser.add_argument("--file", metavar="F", help="what to write instead, - for standard input; without it, $EDITOR")
    _writes(parser)


def _id(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID", help="any id: Q4, T3, A3.1, B2, F7, E5, or a mission")
    _json(parser)


def _spend(parser: Parser) -> None:
    parser.add_argument("mission", metavar="MISSION", nargs="?", help="one mission; without it, all")
    parser.add_argument("--follow", action="store_true", help="go on with charges as they come")
    by = ("model", "branch", "task", "role", "worker", "purpose", "outcome", "mission")
    parser.add_argument("--by", choices=by, help="add up by this")
    parser.add_argument("--waste", action="store_true", help="what came of it: accepted, checked, failed, discarded")
    _json(parser)


def _context(parser: Parser) -> None:
    parser.add_argument("mission", metavar="MISSION", help="the mission's slug")
    parser.add_argument("task", metavar="TASK[/ATTEMPT]", nargs="?", help="T3, A3.1 or T3/A3.1; without it, a list")
    parser.add_argument("--diff", nargs=2, metavar=("A", "B"), help="what changed between two attempts' packages")
    parser.add_argument("--next", action="store_true", help="what the task's next attempt would receive now")
    _json(parser)


def _evidence(parser: Parser) -> None:
    sub = parser.add_subparsers(dest="evidence", metavar="add|import", required=True)
    add = sub.add_parser("add", help="one value of a metric")
    home_option(add)
    add.add_argument("mission", metavar="MISSION")
    add.add_argument("metric", metavar="METRIC")
    add.add_argument("value", metavar="VALUE", help="3/40 for a ratio, otherwise a number or a text")
    add.add_argument("--branch", metavar="B", help="the branch it belongs to")
    add.add_argument("--note", metavar="TEXT", default="", help="where it comes from")
    _writes(add)
    bring = sub.add_parser("import", help="the rows of a CSV file: metric,value,branch,note")
    home_option(bring)
    bring.add_argument("mission", metavar="MISSION")
    bring.add_argument("file", metavar="FILE")
    _writes(bring)


def _start(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", help="the contract")
    parser.add_argument("--rehearse", action="store_true", help="rehearsed workers, a sandbox outbox, a virtual clock")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="what rehearsed workers are seeded with")
    parser.add_argument("--wait", action="store_true", help="follow it until it rests")
    parser.add_argument("--no-forecast", action="store_true", help="at a terminal: no forecast before, and no question")
    _json(parser)
    _writes(parser)


def _rehearse(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", help="the contract")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the first history; the next ones follow (1)")
    parser.add_argument("--runs", type=int, metavar="N", help="so many histories, however long they take")
    parser.add_argument("--seconds", type=float, default=10.0, metavar="S", help="as many as can be played in it (10)")
    parser.add_argument("--processes", type=int, metavar="N", help="side by side (the number of processors)")
    parser.add_argument("-o", dest="out", metavar="FILE", help="write the receipt of the first history: .json or .md")
    parser.add_argument("--progress", action="store_true", help="tell progress on standard error, a line each")
    _json(parser)


def _steer(parser: Parser) -> None:
    parser.add_argument("mission", metavar="MISSION")
    parser.add_argument("--because", metavar="TEXT", default="", help="the reason; it is recorded")
    _writes(parser)


def _amend(parser: Parser) -> None:
    parser.add_argument("mission", metavar="MISSION")
    parser.add_argument("file", metavar="FILE", help="the new contract")
    parser.add_argument("--dry-run", action="store_true", help="show what would change and follow; change nothing")
    parser.add_argument("--yes", metavar="D", help="the digest that --dry-run showed, 8 digits or more")
    parser.add_argument("--because", metavar="TEXT", default="", help="the reason; it is recorded")
    _json(parser)
    _writes(parser)


def _plan(parser: Parser) -> None:
    parser.add_argument("mission", metavar="MISSION", help="the mission's slug, as cockpit ls shows it")
    parser.add_argument("--ask", metavar="TEXT", help="ask the planner for a change, and say why")
    parser.add_argument("--propose", metavar="FILE", help="propose a patch of your own, - for standard input")
    _json(parser)
    _writes(parser)


def _forget(parser: Parser) -> None:
    parser.add_argument("address", metavar="PERSON", help="their address: name@example.org")
    parser.add_argument("--dry-run", action="store_true", help="show what would be erased; change nothing")
    parser.add_argument("--yes", metavar="D", help="the code that --dry-run showed, 8 digits or more")
    _json(parser)
    _writes(parser)


def _judge(parser: Parser) -> None:
    parser.add_argument("mission", metavar="MISSION")
    parser.add_argument("branch", metavar="BRANCH", help="its id or its key")
    _because(parser)


def _suppress(parser: Parser) -> None:
    parser.add_argument("address", metavar="ADDRESS")
    parser.add_argument("--because", metavar="TEXT", default="asked not to be contacted")
    _writes(parser)


def _engine(parser: Parser) -> None:
    parser.add_argument("--until-idle", action="store_true", help="end when only timers and humans could go on")
    parser.add_argument("--stop", action="store_true", help="tell the engine that runs to end, and wait for that")
    parser.add_argument("--install", action="store_true", help="have one begin with every session (systemd, launchd)")
    parser.add_argument("--uninstall", action="store_true", help="take that back")


def _backup(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", help="the file to write; in a folder it gets a dated name")
    _json(parser)


def _export(parser: Parser) -> None:
    parser.add_argument("mission", metavar="MISSION", help="the mission's slug")
    parser.add_argument("file", metavar="FILE", help="the file to write")
    _json(parser)


def _import(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", help="a file that cockpit export wrote")
    parser.add_argument("--yes", action="store_true", help="do it; without this, only say what it would mean")
    _writes(parser)
    _json(parser)


def _restore(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", help="a file that cockpit backup wrote")
    parser.add_argument("--yes", action="store_true", help="do it; without this, only say what would change")
    _json(parser)


def _receipt(parser: Parser) -> None:
    parser.add_argument("mission", metavar="MISSION", help="a mission; or the word verify, or diff")
    parser.add_argument("file", metavar="FILE", nargs="?", help="after verify: a receipt as JSON; after diff: A")
    parser.add_argument("other", metavar="B", nargs="?", help="after diff: A and B are missions, or receipts as JSON")
    parser.add_argument(
        "--format",
        choices=("md", "json", "html", "csv"),
        help="md (the default), json, html: one page, csv: every charge",
    )
    parser.add_argument("-o", dest="out", metavar="F", help="write it there; without --format, its ending decides")
    parser.add_argument("--json", action="store_true", help="the same as --format json")


def _doctor(parser: Parser) -> None:
    parser.add_argument("--rebuild", action="store_true", help="first write view rows and indexes anew from the events")
    parser.add_argument(
        "--replay", metavar="MISSION", nargs="?", const="*", help="also decide again what was decided, and compare"
    )
    parser.add_argument(
        "--receipt", metavar="FILE", action="append", default=[], help="a receipt that the ledger must account for"
    )
    parser.add_argument("--online", action="store_true", help="also connect to the mail servers and log in")
    _json(parser)


def _keys(parser: Parser) -> None:
    sub = parser.add_subparsers(dest="keys", metavar="set|ls|rm", required=True)
    keep = sub.add_parser("set", help="keep a secret in the system's keyring, from a hidden prompt or standard input")
    home_option(keep)
    keep.add_argument("name", metavar="NAME", help="what it is called; config.toml then says keyring:NAME")
    listed = sub.add_parser("ls", help="the names that are kept, and what uses them")
    home_option(listed)
    _json(listed)
    gone = sub.add_parser("rm", help="remove a secret from the keyring")
    home_option(gone)
    gone.add_argument("name", metavar="NAME", help="its name")
    gone.add_argument("--yes", action="store_true", help="do not ask back")


def _setup(parser: Parser) -> None:
    parser.add_argument("--model", metavar="NAME", help="add this one model without questions")
    parser.add_argument("--litellm", metavar="MODEL", default="", help="litellm's name for it: openai/NAME")
    parser.add_argument("--endpoint", metavar="URL", default="", help="the address of an endpoint of one's own")
    parser.add_argument(
        "--key", metavar="REF", default="", help="a reference such as keyring:NAME, never the key itself"
    )
    price = parser.add_mutually_exclusive_group()
    price.add_argument("--price", metavar="IN,OUT", default="", help="dollars per million tokens")
    price.add_argument("--free", action="store_true", help="it costs nothing per token")
    parser.add_argument("--tier", choices=("cheap", "standard", "strong"), help="what it is good enough for (standard)")
    parser.add_argument("--local", action="store_true", help="a machine of yours: private inputs may go there")
    parser.add_argument("--window", type=int, default=0, metavar="N", help="tokens of context (128000)")
    parser.add_argument("--max-output", type=int, default=0, metavar="N", help="tokens of one reply (8000)")
    parser.add_argument("--tools", action="store_true", help="it can use tools: it may work for roles that have some")
    parser.add_argument("--test-model", metavar="NAME", help="make one tiny real call of a configured model")
    parser.add_argument("--test-mail", action="store_true", help="send one mail to oneself")
    _json(parser)


def _new(parser: Parser) -> None:
    parser.add_argument(
        "template", metavar="TEMPLATE", nargs="?", help="gtm-channel, website-experiment, agent-improvement, ..."
    )
    parser.add_argument(
        "--from", dest="prose", metavar="FILE", help="read a mission written as prose; - for standard input"
    )
    parser.add_argument("-o", dest="out", metavar="OUT", help="the file to write")


def _check(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", help="the contract")
    _json(parser)


def _demo(parser: Parser) -> None:
    parser.add_argument("--plain", action="store_true", help="as a dialogue of lines, without screens")
    parser.add_argument("--script", action="store_true", help="nobody is asked; a fixed policy decides, and says so")


COMMANDS = (
    Command("demo", "three missions at work in a throw-away home", _demo, "demo:run"),
    Command("new", "write a contract from a template, or from prose", _new, "parser:new"),
    Command("check", "what is wrong with a contract, and who enforces each clause", _check, "parser:check"),
    Command("rehearse", "forecast a contract: many histories with rehearsed workers", _rehearse, "rehearse:rehearse"),
    Command("start", "create a mission from a contract and run it", _start, "steer:start"),
    Command("ls", "the missions", _json, "missions:ls"),
    Command("show", "one mission: money, branches, tasks", _mission, "missions:show"),
    Command("board", "a mission's tasks by state", _mission, "missions:board"),
    Command("plan", "a mission's plan, its findings and its price; ask for another one", _plan, "plan:plan"),
    Command("branches", "a mission's experiments, with verdict and reason", _mission, "missions:branches"),
    Command("state", "what a mission knows, and why each thing stands as it does", _state, "knowing:state"),
    Command("note", "record a decision, assumption or question of yours", _note, "knowing:note"),
    Command("retract", "take back something that is known; what rests on it is suspect", _know, "knowing:retract"),
    Command("uphold", "say that something suspect, contested or proposed holds", _know, "knowing:uphold"),
    Command("rules", "the rules in force and how they fared; make, retire, merge them", _rules, "rules:rules"),
    Command("learnings", "what missions learnt: search, promote, dismiss", _learnings, "learnings:learnings"),
    Command("log", "what happened in a mission", _log, "missions:log"),
    Command("attention", "everything that needs you, most urgent first", _json, "attention:queue"),
    Command("approve", "approve the exact bytes of an item", _approve, "decide:approve"),
    Command("edit", "write other bytes in the place of what awaits an approval", _edit, "edit:edit"),
    Command("grant", "say yes to effects that are still to come, within limits", _grant, "grants:give"),
    Command("grants", "standing grants, and the uses that are left", _grants, "grants:listed"),
    Command("revoke", "take a standing grant back", _revoke, "grants:revoke"),
    Command("reject", "reject an item, with a reason", _reject, "decide:reject"),
    Command("answer", "answer a question", _answer, "decide:answer"),
    Command("withdraw", "take back an effect that has not left yet", _withdraw, "decide:withdraw"),
    Command("why", "why this rank, this route, this verdict, this refusal", _id, "why:why"),
    Command("tools", "a mission's tools: pins, availability, calls and refusals", _mission, "tools:tools"),
    Command("spend", "every charge, or sums of them", _spend, "money:spend"),
    Command("context", "what a worker received, or would receive now, and why", _context, "context:context"),
    Command("evidence", "bring evidence of your own", _evidence, "evidence:evidence"),
    Command("keep", "keep a branch", _judge, "steer:keep"),
    Command("prune", "prune a branch", _judge, "steer:prune"),
    Command("pause", "start nothing new in a mission", _steer, "steer:pause"),
    Command("resume", "go on with a paused mission", _steer, "steer:resume"),
    Command("stop", "end a mission", _steer, "steer:stop"),
    Command("amend", "a new contract for a mission under way", _amend, "amend:amend"),
    Command("suppress", "never contact this address, in any mission", _suppress, "steer:suppress"),
    Command("unsuppress", "allow contact with an address again", _suppress, "steer:unsuppress"),
    Command("forget", "erase a person, and never contact them again", _forget, "forget:forget"),
    Command(
        "receipt",
        "the account of a mission; receipt verify FILE checks one, receipt diff A B compares",
        _receipt,
        "receipt:receipt",
    ),
    Command("engine", "run the engine in the foreground", _engine, "engine:engine"),
    Command("backup", "a whole, verified copy of the ledger, while it is in use", _backup, "backup:backup"),
    Command("export", "one mission as one file", _export, "moving:export"),
    Command("import", "take over a mission that was exported elsewhere", _import, "moving:import_"),
    Command("restore", "put a backup back; what was there is kept", _restore, "backup:restore"),
    Command("setup", "find models, keys and mail, and write config.toml", _setup, "setup:setup"),
    Command("keys", "secrets in the system's keyring", _keys, "keys:keys"),
    Command("doctor", "what works, what does not, how to mend it", _doctor, "doctor:doctor"),
    Command("token", "print the decision token, for scripts of yours", _nothing, "decide:print_token"),
)
