"""The demo's stage: a home of its own, a sandbox identity, three contracts, and an engine that ends with the demo."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from cockpit.cli.authority import Author
from cockpit.cli.background import spawn, wait
from cockpit.cli.steer import begin
from engine.errors import BadInputError
from engine.home import Home

CONFIG = """\
# The demo's identity. demo.example cannot exist, and nothing is sent: mails end as files in the sandbox outbox.
[mail]
name = "Demo Sender"
address = "sender@demo.example"
reply_to = "sender@demo.example"
postal = "1 Demo Street, Demo Town"
"""


SEED = 39
"""In this history one channel is kept by its rule, one is pruned, and one is left for you to decide."""


class Play(NamedTuple):
    """One mission of the demo. A rehearsed one has made-up workers and a clock that jumps over waiting."""

    template: str
    rehearse: bool
    about: str
    seed: int = 0
    """For a rehearsal: which of its possible histories is played."""


PLAYS = (
    Play("gtm-channel", rehearse=True, about="tries channels, drafts mails, asks before any mail leaves", seed=SEED),
    Play("agent-improvement", rehearse=False, about="real work on real files: measures and improves a small program"),
    Play("feature-launch", rehearse=True, about="prepares a launch, and asks where it must not decide alone"),
)


def make_home(chosen: str | None) -> Home:
    """A new home: at `chosen`, or among the temporary files. Raises `BadInputError` if one is there."""
    home = Home.at(Path(chosen) if chosen else Path(tempfile.mkdtemp(prefix="cockpit-demo-")))
    if home.ledger.exists():
        raise BadInputError(str(home.root), "holds a ledger already", "the demo wants a new place: leave --home out")
    home.ensure()
    descriptor = os.open(home.config, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(CONFIG)
    return home


def write_contracts(home: Home) -> dict[str, Path]:
    """The contract of every play with its inputs, each in a folder of its own."""
    from engine.contract.template import write

    return {
        play.template: write(play.template, home.root / "contracts" / play.template / "mission.yaml")[0]
        for play in PLAYS
    }


def start_missions(home: Home, contracts: dict[str, Path], who: Author) -> dict[str, Play]:
    """Start every play; slug to play."""
    return {
        begin(home, contracts[play.template], who, rehearse=play.rehearse, seed=play.seed, start_engine=False): play
        for play in PLAYS
    }


class EngineProcess:
    """The demo's engine: a child process, ended with the demo."""

    def __init__(self, home: Home) -> None:
        self._process: subprocess.Popen[bytes] = spawn(home, detached=False)
        try:
            wait(home, self._process)
        except BaseException:
            self.end()
            raise

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def end(self) -> None:
        """Ask it to end, and insist after ten seconds."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
