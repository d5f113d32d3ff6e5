"""P24: a command that tries everything gets nothing inside of bubblewrap; what it gets without is listed here."""

from __future__ import annotations

import json
import os
import pty
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import engine
from cockpit.cli.authority import token
from engine.containment.bubble import _works, bubblewrap, cuts_network, wrapped
from engine.containment.process import Method
from engine.home import Home
from engine.ledger.sqlite import SqliteStore
from engine.workers.command import CommandWorker
from tests.engine.workers.command_bench import METHODS, TOKEN, finished, marked
from tests.engine.workers.contract import Workbench, ending_of, job

ROOT = Path(engine.__file__).parents[1]
REMAINS = frozenset(
    {
        "token_by_command_line",
        "terminal_by_command_line",
        "decision_token",
        "inbox_by_hand",
        "ledger_in_place",
        "configuration",
        "another_attempt",
        "keys_of_the_home",
        "write_the_home",
        "keyring_bus",
        "keyring_bus_without_a_path",
        "network",
        "terminal_of_the_user",
        "keys_of_the_user",
        "environment_of_another",
        "memory_of_another",
        "signal_to_another",
        "program_of_the_engine",
        "out_of_the_root",
        "link_in_the_answer",
    }
)
"""What a hostile program of the same user may do where there is no bubblewrap: docs/security.md says so."""


@dataclass
class Scene:
    """A home, a user, and other programs, all of them worth something to a thief."""

    root: Path
    known: dict[str, Any] = field(default_factory=dict)

    @property
    def home(self) -> Home:
        return Home.at(self.root / "user" / "cockpit")

    @property
    def environ(self) -> dict[str, str]:
        """The engine's."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root / "user"),
            "COCKPIT_HOME": str(self.home.root),
            "COCKPIT_DECISION_TOKEN": "planted-token",
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self.known['bus']}",
            "OPENAI_API_KEY": "planted-key",
            "PYTHONPATH": str(ROOT),
        }

    def worker(self, method: Method) -> CommandWorker:
        hidden = (self.home.root, self.home.log)
        return CommandWorker(environ=self.environ, cookie=TOKEN, hidden=hidden, clock=lambda: 0, method=method)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """The scene in a folder of the test."""
    with staged(tmp_path) as made:
        yield made


@contextmanager
def staged(root: Path, *, user: int | None = None) -> Iterator[Scene]:
    """Everything there is to steal, and a workspace where engines have theirs. `user`: whose the terminal and the other
    program are.
    """
    made = Scene(root)
    made.home.ensure()
    made.home.config.write_text('[screen]\ntheme = "dark"\n')
    other = made.home.work / "gtm" / "A9.9" / "inputs"
    other.mkdir(parents=True)
    (other / "leads.csv").write_text("ada@example.org\n")
    for place in (".ssh/id_ed25519", ".aws/credentials", ".config/gh/hosts.yml", ".netrc", "Documents/private.txt"):
        (root / "user" / place).parent.mkdir(parents=True, exist_ok=True)
        (root / "user" / place).write_text("planted\n")
    with ExitStack() as open_:
        bus = open_.enter_context(socket.socket(socket.AF_UNIX))
        bus.bind(str(root / "user" / "bus"))
        abstract = open_.enter_context(socket.socket(socket.AF_UNIX))
        name = f"cockpit-{uuid.uuid4().hex}"
        abstract.bind(f"\0{name}")
        server = open_.enter_context(socket.create_server(("127.0.0.1", 0)))
        for listening in (bus, abstract):
            listening.listen()
        ours, theirs = pty.openpty()
        open_.callback(os.close, ours)
        open_.callback(os.close, theirs)
        if user is not None:
            os.fchown(theirs, user, user)
        line = [
            sys.executable if user is None else "/usr/bin/python3",
            "-c",
            "import signal; signal.signal(10, signal.SIG_IGN); signal.pause()",
            "cockpit-victim",
        ]
        victim = open_.enter_context(
            subprocess.Popen(line, env={"PLANTED": "planted"}, start_new_session=True, user=user, group=user)
        )
        open_.callback(victim.kill)
        made.known = {
            "home": str(made.home.root),
            "user": str(root / "user"),
            "root": str(ROOT),
            "token": token(made.home),
            "bus": str(root / "user" / "bus"),
            "abstract": name,
            "port": server.getsockname()[1],
            "tty": os.ttyname(theirs),
            "victim": victim.pid,
            "program": str(root / "user" / "program.py"),
            "variables": ["COCKPIT_HOME", "COCKPIT_DECISION_TOKEN", "DBUS_SESSION_BUS_ADDRESS", "SSH_AUTH_SOCK"],
            "marker": uuid.uuid4().hex,
            "covered": True,
        }
        Path(made.known["program"]).write_text("pass\n")
        yield made


async def tried(scene: Scene, method: Method, **more: Any) -> tuple[set[str], Workbench]:
    """What the hostile worker got, told by itself and seen from outside."""
    io = Workbench(scene.home.work / "gtm" / "A1.1")
    known = scene.known | {"covered": method == "bubblewrap"} | more
    files = {"script": Path(__file__).with_name("hostile.py").read_bytes(), "known": json.dumps(known).encode()}
    given = tuple({"name": name, "filename": f"{name}.x", "sha": io.keep(content)} for name, content in files.items())
    work = job(argv=("{python}", "{input.script}", "{input.known}"), inputs=given, network=False, timeout_ms=120_000)
    ending = finished(await ending_of(scene.worker(method), work, io))
    got = set(json.loads(ending.handoff.summary))
    if marked(scene.known["marker"]):
        got.add("stays_behind")
    return got, io


async def begun(scene: Scene) -> None:
    """A ledger, as the first engine makes it."""
    await SqliteStore.open(scene.home.ledger).close()


@pytest.mark.parametrize("method", METHODS)
async def test_p24_a_hostile_command_decides_nothing_and_reaches_nothing_it_should_not(
    scene: Scene, method: Method
) -> None:
    await begun(scene)
    before = scene.home.ledger.read_bytes()
    got, _ = await tried(scene, method)
    if method == "supervisor":
        assert got <= REMAINS
        assert {"ledger_in_place", "decision_token"} <= got, "the script itself works"
        return
    lost = set() if cuts_network() else {"network", "keyring_bus_without_a_path"}
    assert got <= lost
    assert scene.home.ledger.read_bytes() == before
    assert not (scene.root / "user" / ".bashrc").exists()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ["token.txt", "../../../decision.token"])
async def test_p24_no_file_of_the_home_comes_back_as_an_artifact(scene: Scene, method: Method, name: str) -> None:
    await begun(scene)
    io = Workbench(scene.home.work / "gtm" / "A1.1")
    source = f"import os; os.symlink({str(scene.home.root / 'decision.token')!r}, 'out/token.txt')\n"
    source += f'print(\'{{"artifacts": ["{name}"]}}\')'
    given = ({"name": "s", "filename": "s.py", "sha": io.keep(source.encode())},)
    ending = await ending_of(scene.worker(method), job(argv=("{python}", "{input.s}"), inputs=given), io)
    assert ending.kind == "failed"
    assert scene.known["token"] not in f"{ending}{list(io.blobs.values())}"


needs_bubblewrap = pytest.mark.skipif(bubblewrap() is None, reason="bubblewrap is not installed, or does not work here")


@needs_bubblewrap
async def test_p24_what_the_contract_names_is_seen_and_what_is_hidden_stays_hidden(scene: Scene) -> None:
    source = """
import json, os
print(json.dumps({"summary": json.dumps([os.path.exists(place) for place in PLACES])}))
"""
    user = scene.root / "user"
    (user / "models").mkdir()
    (user / "models" / "a.bin").write_text("x")
    (user / "models" / ".ssh").symlink_to(user / ".ssh")
    places = ("models/a.bin", "models/.ssh/id_ed25519", ".ssh/id_ed25519", "Documents/private.txt")
    io = Workbench(scene.home.work / "gtm" / "A1.1")
    source = source.replace("PLACES", repr([str(user / place) for place in places]))
    given = ({"name": "s", "filename": "s.py", "sha": io.keep(source.encode())},)
    for sees, seen in (((), [False] * 4), (("~/models", "~/.ssh"), [True, False, False, False])):
        work = job(argv=("{python}", "{input.s}"), inputs=given, sees=sees)
        ending = finished(await ending_of(scene.worker("bubblewrap"), work, io))
        assert json.loads(ending.handoff.summary) == seen


@needs_bubblewrap
@pytest.mark.parametrize("network", [True, False])
async def test_p24_the_network_is_there_only_for_a_role_that_says_so(scene: Scene, network: bool) -> None:
    io = Workbench(scene.home.work / "gtm" / "A1.1")
    source = f"""
import json, socket
try:
    socket.create_connection(("127.0.0.1", {scene.known["port"]}), timeout=5).close()
    said = "reached"
except OSError:
    said = "not reached"
print(json.dumps({{"summary": said}}))
"""
    given = ({"name": "s", "filename": "s.py", "sha": io.keep(source.encode())},)
    work = job(argv=("{python}", "{input.s}"), inputs=given, network=network)
    ending = finished(await ending_of(scene.worker("bubblewrap"), work, io))
    assert ending.handoff.summary == ("reached" if network or not cuts_network() else "not reached")


def test_p24_homes_sockets_and_the_network_are_taken_away_by_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What bubblewrap is told, where it is not installed too."""
    home, ours = tmp_path / "user", tmp_path / "user" / "cockpit"
    ours.mkdir(parents=True)
    monkeypatch.setattr("engine.containment.bubble.cuts_network", lambda: True)
    for network in (True, False):
        line = wrapped(["true"], "bwrap", workspace=ours / "w", hidden=(ours,), network=network, home=home)
        emptied = {line[at + 1] for at, word in enumerate(line) if word == "--tmpfs"}
        closed = {line[at + 1] for at, word in enumerate(line) if word == "--remount-ro"}
        assert {str(home), str(ours), "/run", "/tmp"} <= emptied
        assert {str(home), str(ours), "/run"} <= closed
        assert {"--die-with-parent", "--new-session", "--unshare-pid", "--cap-drop"} <= set(line)
        assert ("--unshare-net" in line) is not network


def test_a_program_below_the_home_can_be_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PATH, version managers and the program itself are shown; other folders of the home and a whole home are not."""
    home = tmp_path / "user"
    for place in (".local/bin", ".pyenv/shims", "tools", "Documents"):
        (home / place).mkdir(parents=True)
    program = home / "tools" / "measure"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{home}/.local/bin:/usr/bin:{home}:/:relative")
    line = wrapped([str(program)], "bwrap", workspace=tmp_path / "w", hidden=(home / "Documents",), home=home)
    shown = [line[at + 1] for at, word in enumerate(line) if word == "--ro-bind"]
    inside = sorted(place for place in shown if place.startswith(str(home)))
    assert inside == sorted(str(home / place) for place in (".local/bin", ".pyenv", "tools/measure"))
    assert line.index("--remount-ro") > line.index("--bind"), "what is laid into an empty folder is laid there first"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="of Linux alone")
def test_a_program_without_bubblewrap_gains_no_rights_by_a_setuid_program() -> None:
    source = (
        "from engine.containment import supervisor as s; s.renounce(['x']); print(open('/proc/self/status').read())"
    )
    done = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "NoNewPrivs:\t1" in done.stdout


def test_p11_the_probe_has_nothing_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked whether it works would carry every key of the engine for everybody of this user to read."""
    told = tmp_path / "environ"
    stand_in = tmp_path / "bwrap"
    stand_in.write_text(f"#!/bin/sh\nenv > {told}\n")
    stand_in.chmod(0o700)
    monkeypatch.setenv("FIRST_KEY", "a-canary")
    assert _works([str(stand_in)])
    assert "PATH=" in told.read_text()
    assert "FIRST_KEY" not in told.read_text()
