"""`command:NAME`: programs that print a secret, and everything that may be wrong with one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psutil
import pytest

from engine.errors import BadInputError
from engine.redaction import Redactor
from engine.secrets import SecretError
from engine.secrets.program import Program
from engine.secrets.system import SystemSecrets
from engine.settings import read_settings
from tests.engine.secrets.keyrings import CANARY

ENVIRON = {"PATH": os.environ["PATH"], "HOME": "/nowhere", "OPENAI_API_KEY": "k", "COCKPIT_HOME": "/h", "VAULT": "v"}


def says(source: str, **more: float | tuple[str, ...]) -> Program:
    """A program in Python."""
    return Program((sys.executable, "-I", "-S", "-c", source), **more)  # type: ignore[arg-type]


def secrets(program: Program, redactor: Redactor | None = None) -> SystemSecrets:
    """Secrets with one program, `x`."""
    return SystemSecrets(ENVIRON, programs={"x": program}.get, redactor=redactor)


async def test_a_program_prints_a_secret_and_its_last_line_break_is_none_of_it() -> None:
    redactor = Redactor()
    given = secrets(says(f"print(' {CANARY} ')"), redactor)
    assert await given.get("command:x") == given.read("command:x") == f" {CANARY} "
    assert CANARY not in redactor.redact(f"it is {CANARY}"), "whoever resolves a secret remembers it"


def test_it_sees_no_key_no_cockpit_no_terminal_and_no_input() -> None:
    source = "import os, sys; print(sorted(os.environ), sys.stdin.read(), os.getsid(0) == os.getpid(), os.getcwd())"
    seen = secrets(says(source, environ=("VAULT",))).read("command:x")
    assert seen.replace("'LC_CTYPE', ", "") == "['HOME', 'PATH', 'VAULT']  True /"


@pytest.mark.parametrize(
    ("program", "why", "what"),
    [
        (Program(("/nonexistent/pass",)), "missing", "cannot be started"),
        (says(f"import sys; sys.stderr.write('{CANARY}'); print('{CANARY}'); sys.exit(3)"), "unreadable", "status 3"),
        (says("pass"), "missing", "printed nothing"),
        (says("print(' ')"), "missing", "printed nothing"),
        (says(f"print('{CANARY}'); print('more')"), "unreadable", "more than one line"),
        (says("print('x' * 50_000)"), "unreadable", "more than 20 kB"),
        (says("while True: print('x' * 50_000)"), "unreadable", "more than 20 kB"),
        (says("import sys; sys.stdout.buffer.write(b'\\xff\\xfe')"), "unreadable", "UTF-8"),
        (says("import time; time.sleep(60)", timeout_s=0.2), "timeout", "0.2 s"),
        (says("import os, time; os.close(1); time.sleep(60)", timeout_s=0.3), "timeout", "0.3 s"),
    ],
)  # fmt: skip
async def test_what_is_wrong_with_a_program_is_said_without_what_it_printed(
    program: Program, why: str, what: str
) -> None:
    with pytest.raises(SecretError, match=what) as caught:
        await secrets(program).get("command:x")
    assert caught.value.why == why
    assert caught.value.mend
    assert CANARY not in str(caught.value)


def test_nothing_it_started_stays_behind(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    source = (
        "import subprocess, sys, time; sleep = [sys.executable, '-S', '-c', 'import time; time.sleep(60)'];"
        "child = subprocess.Popen(sleep);"
        f"open({str(pid)!r}, 'w').write(str(child.pid)); time.sleep(60)"
    )
    with pytest.raises(SecretError):
        secrets(says(source, timeout_s=3.0)).read("command:x")
    psutil.wait_procs([one for one in psutil.process_iter() if one.pid == int(pid.read_text())], timeout=5)
    assert not _lives(int(pid.read_text()))


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_value_is_kept_for_a_while_in_memory_and_not_on_disk(tmp_path: Path) -> None:
    count = tmp_path / "count"
    source = f"open({str(count)!r}, 'a').write('x'); print('value-of-mine')"
    programs = {"x": says(source), "once": says(source, kept_s=0.0)}
    given = SystemSecrets(ENVIRON, programs=programs.get)
    for _ in range(3):
        assert given.read("command:x") == "value-of-mine"
    assert count.read_text() == "x"
    programs["x"] = says(source + " # another")
    given.read("command:x")
    assert count.read_text() == "xx", "a changed program is asked anew"
    given.read("command:once")
    given.read("command:once")
    assert count.read_text() == "xxxx"


def test_a_name_without_a_program_says_what_to_write() -> None:
    with pytest.raises(SecretError, match=r"no \[secrets.y\]"):
        secrets(says("pass")).read("command:y")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[secrets.x]\nargv = []", "secrets.x.argv"),
        ('[secrets.x]\nargv = [" "]', "secrets.x.argv"),
        ('[secrets.x]\nargv = "pass show x"', "secrets.x.argv"),
        ('[secrets.x]\nargv = ["pass"]\nkeep = "2h"', "secrets.x.keep"),
        ('[secrets.x]\nargv = ["pass"]\ntimeout = "1h"', "secrets.x.timeout"),
        ('[secrets.x]\nargv = ["pass"]\nenviron = ["COCKPIT_HOME"]', "secrets.x.environ"),
        ('[secrets.x]\nvalue = "hunter2"', "secrets.x.argv"),
        ('[secrets."no name"]\nargv = ["pass"]', "secrets.no name"),
    ],
)
def test_what_config_toml_may_not_say_of_a_program(text: str, place: str) -> None:
    with pytest.raises(BadInputError) as caught:
        read_settings(text)
    assert place in caught.value.where
    assert "hunter2" not in str(caught.value)


def test_config_toml_names_programs_and_the_places_that_use_them() -> None:
    text = '[secrets.ours]\nargv = ["pass", "show", "x"]\ntimeout = "3s"\nkeep = "0s"\nenviron = ["VAULT_ADDR"]\n'
    settings = read_settings(text + '[models.a]\nmodel = "openai/a"\nfree = true\nkey = "command:ours"\n')
    assert settings.program("ours") == Program(("pass", "show", "x"), 3.0, 0.0, ("VAULT_ADDR",))
    assert settings.program("theirs") is None
    assert settings.references == (("models.a.key", "command:ours"),)
