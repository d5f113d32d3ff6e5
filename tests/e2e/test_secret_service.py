"""A real Secret Service: GNOME Keyring on a bus of its own, in a home of its own, unlocked and locked.

`cockpit keys` keeps a secret there, reads it, forgets it; a locked collection is told and does not hang. Skipped where
the two programs are not installed (`gnome-keyring`, `dbus-daemon` on Debian).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
MISSING = [name for name in ("dbus-run-session", "gnome-keyring-daemon") if shutil.which(name) is None]
CANARY = "sk-secret-service-canary-77aa"
PATIENCE_S = 90

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed here: {', '.join(MISSING)}")

OPEN = "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null"
LOCKED = f"""{OPEN}; "$PYTHON" -c '
import secretstorage
bus = secretstorage.dbus_init()
secretstorage.get_default_collection(bus).lock()
'"""


def session(folder: Path, before: str, source: str) -> subprocess.CompletedProcess[str]:
    """A Python program within a session of its own, after a keyring was started there."""
    for name in ("xdg", "run", "home"):
        (folder / name).mkdir(mode=0o700, exist_ok=True)
    environ = {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder / "xdg"),
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "COCKPIT_HOME": str(folder / "home"),
        "PYTHONPATH": str(ROOT),
        "PYTHON": sys.executable,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.SecretService.Keyring",
        "CANARY": CANARY,
    }
    program = folder / "program.py"
    program.write_text(textwrap.dedent(source))
    line = ["dbus-run-session", "--", "bash", "-c", f'{before}; exec "$PYTHON" -P {program}']
    with subprocess.Popen(
        line,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as running:
        try:
            out, err = running.communicate(timeout=PATIENCE_S)
        finally:
            _end(folder, running.pid)
    return subprocess.CompletedProcess(line, running.returncode, out.decode(), err.decode())


def _end(folder: Path, leader: int) -> None:
    """The daemon leaves its session: it is found by the home it was given."""
    for process in psutil.process_iter():
        try:
            if process.environ().get("XDG_DATA_HOME") == str(folder / "xdg"):
                process.kill()
        except (psutil.Error, OSError):
            continue
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


KEEPS = """
    import asyncio, io, json, os, subprocess, sys
    from concurrent.futures import ThreadPoolExecutor
    from engine.secrets import SecretError
    from engine.secrets.system import SystemSecrets

    def cockpit(*args, stdin=None):
        line = [sys.executable, "-P", "-m", "cockpit", *args]
        done = subprocess.run(line, input=stdin, capture_output=True, text=True)
        return [done.returncode, done.stdout, done.stderr]

    secrets = SystemSecrets({}, timeout_s=30)
    said = {"ring": secrets.keyring().name, "why": secrets.keyring().why}
    said["set"] = cockpit("keys", "set", "openai", stdin=os.environ["CANARY"] + "\\n")
    said["read"] = secrets.read("keyring:openai") == os.environ["CANARY"]
    said["get"] = asyncio.run(secrets.get("keyring:openai")) == os.environ["CANARY"]
    with ThreadPoolExecutor(8) as pool:
        said["together"] = len(set(pool.map(secrets.read, ["keyring:openai"] * 16)))
    secrets.set("large", "x" * 20_000)
    said["large"] = len(secrets.read("keyring:large"))
    said["ls"] = cockpit("keys", "ls", "--json")
    said["rm"] = cockpit("keys", "rm", "openai", "--yes")
    try:
        secrets.read("keyring:openai")
    except SecretError as error:
        said["gone"] = error.why
    said["doctor"] = cockpit("doctor", "--json")
    print(json.dumps(said))
"""


def test_p11_a_real_secret_service_keeps_what_cockpit_keys_is_given(tmp_path: Path) -> None:
    done = session(tmp_path, OPEN, KEEPS)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["ring"].startswith("keyring.backends.SecretService")
    assert said["why"] is None
    assert said["set"][0] == 0, said["set"]
    assert said["read"] is said["get"] is True
    assert said["together"] == 1
    assert said["large"] == 20_000
    assert [(row["name"], row["stored"]) for row in json.loads(said["ls"][1])] == [("large", True), ("openai", True)]
    assert said["rm"][0] == 0
    assert said["gone"] == "missing"
    keyring = next(one for one in json.loads(said["doctor"][1]) if one["check"] == "keyring")
    assert keyring["state"] == "ok"
    assert CANARY not in f"{said['set']}{said['ls']}{said['rm']}{said['doctor']}"
    kept = [path for path in tmp_path.rglob("*.keyring") if path.is_file()]
    assert kept, "the keyring is a file of this home, and of no other"
    for path in [path for path in tmp_path.rglob("*") if path.is_file()]:
        assert CANARY.encode() not in path.read_bytes()


ASKS = """
    import json, time
    from engine.secrets import SecretError
    from engine.secrets.system import SystemSecrets
    secrets = SystemSecrets({}, timeout_s=4)
    try:
        secrets.read("keyring:openai")
        said = ["nothing", "", ""]
    except SecretError as error:
        said = [error.why, error.what, error.mend]
    print(json.dumps(said))
    import os, sys; sys.stdout.flush(); os._exit(0)
"""


def test_a_locked_collection_is_told_and_does_not_hang(tmp_path: Path) -> None:
    done = session(tmp_path, LOCKED, ASKS)
    assert done.returncode == 0, done.stderr
    why, what, mend = json.loads(done.stdout)
    assert why in ("locked", "timeout"), (why, what, done.stderr)
    assert "unlock it" in mend


def test_without_any_keyring_the_message_says_so(tmp_path: Path) -> None:
    done = session(tmp_path, "true", ASKS)
    assert done.returncode == 0, done.stderr
    why, _, mend = json.loads(done.stdout)
    assert why in ("no_keyring", "locked", "timeout", "unreadable"), (why, mend)
    assert mend
