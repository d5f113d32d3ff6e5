"""What each command may be given. Nothing but argparse is imported."""

from __future__ import annotations

import argparse

Parser = argparse.ArgumentParser


def home_option(parser: Parser) -> None:
    """Let `--home` stand behind the command too."""
    # SUPPRESS: what stands before the command is not overwritten by the absence of it behind.
    parser.add_argument("--home", metavar="DIR", default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def nothing(_parser: Parser) -> None:
    pass


def as_json(parser: Parser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def mission(parser: Parser) -> None:
    parser.add_argument("mission", metavar="MISSION", help="the mission's slug, as cockpit ls shows it")
    as_json(parser)


def state(parser: Parser) -> None:
    parser.add_argument("mission", metavar="MISSION", help="the mission's slug, as cockpit ls shows it")
    parser.add_argument("item", metavar="ITEM", nargs="?", help="one item, with why it stands as it does: D14")
    parser.add_argument("--all", action="store_true", help="also what does not hold any more, or not yet")
    as_json(parser)


def artifacts(parser: Parser) -> None:
    parser.add_argument("mission", metavar="MISSION", help="the mission's slug, as cockpit ls shows it")
    parser.add_argument("artifact", metavar="ARTIFACT", nargs="?", help="one file, by id or name: P3, draft.md")
    parser.add_argument("--all", action="store_true", help="also what attempts left that were not accepted")
    where = "write the exact bytes: of all into a folder, of one into a file; - for standard output"
    parser.add_argument("-o", dest="out", metavar="OUT", help=where)
    as_json(parser)


def note(parser: Parser) -> None:
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
    writes(parser)


def know(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID", help="the item: D14 or gtm/D14")
    because(parser)


def writes(parser: Parser) -> None:
    parser.add_argument("--no-engine", action="store_true", help="do not start an engine if none runs")


def log(parser: Parser) -> None:
    mission(parser)
    parser.add_argument("--follow", action="store_true", help="go on with what happens from now")
    parser.add_argument("--all", action="store_true", help="also what is bookkeeping")


def approve(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID", help="the attention item: Q4 or gtm/Q4")
    parser.add_argument("--digest", metavar="D", help="the digest of what you looked at, 8 digits or more")
    parser.add_argument(
        "--except", dest="excepted", metavar="ITEM", action="append", default=[], help="an item to leave out: F3"
    )
    writes(parser)


def because(parser: Parser) -> None:
    parser.add_argument("--because", metavar="TEXT", required=True, help="the reason; it is recorded")
    writes(parser)


def reject(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID", help="an attention item (Q4) or one effect (F7)")
    ruling(parser)
    parser.add_argument("--dry-run", action="store_true", help="show the rule that it would make; change nothing")
    as_json(parser)
    because(parser)


def ruling(parser: Parser) -> None:
    scopes = ("task", "branch", "mission", "user", "none")
    parser.add_argument(
        "--rule", choices=scopes, help="how far the rule reaches: this task, this role in its branch ..."
    )
    parser.add_argument("--check", metavar="C", help="how it is checked: max_words=60, banned=cheap,free, rubric ...")
    parser.add_argument("--until", metavar="DATE", help="the last day on which it binds: 2026-12-31")
    many = "after so many checks that find nothing, suggest to retire it (30)"
    parser.add_argument("--review-after", type=int, metavar="N", help=many)
    parser.add_argument("--should", action="store_true", help="it is told and checked, and sends nothing back")


def rules(parser: Parser) -> None:
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
    ruling(parser)
    as_json(parser)
    writes(parser)


def learnings(parser: Parser) -> None:
    parser.add_argument("words", metavar="WORD", nargs="*", help="a mission, or: promote ID, dismiss ID")
    parser.add_argument("--search", metavar="TEXT", help="only what fits these words, best first")
    parser.add_argument("--because", metavar="TEXT", default="", help="with promote and dismiss: the reason")
    as_json(parser)
    writes(parser)


def answer(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID", help="the attention item: Q4 or gtm/Q4")
    parser.add_argument("text", metavar="TEXT", nargs="?", help="the answer, or the number of a choice")
    writes(parser)


def undo(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID", help="the item that was approved or rejected: Q4 or gtm/Q4")
    writes(parser)


def withdraw(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID", nargs="?", help="the effect: F7 or gtm/F7")
    parser.add_argument("--batch", metavar="G", help="everything of a batch that has not left: G3 or gtm/G3")
    writes(parser)


def grant(parser: Parser) -> None:
    parser.add_argument("mission", metavar="MISSION", help="the mission's slug")
    parser.add_argument("verb", metavar="VERB", help="send, contact or publish")
    parser.add_argument("--count", type=int, required=True, metavar="N", help="so many uses")
    parser.add_argument(
        "--money", metavar="M", default="", help="what they may spend together: '10 USD'; nothing if left out"
    )
    parser.add_argument("--host", dest="hosts", metavar="H", action="append", default=[], help="only to this host")
    parser.add_argument("--until", required=True, metavar="DATE", help="the last day: 2026-12-31")
    parser.add_argument("--because", metavar="TEXT", default="", help="the reason; it is recorded")
    writes(parser)


def grants(parser: Parser) -> None:
    parser.add_argument("mission", metavar="MISSION", nargs="?", help="one mission; without it, all")
    as_json(parser)


def revoke(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID", help="the grant: N1 or gtm/N1")
    parser.add_argument("--because", metavar="TEXT", default="", help="the reason; it is recorded")
    writes(parser)


def edit(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID", help="the effect (F7), an approval of a single one, or a plan (Q4)")
    parser.add_argument("--file", metavar="F", help="what to write instead, - for standard input; without it, $EDITOR")
    writes(parser)


def an_id(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID", help="any id: Q4, T3, A3.1, B2, F7, E5, or a mission")
    as_json(parser)


def spend(parser: Parser) -> None:
    parser.add_argument("mission", metavar="MISSION", nargs="?", help="one mission; without it, all")
    parser.add_argument("--follow", action="store_true", help="go on with charges as they come")
    by = ("model", "branch", "task", "role", "worker", "purpose", "outcome", "mission")
    parser.add_argument("--by", choices=by, help="add up by this")
    parser.add_argument("--waste", action="store_true", help="what came of it: accepted, checked, failed, discarded")
    as_json(parser)


def context(parser: Parser) -> None:
    parser.add_argument("mission", metavar="MISSION", help="the mission's slug")
    parser.add_argument("task", metavar="TASK[/ATTEMPT]", nargs="?", help="T3, A3.1 or T3/A3.1; without it, a list")
    parser.add_argument("--diff", nargs=2, metavar=("A", "B"), help="what changed between two attempts' packages")
    parser.add_argument("--next", action="store_true", help="what the task's next attempt would receive now")
    as_json(parser)


def evidence(parser: Parser) -> None:
    sub = parser.add_subparsers(dest="evidence", metavar="add|import", required=True)
    add = sub.add_parser("add", help="one value of a metric")
    home_option(add)
    add.add_argument("mission", metavar="MISSION")
    add.add_argument("metric", metavar="METRIC")
    add.add_argument("value", metavar="VALUE", help="3/40 for a ratio, otherwise a number or a text")
    add.add_argument("--branch", metavar="B", help="the branch it belongs to")
    add.add_argument("--note", metavar="TEXT", default="", help="where it comes from")
    writes(add)
    bring = sub.add_parser("import", help="the rows of a CSV file: metric,value,branch,note")
    home_option(bring)
    bring.add_argument("mission", metavar="MISSION")
    bring.add_argument("file", metavar="FILE")
    writes(bring)


def start(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", help="the contract")
    parser.add_argument("--rehearse", action="store_true", help="rehearsed workers, a sandbox outbox, a virtual clock")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="what rehearsed workers are seeded with")
    parser.add_argument("--wait", action="store_true", help="follow it until it rests")
    parser.add_argument("--no-forecast", action="store_true", help="at a terminal: no forecast before, and no question")
    as_json(parser)
    writes(parser)


def rehearse(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", help="the contract")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the first history; the next ones follow (1)")
    parser.add_argument("--runs", type=int, metavar="N", help="so many histories, however long they take")
    parser.add_argument("--seconds", type=float, default=10.0, metavar="S", help="as many as can be played in it (10)")
    parser.add_argument("--processes", type=int, metavar="N", help="side by side (the number of processors)")
    parser.add_argument("-o", dest="out", metavar="FILE", help="write the receipt of the first history: .json or .md")
    parser.add_argument("--progress", action="store_true", help="tell progress on standard error, a line each")
    as_json(parser)


def steer(parser: Parser) -> None:
    parser.add_argument("mission", metavar="MISSION")
    parser.add_argument("--because", metavar="TEXT", default="", help="the reason; it is recorded")
    writes(parser)


def amend(parser: Parser) -> None:
    parser.add_argument("mission", metavar="MISSION")
    parser.add_argument("file", metavar="FILE", help="the new contract")
    parser.add_argument("--dry-run", action="store_true", help="show what would change and follow; change nothing")
    parser.add_argument("--yes", metavar="D", help="the digest that --dry-run showed, 8 digits or more")
    parser.add_argument("--because", metavar="TEXT", default="", help="the reason; it is recorded")
    as_json(parser)
    writes(parser)


def plan(parser: Parser) -> None:
    parser.add_argument("mission", metavar="MISSION", help="the mission's slug, as cockpit ls shows it")
    parser.add_argument("--ask", metavar="TEXT", help="ask the planner for a change, and say why")
    parser.add_argument("--propose", metavar="FILE", help="propose a patch of your own, - for standard input")
    as_json(parser)
    writes(parser)


def forget(parser: Parser) -> None:
    parser.add_argument("address", metavar="PERSON", help="their address: name@example.org")
    parser.add_argument("--dry-run", action="store_true", help="show what would be erased; change nothing")
    parser.add_argument("--yes", metavar="D", help="the code that --dry-run showed, 8 digits or more")
    as_json(parser)
    writes(parser)


def judge(parser: Parser) -> None:
    parser.add_argument("mission", metavar="MISSION")
    parser.add_argument("branch", metavar="BRANCH", help="its id or its key")
    because(parser)


def suppress(parser: Parser) -> None:
    parser.add_argument("address", metavar="ADDRESS")
    parser.add_argument("--because", metavar="TEXT", default="asked not to be contacted")
    writes(parser)


def engine(parser: Parser) -> None:
    parser.add_argument("--until-idle", action="store_true", help="end when only timers and humans could go on")
    parser.add_argument("--stop", action="store_true", help="tell the engine that runs to end, and wait for that")
    parser.add_argument("--install", action="store_true", help="have one begin with every session (systemd, launchd)")
    parser.add_argument("--uninstall", action="store_true", help="take that back")


def backup(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", help="the file to write; in a folder it gets a dated name")
    as_json(parser)


def export(parser: Parser) -> None:
    parser.add_argument("mission", metavar="MISSION", help="the mission's slug")
    parser.add_argument("file", metavar="FILE", help="the file to write")
    as_json(parser)


def import_(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", help="a file that cockpit export wrote")
    parser.add_argument("--yes", action="store_true", help="do it; without this, only say what it would mean")
    writes(parser)
    as_json(parser)


def restore(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", help="a file that cockpit backup wrote")
    parser.add_argument("--yes", action="store_true", help="do it; without this, only say what would change")
    as_json(parser)


def receipt(parser: Parser) -> None:
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


def doctor(parser: Parser) -> None:
    parser.add_argument("--rebuild", action="store_true", help="first write view rows and indexes anew from the events")
    parser.add_argument(
        "--replay", metavar="MISSION", nargs="?", const="*", help="also decide again what was decided, and compare"
    )
    parser.add_argument(
        "--receipt", metavar="FILE", action="append", default=[], help="a receipt that the ledger must account for"
    )
    parser.add_argument("--online", action="store_true", help="also connect to the mail servers and log in")
    parser.add_argument(
        "--reviewers",
        action="store_true",
        help="instead: measure how good models are as reviewers; asks them, and costs",
    )
    parser.add_argument("--model", metavar="NAME", action="append", default=[], help="only this one; may be repeated")
    parser.add_argument("--each", type=int, default=2, metavar="N", help="artifacts of each kind of defect (2)")
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="which artifacts; another one adds to what is known"
    )
    parser.add_argument("--budget", metavar="AMOUNT", help='never pass this: "2 USD"')
    parser.add_argument("--parallel", type=int, default=4, metavar="N", help="artifacts side by side (4)")
    parser.add_argument("--yes", action="store_true", help="do not ask back before it costs")
    as_json(parser)


def keys(parser: Parser) -> None:
    sub = parser.add_subparsers(dest="keys", metavar="set|ls|rm", required=True)
    keep = sub.add_parser("set", help="keep a secret in the system's keyring, from a hidden prompt or standard input")
    home_option(keep)
    keep.add_argument("name", metavar="NAME", help="what it is called; config.toml then says keyring:NAME")
    listed = sub.add_parser("ls", help="the names that are kept, and what uses them")
    home_option(listed)
    as_json(listed)
    gone = sub.add_parser("rm", help="remove a secret from the keyring")
    home_option(gone)
    gone.add_argument("name", metavar="NAME", help="its name")
    gone.add_argument("--yes", action="store_true", help="do not ask back")


def setup(parser: Parser) -> None:
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
    as_json(parser)


def new(parser: Parser) -> None:
    parser.add_argument(
        "template", metavar="TEMPLATE", nargs="?", help="gtm-channel, website-experiment, agent-improvement, ..."
    )
    parser.add_argument(
        "--from", dest="prose", metavar="FILE", help="read a mission written as prose; - for standard input"
    )
    parser.add_argument("-o", dest="out", metavar="OUT", help="the file to write")


def check(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", help="the contract")
    as_json(parser)


def demo(parser: Parser) -> None:
    parser.add_argument("--plain", action="store_true", help="as a dialogue of lines, without screens")
    parser.add_argument("--script", action="store_true", help="nobody is asked; a fixed policy decides, and says so")
