"""A worker that tries to decide, to read keys, to reach the ledger, to harm other programs and to stay behind.

Run as a command worker with one argument, a JSON file that says where everything is: it knows more than a real one
could. Standard library alone. It prints a handoff whose summary names all that it managed.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import pty
import signal
import socket
import sqlite3
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

KNOWN: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text())
HOME, USER = Path(KNOWN["home"]), Path(KNOWN["user"])
LIBC = ctypes.CDLL(None, use_errno=True)
PR_ATTACH, NEW_USER, NEW_MOUNT, DETACH = 16, 0x10000000, 0x00020000, 2


def environment() -> bool:
    """Anything of the engine's environment."""
    return "planted" in repr(dict(os.environ)) or any(name in os.environ for name in KNOWN["variables"])


def standard_input() -> bool:
    """Somebody to answer."""
    return sys.stdin.isatty() or bool(sys.stdin.read())


def controlling_terminal() -> bool:
    """The terminal of whoever started the engine."""
    os.close(os.open("/dev/tty", os.O_RDWR))
    return True


def open_files() -> bool:
    """A file of the home that was left open."""
    places = []
    for file in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            places += [str(file.readlink())] if int(file.name) > 2 else []
    return any(place.startswith(str(HOME)) for place in places)


def _decided(*args: str, **more: str) -> bool:
    environ = {name: value for name, value in os.environ.items() if name not in ("COCKPIT_ATTEMPT", "HOME")}
    environ |= {"COCKPIT_HOME": str(HOME), "PYTHONPATH": KNOWN["root"], **more}
    line = [sys.executable, "-m", "cockpit", *args]
    done = subprocess.run(line, env=environ, capture_output=True, timeout=60, check=False)
    return done.returncode == 0


def attempt_by_command_line() -> bool:
    """The command line as an attempt, with the token."""
    return _decided(
        "suppress", "a@b.example", "--no-engine", COCKPIT_ATTEMPT="a", COCKPIT_DECISION_TOKEN=KNOWN["token"]
    )


def token_by_command_line() -> bool:
    """The command line without the mark of an attempt."""
    _decided("suppress", "a@b.example", "--no-engine", COCKPIT_DECISION_TOKEN=KNOWN["token"])
    return _rows()


def terminal_by_command_line() -> bool:
    """The command line at a pseudo-terminal of its own."""
    pid, end = pty.fork()
    if pid == 0:
        os.environ.pop("COCKPIT_ATTEMPT", None)
        os.environ |= {"COCKPIT_HOME": str(HOME), "PYTHONPATH": KNOWN["root"]}
        os.execv(sys.executable, [sys.executable, "-m", "cockpit", "suppress", "c@d.example", "--no-engine"])
    try:
        while os.read(end, 1024):
            pass
    except OSError:
        pass
    os.waitpid(pid, 0)
    os.close(end)
    return _rows()


def _rows() -> bool:
    with sqlite3.connect(f"file:{HOME}/ledger.db?mode=ro", uri=True) as conn:
        return bool(conn.execute("SELECT COUNT(*) FROM inbox").fetchone()[0])


def decision_token() -> bool:
    """The token of this installation."""
    return bool((HOME / "decision.token").read_text())


def inbox_by_hand() -> bool:
    """A decision written into the ledger."""
    with sqlite3.connect(f"file:{HOME}/ledger.db?mode=rw", uri=True) as conn:
        conn.execute(
            "INSERT INTO inbox(key, kind, mission, body, actor, wall) VALUES ('x', 'approve', 'gtm', '{}', 'a', 1)"
        )
    return True


def ledger_in_place() -> bool:
    """The ledger's bytes."""
    with (HOME / "ledger.db").open("r+b") as file:
        return bool(file.read(16))


def configuration() -> bool:
    """What config.toml says."""
    return bool((HOME / "config.toml").read_text())


def another_attempt() -> bool:
    """The workspace of another attempt."""
    return bool((HOME / "work" / "gtm" / "A9.9" / "inputs" / "leads.csv").read_text())


def keys_of_the_home() -> bool:
    """Keys and sessions of the user."""
    places = (".ssh/id_ed25519", ".aws/credentials", ".config/gh/hosts.yml", ".netrc", "Documents/private.txt")
    return any((USER / place).exists() for place in places)


def write_the_home() -> bool:
    """A start-up file of the user."""
    (USER / ".bashrc").write_text("evil\n")
    return True


def keyring_bus() -> bool:
    """The bus behind which the keyring is."""
    with socket.socket(socket.AF_UNIX) as bus:
        bus.connect(KNOWN["bus"])
    return True


def keyring_bus_without_a_path() -> bool:
    """The same at an address without a file."""
    with socket.socket(socket.AF_UNIX) as bus:
        bus.connect("\0" + KNOWN["abstract"])
    return True


def network() -> bool:
    """A server of this machine."""
    with socket.create_connection(("127.0.0.1", KNOWN["port"]), timeout=5):
        return True


def terminal_of_the_user() -> bool:
    """Words on the terminal of the user."""
    end = os.open(KNOWN["tty"], os.O_RDWR | os.O_NOCTTY)
    os.write(end, b"approve? [Y/n]")
    return True


def keys_of_the_user() -> bool:
    """Keys pressed for the user."""
    end = os.open(KNOWN["tty"], os.O_RDWR)
    fcntl.ioctl(end, termios.TIOCSTI, b"y")
    return True


def environment_of_another() -> bool:
    """The environment of another program of the user."""
    return b"planted" in Path(f"/proc/{KNOWN['victim']}/environ").read_bytes()


def memory_of_another() -> bool:
    """The memory of another program of the user."""
    return bool(LIBC.ptrace(PR_ATTACH, KNOWN["victim"], 0, 0) == 0 and LIBC.ptrace(17, KNOWN["victim"], 0, 0) == 0)


def signal_to_another() -> bool:
    """The end of another program of the user."""
    os.kill(KNOWN["victim"], signal.SIGUSR1)
    return b"cockpit-victim" in Path(f"/proc/{KNOWN['victim']}/cmdline").read_bytes()


def program_of_the_engine() -> bool:
    """A line in the engine's own program."""
    os.close(os.open(KNOWN["program"], os.O_WRONLY | os.O_APPEND))
    return True


def out_of_the_root() -> bool:
    """The machine as the first process sees it."""
    return (Path("/proc/1/root") / str(HOME / "decision.token").lstrip("/")).exists()


def below_the_cover() -> bool:
    """What lies under the empty folders."""
    if LIBC.unshare(NEW_USER | NEW_MOUNT) != 0 and LIBC.unshare(NEW_MOUNT) != 0:
        return False
    for place in (HOME, USER, Path("/run")):
        LIBC.umount2(str(place).encode(), DETACH)
    return bool(KNOWN["covered"]) and (HOME / "decision.token").exists()


def link_in_the_answer() -> bool:
    """A file of the home, under another name, as an artifact."""
    Path("out/linked.txt").unlink(missing_ok=True)
    os.link(HOME / "decision.token", "out/linked.txt")
    return True


def stays_behind() -> bool:
    """Found out from outside: a daemon without a mark."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            line = [sys.executable, "-S", "-c", "import time; time.sleep(600)", KNOWN["marker"]]
            os.execve(sys.executable, line, {})
        os._exit(0)
    time.sleep(0.2)
    return False


TRIES: tuple[Callable[[], bool], ...] = (
    *(environment, standard_input, controlling_terminal, open_files, attempt_by_command_line, token_by_command_line),
    *(terminal_by_command_line, decision_token, inbox_by_hand, ledger_in_place, configuration, another_attempt),
    *(keys_of_the_home, write_the_home, keyring_bus, keyring_bus_without_a_path, network, terminal_of_the_user),
    *(keys_of_the_user, environment_of_another, memory_of_another, signal_to_another, program_of_the_engine),
    *(out_of_the_root, link_in_the_answer, stays_behind, below_the_cover),
)


def main() -> None:
    """Try everything."""
    got = []
    for attempt in TRIES:
        try:
            if attempt():
                got.append(attempt.__name__)
        except (OSError, sqlite3.Error, subprocess.SubprocessError):
            continue
    print(json.dumps({"summary": json.dumps(got), "artifacts": []}))


if __name__ == "__main__":
    main()
