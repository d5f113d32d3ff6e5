"""One call of an MCP server as a connector: what it says, and that only what was pinned is called."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.effects.canonical import parse
from engine.effects.compose import Refusal, compose
from engine.effects.mcp import McpConnector
from engine.effects.protocol import Connector, Delivered, NotFound, Refused, Unknown
from engine.settings import Mcp
from engine.tools.mcp import provider as module
from engine.tools.protocol import Grant
from engine.workers.protocol import EffectOut
from tests.engine.effects.contract import AT, ConnectorContract, publication
from tests.engine.tools.mcp_bench import SERVER, Bench


class Sink:
    """The scripted server, which keeps the arguments of each key in a folder, and the connector that calls it."""

    def __init__(self, folder: Path) -> None:
        self.bench = Bench(folder)
        self.kept, self.pin = folder / "kept", ""
        self.argv = (sys.executable, "-I", "-S", str(SERVER), str(self.bench.workspace / "script.json"))
        self.kept.mkdir()

    def script(self, fault: str = "keep", **more: Any) -> None:
        """What the server does from now on."""
        self.bench.script(fault, into=str(self.kept), **more)

    def connector(self, **changes: Any) -> McpConnector:
        """The connector under test."""
        given = {"kind": "mcp", "argv": self.argv, "operation": "echo", "pin": self.pin} | changes
        settings = Mcp.model_validate(given)
        return McpConnector("page", settings, self.bench.secrets, environ=os.environ, token=self.bench.token)

    async def look(self) -> Sink:
        """Pin what the server is now."""
        self.script()
        provider = self.bench.provider(Grant(tool="page", kind="mcp", argv=self.argv))
        spec = next(spec for spec in await provider.specs() if spec.name == "echo")
        self.pin = spec.pin(provider.identity)
        await provider.close()
        return self

    def delivered(self) -> list[bytes]:
        """The arguments that arrived."""
        return [path.read_bytes() for path in sorted(self.kept.iterdir())]


@pytest.fixture
async def sink(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sink:
    monkeypatch.setattr(module, "bubblewrap", lambda: None)  # what it keeps lies outside its workspace
    return await Sink(tmp_path).look()


async def deliver(connector: McpConnector, body: str = '{"text": "hello"}') -> Delivered | Refused | Unknown:
    made = publication(connector.destination, body=body)
    return await connector.deliver(made.canonical, made.body, "gtm/F1", AT)


class TestACallPassesTheContract(ConnectorContract):
    window = 0

    @pytest.fixture(autouse=True)
    def _sink(self, sink: Sink) -> None:
        self.sink = sink

    def connector(self) -> Connector:
        return self.sink.connector(window=self.window)

    def delivered(self) -> list[bytes]:
        return self.sink.delivered()


class TestAServerThatRemembersKeysPassesTheContract(TestACallPassesTheContract):
    window = 86_400_000


async def test_nothing_is_called_before_somebody_pinned_it(sink: Sink) -> None:
    answer = await deliver(sink.connector(pin=""))
    assert isinstance(answer, Refused)
    assert answer.whole
    assert not answer.temporary
    assert f'write pin = "{sink.pin}" into [connectors.page]' in answer.reason
    assert sink.delivered() == []


@pytest.mark.parametrize(
    "drift",
    [{"drift": {"description": "Says it to everybody."}}, {"drift": {"annotations": None}}, {"who": {"version": "2.0"}},
     {"gone": True}],
)  # fmt: skip
async def test_p2_a_server_that_has_changed_is_asked_nothing(sink: Sink, drift: dict[str, Any]) -> None:
    sink.script(**drift)
    answer = await deliver(sink.connector())
    assert isinstance(answer, Refused)
    assert answer.whole
    assert not answer.temporary
    assert sink.delivered() == []
    sink.script()
    answer = await deliver(sink.connector())
    assert answer == Delivered("kept gtm/F1")


@pytest.mark.parametrize(
    ("fault", "wanted"),
    [
        ("exit at initialize", Refused),
        ("exit at tools/list", Refused),
        ("error at tools/list", Refused),
        ("exit at tools/call", Unknown),
        ("error at tools/call", Unknown),
        ("rubbish at tools/call", Unknown),
        ("hang at tools/call", Unknown),
        ("ends after a call", Delivered),
    ],
)
async def test_p4_what_may_have_been_done_is_unknown(sink: Sink, fault: str, wanted: type) -> None:
    sink.script(fault)
    answer = await deliver(sink.connector(timeout=300 if "hang" in fault else 60_000))
    assert isinstance(answer, wanted), answer
    assert not isinstance(answer, Refused) or (answer.temporary and answer.whole)
    assert sink.bench.left() == []


async def test_p4_a_server_that_says_it_failed_may_have_done_a_part(sink: Sink) -> None:
    sink.script("")
    answer = await deliver(sink.connector(), '{"text": 1}')
    assert isinstance(answer, Unknown)
    assert "text must be a string" in answer.reason


async def test_what_the_operation_does_not_take_is_refused_alone(sink: Sink) -> None:
    answer = await deliver(sink.connector(), '{"text": "hello", "to": "everybody"}')
    assert isinstance(answer, Refused)
    assert not answer.whole
    assert sink.delivered() == []


async def test_what_it_needs_and_is_not_there_is_refused_for_all(sink: Sink) -> None:
    for connector in (
        sink.connector(argv=("/nowhere/server",)),
        sink.connector(env={"TOKEN": "keyring:lost"}),
        sink.connector(argv=(), url="http://127.0.0.1:9/mcp"),
    ):
        answer = await deliver(connector)
        assert isinstance(answer, Refused)
        assert answer.whole
        assert answer.temporary == bool(connector.destination.host)


async def test_it_is_given_its_variables_and_tells_none_of_them(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-for-servers")
    sink.script("environment")
    unpinned = await deliver(sink.connector(env={"TOKEN": "keyring:token"}, pin=""))
    assert isinstance(unpinned, Refused)
    answer = await deliver(sink.connector(env={"TOKEN": "keyring:token"}, pin=unpinned.reason.split('"')[1]))
    assert isinstance(answer, Delivered)
    assert "TOKEN" in answer.reference
    assert "OPENAI" not in answer.reference
    assert "s3cr3t" not in answer.reference


async def test_a_key_goes_again_only_while_it_is_remembered(sink: Sink) -> None:
    connector = sink.connector(window=86_400_000)
    made = publication(connector.destination)
    assert isinstance(await connector.lookup("gtm/F1", made.canonical, 1_000), NotFound)
    assert isinstance(await connector.lookup("gtm/F1", made.canonical, 86_400_000), Unknown)


async def test_p2_another_operation_than_the_approved_one_is_not_called(sink: Sink) -> None:
    made = publication(sink.connector(operation="other").destination)
    answer = await sink.connector().deliver(made.canonical, made.body, "gtm/F1", AT)
    assert isinstance(answer, Refused)
    assert sink.delivered() == []


def test_whatever_would_be_called_otherwise_has_another_mark(tmp_path: Path) -> None:
    sink = Sink(tmp_path)
    marks = {
        sink.connector(**change).destination.setup
        for change in (
            {},
            {"pin": "0" * 64},
            {"operation": "other"},
            {"argv": ("/bin/other",)},
            {"env": {"A": "env:A"}},
            {"argv": (), "url": "https://tickets.example/mcp"},
        )
    }
    assert len(marks) == 6
    assert sink.connector(window=1_000, timeout=1).destination.setup in marks
    there = sink.connector(argv=(), url="https://Tickets.example/mcp").destination
    assert (there.host, there.url) == ("tickets.example", "https://Tickets.example/mcp#echo")


def test_what_is_approved_is_one_object_in_one_form(tmp_path: Path) -> None:
    destination = Sink(tmp_path).connector().destination
    made = publication(destination, body='{ "b": [1, true],\n "a": "ä" }')
    assert made.body == '{"a":"ä","b":[1,true]}'.encode()
    assert parse(made.canonical).envelope.url == "mcp:page/echo"
    for body in ('["a"]', '{"a": 1, "a": 2}', "hello", json.dumps({"a": "\ud800"})):
        said = EffectOut(verb="publish", body=body)
        answer = compose(said, effect="gtm/F1", mission="gtm", connector="page", destination=destination, identity=None)
        assert isinstance(answer, Refusal)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"argv": ["/bin/server"], "url": "https://a.example/mcp"},
        {"argv": ["/bin/server"], "secret": "keyring:a"},
        {"url": "https://a.example/mcp", "env": {"A": "keyring:a"}},
        {"url": "http://a.example/mcp"},
        {"argv": ["/bin/server"], "env": {"A": ""}},
        {"argv": ["/bin/server"], "env": {"A": "the value itself"}},
        {"argv": ["/bin/server"], "pin": "abc"},
        {"argv": ["/bin/server"], "operation": "two words"},
    ],
)
def test_a_table_that_says_two_things_or_a_secret_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        Mcp.model_validate({"kind": "mcp", "operation": "echo"} | wrong)
