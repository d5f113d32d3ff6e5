from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from engine.modelhost.lines import Cancel, Ended, FromHost, Piece, Start, from_host, start_line, to_host, written
from engine.modelhost.spawn import SETTINGS, command, environment
from engine.modelhost.wire import Delta, Done
from engine.values import Tokens
from tests.engine.modelhost.bench import KEY, PROMPT, a_call


def test_a_call_arrives_with_its_key_and_every_byte_of_its_prompt() -> None:
    call = a_call(json_mode=True, temperature_ppm=200_000)
    line = start_line(call)
    assert line.count(b"\n") == 1
    assert to_host(line) == Start(call=call)


def test_a_call_without_a_key_arrives_without_one() -> None:
    arrived = to_host(start_line(a_call(key=None)))
    assert isinstance(arrived, Start)
    assert arrived.call.key is None


def test_only_the_line_to_the_host_holds_the_key() -> None:
    call = a_call()
    assert KEY.encode() in start_line(call)
    assert KEY not in repr(call) + str(call) + call.model_dump_json() + repr(Start(call=call))


@pytest.mark.parametrize(
    "message",
    [
        Piece(id="1", delta=Delta(text=PROMPT)),
        Ended(id="1", done=Done(text="x", finish_reason="stop", usage=Tokens(input=1), usage_source="provider")),
    ],
)
def test_what_the_host_says_arrives_as_it_was(message: FromHost) -> None:
    assert from_host(written(message)) == message


def test_a_cancel_names_its_call() -> None:
    assert to_host(written(Cancel(id="A1#2"))) == Cancel(id="A1#2")


@pytest.mark.parametrize("line", [b"", b"{}", b"[1]", b"\xff", b'{"op": "sings"}', b'{"op": "done", "id": "1"}'])
def test_a_line_that_is_none_is_refused(line: bytes) -> None:
    with pytest.raises(ValidationError):
        from_host(line)


def test_an_installed_package_is_found_and_a_checkout_is_told() -> None:
    installed = command("python", Path("/venv/lib/python3.11/site-packages"))
    assert installed == ["python", "-I", "-m", "engine.modelhost"]
    checkout = command("python", Path("/somewhere/checkout"))
    assert checkout[:3] == ["python", "-I", "-c"]
    assert checkout[-1] == "/somewhere/checkout"


def test_the_host_s_environment_is_a_path_a_home_and_settings() -> None:
    shell = {"PATH": "/bin", "HOME": "/home/somebody", "OPENAI_API_KEY": KEY, "HTTPS_PROXY": "http://proxy"}
    assert environment(shell, Path("/empty")) == {"PATH": "/bin", "HOME": "/empty", **SETTINGS}
    assert json.dumps(environment({}, Path("/empty"))).count("PATH") == 1
