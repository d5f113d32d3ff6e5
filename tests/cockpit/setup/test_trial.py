"""Trying out: one real call of a model with its cost, one real mail to oneself."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from pydantic import SecretStr

from cockpit.__main__ import main
from cockpit.setup.trial import MOST_TOKENS, one_call
from engine.errors import SaysNoError
from engine.modelhost.wire import Call, CallFailed, Delta, Done, Said
from engine.settings import Model
from engine.values import Tokens
from tests.endpoint import Answer, ScriptedEndpoint
from tests.engine.secrets.keyrings import CANARY
from tests.mailserver import SmtpSink

PRICED = Model.model_validate({"model": "openai/x", "price": {"input": 3, "output": 15}})
FREE = Model.model_validate({"model": "openai/x", "free": True})
USED = Tokens(input=1_000, output=100)


class Told:
    """Models that say what they are told to."""

    def __init__(self, *said: Said) -> None:
        self.said, self.calls = said, list[Call]()

    async def call(self, call: Call) -> AsyncGenerator[Said, None]:
        self.calls.append(call)
        for one in self.said:
            yield one


def done(usage: Tokens | None, source: str = "provider") -> Done:
    return Done.model_validate({"text": " ready\n", "finish_reason": "stop", "usage": usage, "usage_source": source})


async def test_a_call_says_what_it_used_and_what_it_cost() -> None:
    host = Told(Delta(text="ready"), done(USED))
    told = await one_call(host, "m", PRICED, SecretStr(CANARY))
    assert (told["micro_usd"], told["text"]) == (4_500, "ready")
    assert told["usage"]["input"] == 1_000
    assert host.calls[0].max_output == MOST_TOKENS
    assert CANARY not in repr(host.calls[0]) + json.dumps(told)


async def test_a_cost_is_unknown_rather_than_invented() -> None:
    assert (await one_call(Told(done(None)), "m", PRICED, None))["micro_usd"] is None
    assert (await one_call(Told(done(USED, "estimated")), "m", PRICED, None))["micro_usd"] is None
    assert (await one_call(Told(done(None)), "m", FREE, None))["micro_usd"] == 0


@pytest.mark.parametrize(
    ("said", "mend"),
    [
        (CallFailed(kind="key_refused", line="401", billed="no"), "key"),
        (CallFailed(kind="key_refused", status=402, billed="no"), "credit"),
        (CallFailed(kind="not_found", line="404", billed="no"), "endpoint"),
        (CallFailed(kind="no_answer"), "endpoint"),
        (CallFailed(kind="refused", billed="no"), "max_output"),
        (CallFailed(kind="unreachable", billed="no"), "server"),
        (CallFailed(kind="broken_install", billed="no"), "doctor"),
        (CallFailed(kind="throttled", billed="no"), "later"),
    ],
    ids=lambda one: getattr(one, "kind", one),
)
async def test_a_call_that_fails_says_why_and_what_to_do(said: CallFailed, mend: str) -> None:
    with pytest.raises(SaysNoError) as caught:
        await one_call(Told(said), "m", PRICED, None)
    assert said.kind in str(caught.value)
    assert mend in caught.value.mend


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "home" / "config.toml"
    path.parent.mkdir()
    return path


def test_a_configured_model_is_called_for_real(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRIAL_KEY", CANARY)
    with ScriptedEndpoint(Answer.text("ready", 12, 3)) as endpoint:
        more = ["--endpoint", endpoint.url, "--key", "env:TRIAL_KEY", "--price", "3,15"]
        assert main(["setup", "--model", "m", "--litellm", "openai/foo", *more]) == 0
        assert main(["setup", "--test-model", "m"]) == 0
        assert endpoint.requests[0].key == CANARY
    out = capsys.readouterr().out
    assert "12 tokens in, 3 out; $0.0001" in out
    assert CANARY not in out
    assert not any(CANARY in path.read_text() for path in config.parent.rglob("*.log"))


def test_a_model_that_is_not_configured_is_not_called(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text('[models.here]\nmodel = "openai/x"\nkey = "env:NOT_SET_ANYWHERE"\nfree = true\n')
    assert main(["setup", "--test-model", "m"]) == 2
    assert "there is here" in capsys.readouterr().err
    assert main(["setup", "--test-model", "here"]) == 2
    assert "env:NOT_SET_ANYWHERE" in capsys.readouterr().err


MAIL = """
[mail]
name = "Ada"
address = "ada@yours.example"
postal = "1 Example Street"
"""


def smtp(server: SmtpSink, password: str = "env:TRIAL_PASSWORD") -> str:
    return MAIL + (
        f'[mail.smtp]\nhost = "{server.host}"\nport = {server.port}\nuser = "ada"\n'
        f'password = "{password}"\nca_file = "{server.ca_file}"\ntimeout = "5s"\n'
    )


@pytest.fixture
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    monkeypatch.setenv("TRIAL_PASSWORD", CANARY)


@pytest.mark.usefixtures("_quiet")
def test_a_mail_to_oneself_leaves_and_says_so(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with SmtpSink(users={"ada": CANARY}) as server:
        config.write_text(smtp(server))
        assert main(["setup", "--test-mail"]) == 0
        assert main(["setup", "--test-mail", "--json"]) == 0
        assert len({taken.body for taken in server.messages}) == 2
        assert b"To: ada@yours.example" in server.messages[0].body
    shown = capsys.readouterr()
    assert "sent to ada@yours.example" in shown.out
    assert CANARY not in shown.out + shown.err


@pytest.mark.usefixtures("_quiet")
def test_a_refused_login_is_said_without_the_password(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with SmtpSink(users={"ada": "another"}) as server:
        config.write_text(smtp(server))
        assert main(["setup", "--test-mail"]) == 1
    err = capsys.readouterr().err
    assert "login" in err
    assert CANARY not in err


def test_without_a_mail_server_there_is_nothing_to_try(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(MAIL)
    assert main(["setup", "--test-mail"]) == 2
    assert "[mail.smtp]" in capsys.readouterr().err
