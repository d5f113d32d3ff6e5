"""How a call of the command line is read and run. Only argparse is imported; only the called command is built."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

from cockpit.cli.arguments import home_option
from cockpit.cli.commands import COMMANDS, GROUPS

EPILOG = """\
first steps:
  cockpit demo                            three missions at work, in a throw-away home
  cockpit new gtm-channel -o FILE         write a contract, with sample inputs beside it
  cockpit rehearse FILE                   what it may cost, how long it may take, how it may end; nothing leaves

exit codes: 0 fine, 1 the mission or check says no, 2 usage or bad input, 3 engine or store unavailable
"""


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Knows its width: left to itself, argparse imports shutil for it, for every argument of every call."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_width() - 2)


def _width() -> int:
    try:
        return max(int(os.environ.get("COLUMNS") or os.get_terminal_size().columns), 40)
    except (ValueError, OSError):
        return 100


class _Parser(argparse.ArgumentParser):
    """Errors in one line: where, what, how to mend it."""

    def __init__(self, **terms: Any) -> None:
        super().__init__(**{"formatter_class": _Formatter, **terms})

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; {self.prog} --help\n")


def _overview() -> str:
    """What cockpit is, and its commands by what they are for."""
    import textwrap

    lines = ["A terminal cockpit that steers AI work by mission. Without a command it opens its screens."]
    room = _width() - 18
    for title, commands in GROUPS.items():
        lines += ["", f"{title.lower()}:"]
        for command in commands:
            first, *more = textwrap.wrap(command.help, room)
            lines += [f"  {command.name:12} {first}", *(f"{' ' * 15}{line}" for line in more)]
    return "\n".join(lines)


def _called(arguments: Sequence[str]) -> str | None:
    """The word in the place of the command, if there is one."""
    words = iter(arguments)
    for word in words:
        if word == "--home":
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None


def _unknown(word: str) -> str:
    import difflib

    near = difflib.get_close_matches(word, [command.name for command in COMMANDS], 1)
    return f"there is no command {word!r}" + (f"; did you mean {near[0]}?" if near else "")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The arguments of a call; ends the process with code 2 when they make no sense."""
    called = _called(arguments)
    command = next((command for command in COMMANDS if command.name == called), None)
    whole = _Parser(prog="cockpit", usage="cockpit [OPTION ...] [COMMAND ...]", epilog=EPILOG)
    whole.add_argument("-V", "--version", action="store_true", help="print the version")
    whole.add_argument("--home", metavar="DIR", help="where everything lives (or COCKPIT_HOME)")
    whole.add_argument("--plain", action="store_true", help="without a command: a dialogue of lines, no screens")
    whole.add_argument("--no-mouse", action="store_true", help="without a command: leave the mouse to the terminal")
    whole.add_argument("--no-engine", action="store_true", help="without a command: start no engine, only look")
    part = whole
    if command is not None:
        # `prog` is given, because argparse would import a formatter to find it out.
        sub = whole.add_subparsers(dest="command", parser_class=_Parser, prog="cockpit", help=argparse.SUPPRESS)
        part = sub.add_parser(command.name, description=f"{command.name}: {command.help}")
        home_option(part)
        command.arguments(part)
        part.set_defaults(handler=command.handler)
    elif called is not None:
        whole.error(_unknown(called))
    if not {"-h", "--help"}.isdisjoint(arguments):
        whole.description = _overview()
    args, rest = whole.parse_known_args(arguments)
    if rest:
        part.error(f"unrecognized arguments: {' '.join(rest)}")
    if args.version:
        args.command, args.handler = "version", "parser:version"
    elif command is None:
        args.command, args.handler = None, "screens:open_cockpit"
    return args


def dispatch(args: argparse.Namespace) -> int:
    """Import the function behind a call and run it."""
    module, _, name = args.handler.partition(":")
    code: int = getattr(import_module(f"cockpit.cli.{module}"), name)(args)
    return code


def version(_args: argparse.Namespace) -> int:
    """Print the version, where something stood before `--version`."""
    from cockpit import __version__
    from cockpit.cli.render import say

    say(f"cockpit {__version__}")
    return 0


def helped() -> int:
    """The help, where nobody sits at a terminal who could use a screen."""
    try:
        parse(["--help"])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def new(args: argparse.Namespace) -> int:
    """Write a contract from a template, or from prose."""
    if args.prose:
        from cockpit.cli import prose

        return prose.new(args)
    from cockpit.cli import contract

    return contract.new(args.template or "", args.out)


def check(args: argparse.Namespace) -> int:
    """Check a contract."""
    from cockpit.cli import contract

    return contract.check(args.file, args.json, args.home)
