"""`cockpit keys`: in from a hidden prompt or a pipe, listed by name, removed after a question, and never shown."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.core
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail

import cockpit
from cockpit.__main__ import main
from engine.secrets.system import SERVICE, SystemSecrets
from tests.e2e.stage import Stage
from tests.e2e.terminal import Terminal
from tests.engine.secrets.keyrings import CANARY, Chain, Hanging, Locked, Readable, Ring

ROOT = Path(cockpit.__file__).parents[1]
CONFIG = """
[models.cheap]
model = "openai/small"
key = "keyring:openai"
free = true
[models.strong]
model = "openai/large"
key = "keyring:openai"
free = true
[models.other]
model = "anthropic/other"
key = "keyring:anthropic"
free = true
"""


class Pipe(io.TextIOWrapper):
    """Standard input that is no terminal."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))


@pytest.fixture
def ring() -> Iterator[Ring]:
    """The keyring of this machine, for the time of a test."""
    own = Ring()
    keyring.set_keyring(own)
    yield own
    keyring.core._keyring_backend = None


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "home" / "config.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(CONFIG)
    return path


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Pipe(f"{CANARY}\n".encode()))


@pytest.mark.usefixtures("piped")
def test_a_secret_comes_from_standard_input_and_is_kept(ring: Ring, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "set", "openai"]) == 0
    assert ring.kept[SERVICE, "openai"] == CANARY
    shown = capsys.readouterr()
    assert "keyring:openai" in shown.out
    assert "keyrings.Ring" in shown.out
    assert CANARY not in shown.out + shown.err


@pytest.mark.parametrize("data", [b"", b"\n", b"\xff\xfe", b"x" * 20_003, CANARY.encode() + b"\0"])
def test_what_cannot_be_a_secret_is_bad_input(
    ring: Ring, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], data: bytes
) -> None:
    monkeypatch.setattr(sys, "stdin", Pipe(data))
    assert main(["keys", "set", "openai"]) == 2
    assert CANARY not in capsys.readouterr().err
    assert ring.kept == {}


def test_a_secret_is_no_argument(ring: Ring, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["keys", "set", "openai", CANARY])
    assert ended.value.code == 2
    assert ring.kept == {}
    capsys.readouterr()


@pytest.mark.usefixtures("config", "piped")
def test_the_list_says_what_is_kept_what_uses_it_and_what_is_lacking(
    ring: Ring, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["keys", "set", "openai"])
    SystemSecrets({}).set("unused", CANARY)
    capsys.readouterr()
    assert main(["keys", "ls", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["openai"]["used_by"] == ["models.cheap.key", "models.strong.key"]
    assert rows["openai"]["stored"] is True
    assert rows["unused"]["used_by"] == []
    assert rows["anthropic"]["stored"] is False
    assert main(["keys", "ls"]) == 0
    out = capsys.readouterr().out
    assert "models.cheap.key, models.strong.key" in out
    assert "cockpit keys set anthropic" in out
    assert CANARY not in out


def test_programs_are_listed_and_not_run(config: Path, ring: Ring, capsys: pytest.CaptureFixture[str]) -> None:
    text = '[secrets.ours]\nargv = ["/nonexistent/pass"]\n[models.a]\nmodel = "openai/a"\nfree = true\n'
    config.write_text(text + 'key = "command:ours"\n')
    assert main(["keys", "ls", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row == {
        "name": "ours",
        "reference": "command:ours",
        "program": "/nonexistent/pass",
        "used_by": ["models.a.key"],
    }
    assert main(["keys", "ls"]) == 0
    assert "command:ours  models.a.key  printed by /nonexistent/pass" in capsys.readouterr().out
    assert main(["keys", "rm", "ours", "--yes"]) == 2
    assert "remove [secrets.ours]" in capsys.readouterr().err
    assert ring.kept == {}


@pytest.mark.usefixtures("config")
def test_what_another_program_put_there_counts_as_kept(ring: Ring, capsys: pytest.CaptureFixture[str]) -> None:
    ring.set_password(SERVICE, "openai", CANARY)
    main(["keys", "ls", "--json"])
    rows = {row["name"]: row["stored"] for row in json.loads(capsys.readouterr().out)}
    assert rows == {"openai": True, "anthropic": False}


def test_names_are_listed_although_config_toml_is_broken(
    ring: Ring, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text("[models")
    SystemSecrets({}).set("openai", CANARY)
    assert main(["keys", "ls"]) == 0
    shown = capsys.readouterr()
    assert "keyring:openai" in shown.out
    assert "not known" in shown.err


def test_nothing_kept_is_said_with_what_to_do(ring: Ring, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "ls"]) == 0
    assert "cockpit keys set" in capsys.readouterr().out


def test_removing_asks_unless_it_is_told_not_to(ring: Ring, capsys: pytest.CaptureFixture[str]) -> None:
    SystemSecrets({}).set("openai", CANARY)
    assert main(["keys", "rm", "openai"]) == 2
    assert "--yes" in capsys.readouterr().err
    assert main(["keys", "rm", "openai", "--yes"]) == 0
    assert (SERVICE, "openai") not in ring.kept
    assert main(["keys", "rm", "openai", "--yes"]) == 2


@pytest.mark.parametrize(
    ("backend", "said"),
    [
        (fail.Keyring(), "no keyring"),  # type: ignore[no-untyped-call]
        (Locked(), "locked"),
        (Readable(), "keyrings.alt.file.Readable"),
        (Chain(Ring(), Readable()), "keyrings.alt.file.Readable"),
    ],
    ids=lambda one: one if isinstance(one, str) else type(one).__name__,
)
def test_a_keyring_that_cannot_be_used_is_one_line_with_a_mend(
    backend: KeyringBackend, said: str, monkeypatch: pytest.MonkeyPatch, ring: Ring, capsys: pytest.CaptureFixture[str]
) -> None:
    keyring.set_keyring(backend)
    for call in (["keys", "set", "openai"], ["keys", "ls"], ["keys", "rm", "openai", "--yes"]):
        monkeypatch.setattr(sys, "stdin", Pipe(CANARY.encode()))
        assert main(call) == 2
        err = capsys.readouterr().err
        assert err.count("\n") == 1
        assert said in err
        assert "env:NAME" in err
        assert CANARY not in err


def test_a_keyring_that_hangs_ends_the_command(
    monkeypatch: pytest.MonkeyPatch, ring: Ring, capsys: pytest.CaptureFixture[str]
) -> None:
    hanging = Hanging()
    keyring.set_keyring(hanging)
    monkeypatch.setattr("cockpit.cli.keys.SystemSecrets", lambda environ: SystemSecrets(environ, timeout_s=0.05))
    assert main(["keys", "ls"]) == 2
    assert "did not answer" in capsys.readouterr().err
    hanging.over.set()


def test_a_worker_gets_no_keys(ring: Ring, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COCKPIT_ATTEMPT", "gtm/A1.1")
    SystemSecrets({}).set("openai", CANARY)
    for call in (["keys", "ls"], ["keys", "set", "x"], ["keys", "rm", "openai", "--yes"], ["setup"]):
        assert main(call) == 1
        assert "worker" in capsys.readouterr().err
    assert ring.kept[SERVICE, "openai"] == CANARY


def _environ(tmp_path: Path) -> dict[str, str]:
    return {
        "PYTHONPATH": str(ROOT),
        "PYTHON_KEYRING_BACKEND": "tests.engine.secrets.keyrings.FileRing",
        "TEST_RING": str(tmp_path / "ring.json"),
    }


def test_a_secret_outlives_the_command_and_is_shown_by_none(tmp_path: Path, config: Path) -> None:
    environ = {**os.environ, **_environ(tmp_path), "COCKPIT_HOME": str(config.parent), "OPENAI_API_KEY": CANARY}
    shown = ""
    for call in ("keys set openai", "keys set anthropic", "keys ls", "keys ls --json", "doctor", "doctor --json"):
        done = subprocess.run(
            [sys.executable, "-P", "-m", "cockpit", *call.split()],
            env=environ,
            input=f"{CANARY}\n",
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        shown += done.stdout + done.stderr
    assert json.loads((tmp_path / "ring.json").read_text())["openai"] == CANARY
    assert "models.cheap.key is keyring:openai, which is there" in shown
    assert CANARY not in shown
    assert not any(CANARY.encode() in path.read_bytes() for path in config.parent.rglob("*") if path.is_file())


def test_at_a_terminal_the_secret_is_asked_for_and_not_shown(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "stage")
    environ = _environ(tmp_path)
    with Terminal(stage, "keys", "set", "mail", environ=environ) as terminal:
        terminal.until("mail \\(not shown\\)")
        terminal.type(CANARY)
        assert terminal.end() == 0
        assert CANARY not in terminal.shown
    with Terminal(stage, "keys", "rm", "mail", environ=environ) as terminal:
        terminal.until("remove keyring:mail")
        terminal.type("")
        assert terminal.end() == 1
    assert json.loads((tmp_path / "ring.json").read_text())["mail"] == CANARY
    with Terminal(stage, "keys", "rm", "mail", environ=environ) as terminal:
        terminal.until("remove keyring:mail")
        terminal.type("y")
        assert terminal.end() == 0
    assert "mail" not in json.loads((tmp_path / "ring.json").read_text())
