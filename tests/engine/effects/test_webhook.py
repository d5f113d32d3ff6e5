"""The webhook connector against a real sink on loopback: what it says of every way in which an answer can miss."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any, Literal

import pytest

from engine.effects.canonical import parse
from engine.effects.protocol import Connector, Delivered, NotFound, Refused, Unknown
from engine.effects.remembered import MARGIN
from engine.effects.webhook import WebhookConnector
from engine.secrets.protocol import SecretError
from engine.settings import Webhook
from tests.engine.effects.contract import AT, ConnectorContract, publication
from tests.sinks.web import Came, Say, WebSink, status

KEY = "gtm/F1"
DAY = 86_400_000


class Keys:
    """A keyring of one."""

    def __init__(self, error: SecretError | None = None) -> None:
        self._error = error

    async def get(self, reference: str) -> str:
        if self._error is not None:
            raise self._error
        return "s3cret"


@pytest.fixture
def sink() -> Iterator[WebSink]:
    with WebSink() as made:
        yield made


def hook(sink: WebSink, keys: Keys | None = None, **more: Any) -> WebhookConnector:
    """The connector of a sink."""
    terms: dict[str, Any] = {"kind": "webhook", "url": sink.url, "window": DAY, "timeout": 2_000}
    return WebhookConnector("page", Webhook(**(terms | more)), keys or Keys())


async def deliver(connector: WebhookConnector, *, again: bool = False, key: str = KEY) -> Delivered | Refused | Unknown:
    made = publication(connector.destination)
    return await (connector.replay if again else connector.deliver)(made.canonical, made.body, key, AT)


@pytest.mark.parametrize("window", [DAY, 0])
class TestTheWebhookPassesTheContract(ConnectorContract):
    @pytest.fixture(autouse=True)
    def _sink(self, sink: WebSink, window: int) -> None:
        self.sink, self.window = sink, window

    def connector(self) -> Connector:
        return hook(self.sink, window=self.window)

    def delivered(self) -> list[bytes]:
        return list(self.sink.kept.values())


async def test_p2_what_arrives_is_what_was_approved_with_its_key_and_its_secret(sink: WebSink) -> None:
    connector = hook(sink, secret="keyring:site")
    made = publication(connector.destination)
    assert await deliver(connector) == Delivered("200 from 127.0.0.1")
    (came,) = sink.came
    assert came.body == made.body
    assert (came.key, came.headers["authorization"]) == (KEY, "Bearer s3cret")
    assert came.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("code", "first", "again"),
    [
        (201, Delivered, Delivered), (204, Delivered, Delivered), (400, Refused, Refused), (401, Refused, Refused),
        (404, Refused, Refused), (408, Unknown, Unknown), (409, Unknown, Unknown), (422, Refused, Unknown),
        (429, Refused, Refused), (500, Unknown, Unknown), (502, Unknown, Unknown), (503, Unknown, Unknown),
        (301, Refused, Refused), (307, Refused, Refused),
    ],
)  # fmt: skip
async def test_a_status_is_told_for_what_it_says(sink: WebSink, code: int, first: type, again: type) -> None:
    sink.script = lambda _came: status(code)
    assert isinstance(await deliver(hook(sink)), first)
    assert isinstance(await deliver(hook(sink), again=True), again)


async def test_not_now_is_passing_and_a_wrong_token_is_about_all_of_them(sink: WebSink) -> None:
    sink.script = lambda came: status(429 if came.number == 1 else 403)
    later, no = await deliver(hook(sink)), await deliver(hook(sink))
    assert isinstance(later, Refused)
    assert isinstance(no, Refused)
    assert (later.temporary, later.whole) == (True, True)
    assert (no.temporary, no.whole) == (False, True)


async def test_a_redirect_is_not_followed(sink: WebSink) -> None:
    with WebSink() as elsewhere:
        sink.script = lambda _came: status(307, f"Location: {elsewhere.url}")
        answer = await deliver(hook(sink))
        assert isinstance(answer, Refused)
        assert "go elsewhere (127.0.0.1)" in answer.reason
        assert elsewhere.came == []


@pytest.mark.parametrize("how", ["silence", "cut", "reset", "half"])
async def test_p4_what_was_not_answered_after_it_began_to_leave_is_unknown(sink: WebSink, how: str) -> None:
    sink.script = lambda _came: Say(how=how)
    answer = await deliver(hook(sink, timeout=300))
    assert isinstance(answer, Unknown)
    assert len(sink.kept) == 1


async def test_a_status_that_comes_byte_by_byte_is_waited_for_no_longer_than_it_may(sink: WebSink) -> None:
    sink.script = lambda _came: Say("HTTP/1.1 200 OK\r\n" + "X-Slow: 1\r\n" * 500, how="drip")
    assert isinstance(await deliver(hook(sink, timeout=200)), Unknown)


async def test_a_long_answer_after_its_status_holds_nobody_up(sink: WebSink) -> None:
    sink.script = lambda _came: Say("HTTP/1.1 200 OK\r\nContent-Length: 90000000\r\n\r\n" + "x" * 200_000)
    assert isinstance(await deliver(hook(sink, timeout=300)), Delivered)


async def test_nobody_there_is_a_refusal_that_passes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    connector = WebhookConnector("page", Webhook(kind="webhook", url=f"http://127.0.0.1:{port}/x", timeout=300), Keys())
    answer = await deliver(connector)
    assert isinstance(answer, Refused)
    assert (answer.temporary, answer.whole) == (True, True)


async def test_what_was_approved_for_another_address_is_refused(sink: WebSink) -> None:
    with WebSink() as other:
        made = publication(hook(other).destination)
        answer = await hook(sink).deliver(made.canonical, made.body, KEY, AT)
        assert isinstance(answer, Refused)
        assert sink.came == other.came == []


async def test_a_secret_that_is_not_there_sends_nothing(sink: WebSink) -> None:
    reasons: tuple[tuple[Literal["missing", "locked"], bool], ...] = (("missing", False), ("locked", True))
    for why, passing in reasons:
        keys = Keys(SecretError(why, "keyring:site", "is not there", "cockpit keys set site"))
        answer = await deliver(hook(sink, keys, secret="keyring:site"))
        assert isinstance(answer, Refused)
        assert (answer.temporary, answer.whole) == (passing, True)
    assert sink.came == []


async def test_the_same_key_goes_again_only_while_the_sink_remembers_it(sink: WebSink) -> None:
    connector, made = hook(sink), publication(hook(sink).destination)
    for age, wanted in ((0, NotFound), (DAY - MARGIN, NotFound), (DAY - MARGIN + 1, Unknown), (2 * DAY, Unknown)):
        assert isinstance(await connector.lookup(KEY, made.canonical, age), wanted)
    assert isinstance(await hook(sink, window=0).lookup(KEY, made.canonical, 0), Unknown)


async def test_a_lost_answer_and_the_same_key_again_arrive_once(sink: WebSink) -> None:
    def script(came: Came) -> Say:
        return Say(how="cut") if came.number == 1 else Say()

    sink.script = script
    assert isinstance(await deliver(hook(sink)), Unknown)
    assert isinstance(await deliver(hook(sink), again=True), Delivered)
    assert len(sink.kept) == 1


def test_another_configuration_is_another_destination(sink: WebSink) -> None:
    changes: list[dict[str, Any]] = [{}, {"secret": "keyring:a"}, {"header": "X-Key"}, {"media": "text/html"}]
    marks = {hook(sink, **more).destination.setup for more in [*changes, {"prefix": ""}]}
    assert len(marks) == 5
    assert parse(publication(hook(sink).destination).canonical).envelope.url == sink.url
