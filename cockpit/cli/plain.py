"""`cockpit --plain`: the cockpit as a dialogue of lines, for screen readers, slow links and terminals that only print.

What happened since the last prompt is told, what needs somebody is numbered, and every command of the command line
works without its first word. `1` shows item 1; `approve 1`, `reject 1 REASON`, `answer 1 TEXT` decide it.
"""

from __future__ import annotations

import shlex
import sys
from argparse import Namespace

from cockpit.cli.authority import at_terminal, author
from cockpit.cli.desk import Json, home_of, open_reader
from cockpit.cli.render import safe, say, state
from cockpit.cli.story import Names, tell
from engine.errors import BadInputError, CockpitError
from engine.home import Home

PROMPT = "cockpit> "
MOST = 20
"""Lines of news told at once; the log has all."""
HELP = (
    "1                    show item 1, with its exact bytes",
    "approve 1            approve it; the code to type follows",
    "reject 1 REASON      reject it; the reason becomes a rule",
    "answer 1 TEXT        answer it, with a text or the number of a choice",
    "(empty)              what is new",
    "ls, show, board, log, spend, context, why ...   every command, without the word cockpit",
    "quit                 close; missions go on",
)


def dialogue(args: Namespace) -> int:
    """Prompt and answer until the input ends."""
    if not at_terminal():
        raise BadInputError("--plain", "needs a person at a terminal", "cockpit attention --json is for programs")
    home = home_of(args)
    home.ensure()
    author(home)
    talk = _Talk(home)
    say("Mission Cockpit, as lines. help lists what can be said.")
    while True:
        talk.news()
        try:
            said = input(PROMPT)
        except EOFError:
            say("")
            return 0
        if said.strip() in {"quit", "exit", "q"}:
            return 0
        try:
            talk.hear(said)
        except CockpitError as error:
            say(f"{state('failed')}: {safe(str(error))}")
        except KeyboardInterrupt:
            say("")


class _Talk:
    """What was told already, and what the numbers mean."""

    def __init__(self, home: Home) -> None:
        self._home, self._names, self._after = home, Names(), 0
        self._numbered: list[str] = []
        with open_reader(home) as reader:
            for event in reader.events(kinds=["branch.opened", "task.added", "attempt.dispatched"]):
                self._names.learn(event)
            newest = reader.query("SELECT MAX(seq) FROM events")
            self._after = int(newest[0][0] or 0) if newest else 0

    def news(self) -> None:
        """What happened since the last prompt, and what needs somebody."""
        with open_reader(self._home) as reader:
            lines: list[str] = []
            for event in reader.events(after=self._after):
                self._names.learn(event)
                self._after = event["seq"]
                line = tell(event, self._names)
                if line:
                    lines.append(f"{safe(event['mission'])}: {line}")
            rows = sorted(reader.views("attention"), key=lambda row: (-row["rank"], row["raised_at"], row["id"]))
        if len(lines) > MOST:
            say(f"({len(lines) - MOST} earlier lines; cockpit log tells them)")
        say(*lines[-MOST:])
        if [row["id"] for row in rows] != self._numbered or lines:
            self._numbered = [row["id"] for row in rows]
            say(*(self._line(number, row) for number, row in enumerate(rows, start=1)))
            if not rows:
                say("nothing needs you")

    def _line(self, number: int, row: Json) -> str:
        return f"{number}. {state('needs you')}: {safe(row['mission'])}: {safe(row['kind'])}: {safe(row['title'])}"

    def hear(self, said: str) -> None:
        """Do what was said. Raises `CockpitError`."""
        if not said.strip():
            return
        if said.strip() == "n" and self._numbered:
            said = "1"
        if said.strip() == "help":
            say(*HELP)
            return
        try:
            words = shlex.split(said)
        except ValueError as error:
            raise BadInputError("cockpit", f"{error}", "close the quotes") from None
        if len(words) == 1 and words[0].isdecimal():
            self._show(self._item(words[0]))
            return
        if words[0] in {"approve", "reject", "answer"} and len(words) > 1 and words[1].isdecimal():
            words[1] = self._item(words[1])
        if words[0] == "reject" and len(words) > 2 and "--because" not in words:
            words = [*words[:2], "--because", " ".join(words[2:])]
        if words[0] == "answer" and len(words) > 3:
            words = [*words[:2], " ".join(words[2:])]
        self._run(words)

    def _item(self, number: str) -> str:
        place = int(number)
        if not 1 <= place <= len(self._numbered):
            raise BadInputError(number, "is not the number of an item", "press enter to see the list")
        return self._numbered[place - 1]

    def _show(self, name: str) -> None:
        from cockpit.cli.attention import seen, sheet
        from cockpit.cli.decide import question
        from cockpit.cli.desk import item_of

        with open_reader(self._home) as reader:
            row = item_of(reader, name)
            if row["kind"] == "approve":
                say(*sheet(reader, row, seen(reader, row), set()))
            else:
                say(*question(row))

    def _run(self, words: list[str]) -> None:
        from cockpit.cli.commands import COMMANDS
        from cockpit.cli.parser import dispatch, parse

        if words[0] in {"demo", "engine"}:
            raise BadInputError(words[0], "runs on its own", f"leave with quit, then cockpit {words[0]}")
        if words[0] not in {command.name for command in COMMANDS}:
            raise BadInputError(words[0], "is no command", "help lists what can be said")
        chosen = ["--home", str(self._home.root)] if Home.at(self._home.root) == self._home else []
        try:
            dispatch(parse([*chosen, *words]))
        except SystemExit:  # argparse has said what is wrong
            sys.stdout.flush()
