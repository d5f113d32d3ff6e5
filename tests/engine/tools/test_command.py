"""The `command` tool with real processes: arguments stay what they are, and nothing of a call outlives it."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import sys
import uuid
from pathlib import Path

import psutil
import pytest

from engine.containment.bubble import bubblewrap, cuts_network
from engine.tools.arguments import BadArgumentError
from engine.tools.command import CommandProvider, filled, places, spec_of
from engine.tools.protocol import Provider, Result, ToolDownError
from tests.engine.tools.contract import Call, ProviderContract, called, sound

ECHO = (sys.executable, "-I", "-S", "-c", "import sys; print(sys.argv[1:])", "to={WHOM}", "{TEXT}", "--", "{TEXT}")


def made(folder: Path, *argv: str) -> CommandProvider:
    return CommandProvider("tool", argv, workspace=folder, cookie=f"a-1+{uuid.uuid4().hex}", environ=os.environ)


def python(folder: Path, source: str, *argv: str) -> CommandProvider:
    (folder / "script.py").write_text(source)
    return made(folder, sys.executable, "-I", "-S", "script.py", *argv)


async def run(provider: CommandProvider, *, timeout_ms: int = 30_000, **arguments: object) -> Result:
    result = await called(provider, ("run", arguments), timeout_ms=timeout_ms)
    sound(result)
    return result


class TestCommandProvider(ProviderContract):
    def made(self, folder: Path) -> Provider:
        return made(folder, *ECHO)

    def good(self) -> Call:
        return "run", {"WHOM": "Ada", "TEXT": "hello"}


def test_placeholders_become_texts_that_must_be_given() -> None:
    assert places(ECHO) == ("WHOM", "TEXT")
    schema = spec_of(ECHO).input_schema
    assert schema["required"] == ["WHOM", "TEXT"]
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("value", ["a b; rm -rf /", "$(id)", "`id`", "a\nb", "{WHOM}", "'\"", "*", ""])
async def test_a_value_is_one_argument_whatever_it_holds(tmp_path: Path, value: str) -> None:
    result = await run(made(tmp_path, *ECHO), WHOM=value, TEXT="x")
    assert result.ok, result.text
    assert result.text.strip() == str([f"to={value}", "x", "--", "x"])


@pytest.mark.parametrize("value", ["-rf", "--output=/etc/passwd", "-"])
def test_a_value_cannot_become_an_option(value: str) -> None:
    with pytest.raises(BadArgumentError, match="option"):
        filled(("git", "log", "{REF}"), {"REF": value})
    assert filled(("grep", "--regexp={TEXT}", "--", "{FILE}"), {"TEXT": value, "FILE": value})[-1] == value


async def test_the_program_itself_is_nobodys_choice(tmp_path: Path) -> None:
    with pytest.raises(ToolDownError):
        await made(tmp_path, "{PROGRAM}").specs()
    with pytest.raises(ToolDownError):
        await made(tmp_path, "no-such-program-anywhere").specs()
    with pytest.raises(ToolDownError):
        await made(tmp_path).specs()


async def test_how_it_ended_is_its_source(tmp_path: Path) -> None:
    source = "import sys\nprint('out')\nsys.stderr.write('why')\nsys.exit(3)"
    result = await run(python(tmp_path, source))
    assert not result.ok
    assert result.text == "out\nwhy"
    assert result.source.endswith("script.py: exit status 3")


async def test_one_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    mark = uuid.uuid4().hex
    source = (
        "import subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', sys.argv[1]])\n"
        "time.sleep(600)"
    )
    result = await run(python(tmp_path, source, "{MARK}"), timeout_ms=500, MARK=mark)
    assert "took longer than 500ms" in result.text
    left = [p for p in psutil.process_iter(["cmdline", "status"]) if mark in (p.info["cmdline"] or ())]
    assert [p for p in left if p.info["status"] != psutil.STATUS_ZOMBIE] == []


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
async def test_one_that_floods_is_ended(tmp_path: Path, stream: str) -> None:
    result = await run(python(tmp_path, f"import sys\nwhile True: sys.{stream}.write('x' * 65536)"))
    assert not result.ok
    assert stream in result.text


async def test_what_is_no_text_comes_back_as_text(tmp_path: Path) -> None:
    result = await run(python(tmp_path, "import sys\nsys.stdout.buffer.write(b'\\xff\\x00caf\\xc3\\xa9')"))
    assert result.ok
    assert result.text == "\ufffd\ufffdcafé"


async def test_it_sees_nothing_of_our_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-for-tools")
    monkeypatch.setenv("COCKPIT_HOME", "/somewhere")
    result = await run(python(tmp_path, "import os; print(sorted(os.environ))"))
    assert "OPENAI" not in result.text
    assert "COCKPIT_HOME" not in result.text
    assert "COCKPIT_ATTEMPT" in result.text


@pytest.mark.skipif(bubblewrap() is None, reason="bubblewrap does not work here")
async def test_folders_that_are_none_of_its_business_are_empty_to_it(tmp_path: Path) -> None:
    keys, workspace = tmp_path / "keys", tmp_path / "workspace"
    keys.mkdir()
    workspace.mkdir()
    (keys / "secret").write_text("x")
    source = "import os, sys; print(os.listdir(sys.argv[1]), os.access('/usr', os.W_OK)); open('mine', 'w')"
    (workspace / "script.py").write_text(source)
    provider = CommandProvider(
        "tool",
        (sys.executable, "-I", "-S", "script.py", str(keys)),
        workspace=workspace,
        cookie=f"a-1+{uuid.uuid4().hex}",
        environ=os.environ,
        hidden=(keys,),
    )
    assert (await run(provider)).text.strip() == "[] False"
    assert (workspace / "mine").exists()


@pytest.mark.skipif(not cuts_network(), reason="the network cannot be taken away here")
async def test_one_that_talks_to_nobody_has_no_network(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("import socket; print([name for _, name in socket.if_nameindex()])")
    argv, cookie = (sys.executable, "-I", "-S", "script.py"), f"a-1+{uuid.uuid4().hex}"
    said = []
    for network in (True, False):
        provider = CommandProvider("tool", argv, workspace=tmp_path, cookie=cookie, environ=os.environ, network=network)
        said.append((await run(provider)).text.strip())
    assert said[1] == "['lo']"
    assert said[0] != said[1] or len(socket.if_nameindex()) == 1


@pytest.mark.skipif(bubblewrap() is None, reason="bubblewrap does not work here")
async def test_what_the_template_names_is_seen_and_what_lies_beside_it_is_not(tmp_path: Path) -> None:
    beside, workspace = tmp_path / "beside", tmp_path / "workspace"
    beside.mkdir()
    workspace.mkdir()
    for name in ("named", "other"):
        (beside / name).write_text(name)
    (workspace / "script.py").write_text("import os, sys; print(os.listdir(os.path.dirname(sys.argv[1][7:])))")
    provider = made(workspace, sys.executable, "-I", "-S", "script.py", f"--file={beside / 'named'}")
    assert (await run(provider)).text.strip() == "['named']"


async def test_calls_of_one_attempt_do_not_end_each_other(tmp_path: Path) -> None:
    provider = python(tmp_path, "import sys, time; time.sleep(float(sys.argv[1])); print('done')", "{S}")
    results = await asyncio.gather(*(run(provider, S=seconds) for seconds in ("0", "0.3", "0.6")))
    assert [result.text.strip() for result in results] == ["done"] * 3


async def test_p9_a_program_that_was_replaced_stops(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\necho one\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    provider = made(tmp_path, str(program))
    (spec,) = await provider.specs()
    granted = spec.pin(provider.identity)
    assert (await run(provider)).text.strip() == "one"
    program.write_text("#!/bin/sh\necho two\n")
    with pytest.raises(ToolDownError, match="replaced"):
        await run(provider)
    (spec,) = await provider.specs()
    assert spec.pin(provider.identity) != granted
