"""A go-to-market mission that is not rehearsed, in a small world of its own: two model providers, a mail server that
takes mail over TLS, a folder where answers come in, and twenty-five people.

`python -m tests.e2e.gtm --home DIR --minutes N [--slow]` starts that world and the mission, says what to open, and
keeps both alive.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from cockpit.cli.background import command
from engine.home import Home
from engine.ledger.reader import Reader
from tests.e2e.people import People, into_maildir, table
from tests.e2e.vendors import Asked, Sold, Vendor
from tests.endpoint import Answer
from tests.mailserver import ImapServer, SmtpSink, Taken

ROOT = Path(__file__).parents[2]
logging.getLogger("mail.log").setLevel(logging.ERROR)  # the sink's library warns of itself at every login
NORTH = Sold("north-1", "north", "0.27", "1.10", "0.07", "1.37")
SOUTH = Sold("south-1", "south", "0.55", "2.19", "0.14", "2.71")
EAST = Sold("east-1", "east", "0.83", "3.17", "0.21", "3.33")
SECRETS = {
    "FIRST_KEY": "sk-first-canary-5b1c77e09a",
    "SECOND_KEY": "sk-second-canary-0f4d3382e6",
    "SMTP_PASSWORD": "smtp-canary-94ab20cc17",
    "IMAP_PASSWORD": "imap-canary-61de05fb48",
}
"""What must never be written anywhere."""

CONTRACT = """\
mission: Find a channel with real signal
id: gtm
zone: Europe/Berlin
target:
  statement: One channel with enough answers to justify a second batch.
  met_when: mission.branches.kept >= 1 && mission.branches.alive == 0
budget: {money: 5 USD, time: 14d, branches: 2, attempts: 80}
actions: {allowed: [enrich, draft, review], restricted: [send]}
approvals: {send: {expires: 3d, undo: UNDO, batch: 50}}
lawful: {country: US, basis: business contact about a page their company publishes, source: leads.csv}
inputs: {leads: leads.csv}
evidence:
  reply_rate: {unit: ratio, from: inbox, min_sample: 4}
  reply_quality: {unit: score, from: reviewer, min_sample: 3}
cadence:
  - {check: [reply_rate, reply_quality], every: 1s, after: send, for: WINDOW}
tools: {mail: {need: required, stance: ask, verbs: [send], connector: smtp}}
roles:
  researcher: {worker: model, tier: strong, timeout: 2m}
  writer: {worker: model, tier: strong, timeout: 2m}
  reviewer: {worker: model, tier: strong, different_family_from: writer, timeout: 2m}
judge:
  - {when: branch.reply_rate >= 0.33 && branch.reply_quality >= 0.5, then: keep, because: enough people answer well}
  - {when: branch.reply_rate < 0.2, then: prune, because: almost nobody answers}
stop:
  - {when: mission.exhausted, then: stop, because: the budget is exhausted}
plan:
  branches:
    - {id: observation, hypothesis: People answer one observation about their own page., share: 50%}
    - {id: introduction, hypothesis: An introduction opens more doors., share: 40%}
  tasks:
    - id: enrich
      title: Learn what is worth saying to each lead
      role: researcher
      verb: enrich
      context: [leads]
      criteria: [{text: says one thing about each company, check: review}, {text: short, check: {max_words: 800}}]
      verify: [checks, review]
      budget: 0.50 USD
    - id: draft
      each: branch
      title: Draft the messages of this channel
      role: writer
      verb: draft
      needs: [enrich]
      context: [leads, enrich, rules, learnings]
      proposes: [send]
      criteria:
        - {text: under 120 words, check: {max_words: 120}}
        - {text: names their plans, check: {regex: "(?i)plan"}}
        - {text: asks one question, check: review}
      verify: [checks, review]
      budget: 1 USD
      attempts: 3
"""

Fault = Callable[[Asked], Answer | None]


class Gtm:
    """The world of the mission. Entered, its servers serve; `write` lays out a home for it."""

    def __init__(
        self,
        *,
        inbox: Literal["imap", "maildir"] = "imap",
        box: Path | None = None,
        reply_s: float = 0.2,
        pause_s: float = 0.0,
        window: str = "5s",
        undo: str = "0s",
        second_key: str = "env:SECOND_KEY",
    ) -> None:
        """`box` is the maildir where answers come in, for `inbox` maildir; `pause_s` comes before each chunk."""
        self.first = Vendor((NORTH,), pause_s=pause_s)
        self.second = Vendor((SOUTH, EAST), pause_s=pause_s)
        self.smtp = SmtpSink(users={"ada": SECRETS["SMTP_PASSWORD"]}, on_message=self._arrived)
        self.imap = ImapServer(user="ada", password=SECRETS["IMAP_PASSWORD"])
        self.box = box if inbox == "maildir" else None
        self.people = People(into_maildir(self.box) if self.box else self.imap.put, reply_s)
        self._window, self._undo, self._second_key = window, undo, second_key
        self._open = contextlib.ExitStack()

    def _arrived(self, taken: Taken) -> None:
        self.people.take(taken)

    @property
    def vendors(self) -> tuple[Vendor, Vendor]:
        """Both providers."""
        return self.first, self.second

    @property
    def environ(self) -> dict[str, str]:
        """What the engine's environment has to hold."""
        return dict(SECRETS)

    def __enter__(self) -> Self:
        for server in (self.first.endpoint, self.second.endpoint, self.smtp, self.imap):
            self._open.enter_context(server)
        self._open.callback(self.people.close)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def write(self, home: Home, folder: Path) -> str:
        """config.toml into the home, the contract and the leads into a folder; the name of the contract's file."""
        home.ensure()
        home.config.write_text(self.config)
        home.config.chmod(0o600)
        (folder / "leads.csv").write_text(table())
        contract = CONTRACT.replace("WINDOW", self._window).replace("UNDO", self._undo)
        (folder / "gtm.yaml").write_text(contract)
        return "gtm.yaml"

    @property
    def config(self) -> str:
        """config.toml."""
        models = self.first.toml("env:FIRST_KEY") + self.second.toml(self._second_key)
        mail = (
            '[mail]\nname = "Ada Example"\naddress = "ada@yours.example"\npostal = "1 Example Street, Example Town"\n\n'
            f'[mail.smtp]\nhost = "127.0.0.1"\nport = {self.smtp.port}\nuser = "ada"\n'
            f'password = "env:SMTP_PASSWORD"\nca_file = "{self.smtp.ca_file}"\ntimeout = "20s"\n\n'
            '[mail.limits]\nbounces = "10%"\n\n'
        )
        if self.box:
            return f'{models}{mail}[mail.inbox]\nkind = "maildir"\npath = "{self.box}"\n'
        return (
            f'{models}{mail}[mail.inbox]\nkind = "imap"\nhost = "127.0.0.1"\nport = {self.imap.port}\nuser = "ada"\n'
            f'password = "env:IMAP_PASSWORD"\nca_file = "{self.imap.ca_file}"\ntimeout = "20s"\n'
        )


def outage(from_: int, answer: Answer, *, until: Callable[[], bool] = lambda: False) -> Fault:
    """A provider that answers so from its n-th request on, until it is back."""
    return lambda asked: answer if asked.number >= from_ and not until() else None


def main(argv: list[str]) -> int:
    """Play the mission by hand."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.gtm", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="an empty folder, or one that is made")
    parser.add_argument("--minutes", type=float, default=30.0, help="how long the world exists")
    parser.add_argument("--slow", action="store_true", help="models that take their time, and a longer window")
    options = parser.parse_args(argv)
    home = Home.at(options.home)
    if home.ledger.exists():
        print(f"{home.root} has a ledger already; take an empty folder", file=sys.stderr)
        return 2
    slow = bool(options.slow)
    world = Gtm(
        reply_s=20.0 if slow else 4.0,
        pause_s=0.4 if slow else 0.05,
        window="5m" if slow else "1m",
        undo="20s" if slow else "5s",
    )
    with world:
        began = time.monotonic()
        away = range(60, 240)  # seconds during which the first provider is not there
        world.first.fault = outage(
            4, Answer.failing(503), until=lambda: int(time.monotonic() - began) not in range(away.stop)
        )
        return _play(world, home, began + 60 * options.minutes)


def _play(world: Gtm, home: Home, end: float) -> int:
    environ = {**os.environ, **world.environ, "PYTHONPATH": str(ROOT)}
    file = world.write(home, home.root)
    engine = subprocess.Popen(command(home), env=environ, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        while not _alive(home):
            if engine.poll() is not None:
                return 3
            time.sleep(0.05)
        subprocess.run(command(home, "start", file), env=environ, cwd=home.root, check=True)
        print(f"open it:  {' '.join([sys.executable, '-m', 'cockpit', '--home', str(home.root)])}", flush=True)
        print("approve there; ctrl-c here ends the engine and the servers", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            while time.monotonic() < end and engine.poll() is None:
                time.sleep(0.5)
    finally:
        engine.send_signal(signal.SIGTERM)
        engine.wait(30)
    print(f"{len(world.smtp.messages)} mails have arrived")
    return 0


def _alive(home: Home) -> bool:
    if not home.ledger.exists():
        return False
    with Reader.open(home.ledger, busy_ms=5_000) as reader:
        lease = reader.lease()
        return bool(lease and lease["alive"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
