"""Reference pages made from the code: `python docs/generate.py` writes them, `--check` says which are out of date.

docs/cli.md from the table of commands, docs/events.md from the bodies of events, docs/configuration.md (in
`docs.settings_page`) from the settings, docs/keys.md (in `docs.keys_page`) from the bindings of the screens. What
from docs.errors_page import errors
stands in docstrings and tooltips stands on the page.
"""

from __future__ import annotations

import argparse
import inspect
import sys
import textwrap
from pathlib import Path
from types import ModuleType

from cockpit.cli.commands import GROUPS, Command
from cockpit.cli.parser import EPILOG
from docs.errors_page import errors
from docs.keys_page import keys
from docs.settings_page import configuration
from docs.wording import cell, default_of, notes_of, page, prose, type_of
from engine.ledger import bodies
from engine.ledger.bodies import amending, knowledge, mission, outside, work
from engine.ledger.bodies.base import Body

DOCS = Path(__file__).resolve().parent
EVENTS: tuple[tuple[str, ModuleType], ...] = (
    ("Mission, plan, time and judgement", mission),
    ("Attempts, money, and what they leave behind", work),
    ("Effects, people and decisions", outside),
    ("Rules and learnings", knowledge),
    ("Amending", amending),
)
Tool = argparse.ArgumentParser


def pages() -> dict[str, str]:
    """Every generated page: its file name in this folder, and its text."""
    made = {"cli.md": cli(), "events.md": events(), "configuration.md": configuration(), "keys.md": keys()}
    return made | {"errors.md": errors()}


def outdated() -> list[str]:
    """The pages that are not what the code says."""
    return [name for name, text in pages().items() if _read(DOCS / name) != text]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def cli() -> str:
    """The command line."""
    lines = [
        "# The command line",
        "",
        "`cockpit [--home DIR] COMMAND ...`. `--home` stands before or after the command and wins over `COCKPIT_HOME`.",
        "`cockpit --version` prints the version, `cockpit COMMAND --help` the arguments of a command.",
        "",
        "Ids are accepted with the mission's slug (`gtm/Q4`) and, where it is clear which is meant, without it (`Q4`).",
        "Commands that write wait for the engine's answer, and start an engine in the background if none runs.",
        "",
        "```text",
        *EPILOG.strip("\n").split("\n"),
        "```",
    ]
    for title, commands in GROUPS.items():
        lines += ["", f"## {title}"]
        for command in commands:
            lines += _command(command)
    return page(*lines)


def _command(command: Command) -> list[str]:
    tool = Tool(prog=f"cockpit {command.name}", add_help=False)
    command.arguments(tool)
    branches = [action for action in tool._actions if isinstance(action, argparse._SubParsersAction)]
    lines = ["", f"### {command.name}", "", f"{command.help[:1].upper()}{command.help[1:]}.", ""]
    if not branches:
        return [*lines, *_usage(tool)]
    for action in branches:
        helps = {choice.dest: choice.help for choice in action._choices_actions}
        for name, inner in action.choices.items():
            inner.prog = f"cockpit {command.name} {name}"
            lines += [f"{command.name} {name}: {helps.get(name) or ''}", "", *_usage(inner), ""]
    return lines[:-1]


def _usage(tool: Tool) -> list[str]:
    actions = [action for action in tool._actions if action.help != argparse.SUPPRESS and action.dest != "help"]
    synopsis = " ".join([tool.prog, *(_synopsis(action) for action in actions)])
    lines = ["```text", *textwrap.wrap(synopsis, 100, subsequent_indent="    "), "```"]
    rows = [(f"`{cell(_name(action))}`", _said(action)) for action in actions if action.help or action.choices]
    if rows:
        lines += ["", "| argument | meaning |", "|---|---|", *(f"| {name} | {said} |" for name, said in rows)]
    return lines


def _name(action: argparse.Action) -> str:
    metavar = action.metavar or (action.dest.upper() if action.nargs != 0 else "")
    shown = " ".join(metavar) if isinstance(metavar, tuple) else str(metavar)
    if not action.option_strings:
        return shown
    if action.choices is not None:
        shown = "|".join(str(choice) for choice in action.choices)
    return f"{action.option_strings[-1]} {shown}".strip()


def _synopsis(action: argparse.Action) -> str:
    name = _name(action)
    if action.option_strings:
        return name if action.required else f"[{name}]"
    return f"[{name}]" if action.nargs == "?" else name


def _said(action: argparse.Action) -> str:
    said = cell(str(action.help or ""))
    return said + (" (required)" if action.option_strings and action.required else "")


def events() -> str:
    """The ledger's kinds of event."""
    lines = [
        "# Events",
        "",
        *prose(
            "A mission is the list of its events, in order, each bound to the one before by its hash. Nothing is ever "
            "changed: what is true now is computed from them ([architecture](architecture.md)). This page lists every "
            f"kind that this release writes, {len(bodies.REGISTRY)} of them. `cockpit log MISSION --all --json` shows "
            "those of a mission."
        ),
        "",
        *prose(
            "Beside its body an event has `seq` (its number in the ledger), `mission`, `height` (its number in the "
            "mission), `kind`, `version`, `at` (the mission's own clock) and `wall` (the machine's clock), both in "
            "milliseconds UTC, `actor`, `epoch` (which engine wrote it), `body_hash`, `prev` and `hash`. What belongs "
            "to no mission (people who must not be contacted) is in the stream `home`."
        ),
        "",
        *prose(
            "Ids in bodies are short (`T3`, `Q4`); money is whole micro-dollars; a sha256 names a blob; a field is "
            "left out of the body when it holds its default. A kind or version that a release does not know is kept "
            "and shown, never dropped."
        ),
    ]
    for title, module in EVENTS:
        notes = notes_of(module)
        lines += ["", f"## {title}"]
        for name, model in bodies.REGISTRY.items():
            if model.__module__ == module.__name__:
                lines += _event(name, model, notes.get(model.__name__, {}))
    return page(*lines)


def _event(name: str, model: type[Body], notes: dict[str, str]) -> list[str]:
    lines = ["", f"### {name}", "", f"version {model.VERSION}"]
    if model.__doc__ and model.__doc__ != Body.__doc__:
        lines[-1] += f". {cell(inspect.cleandoc(model.__doc__))}"
    fields = {key: field for key, field in model.model_fields.items() if key not in Body.model_fields}
    if fields:
        lines += ["", "| field | type | default | |", "|---|---|---|---|"]
        lines += [
            f"| `{key}` | {type_of(field)} | {default_of(field)} | {notes.get(key, '')} |"
            for key, field in fields.items()
        ]
    return lines


def main() -> int:
    """Write the pages, or say which are out of date; 1 when some are."""
    given = argparse.ArgumentParser(prog="docs/generate.py", description=(__doc__ or "").partition("\n")[0])
    given.add_argument("--check", action="store_true", help="write nothing; exit code 1 when a page is out of date")
    stale = outdated()
    if given.parse_args().check:
        sys.stdout.writelines(f"docs/{name} is out of date; python docs/generate.py\n" for name in stale)
        return 1 if stale else 0
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")
    sys.stdout.writelines(f"docs/{name} written\n" for name in stale)
    return 0


if __name__ == "__main__":
    sys.exit(main())
