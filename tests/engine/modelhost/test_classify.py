from __future__ import annotations

import json
import ssl
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import httpx
import pytest

from engine.modelhost.classify import LONGEST_RETRY_AFTER_MS, classified, retry_after_ms
from tests.engine.modelhost.bench import KEY

Deepest = BaseException | Callable[[], BaseException]
REQUEST = httpx.Request("POST", "http://127.0.0.1/v1/chat/completions")


def fake(name: str, text: str = "said", *, module: str = "litellm.exceptions", **attributes: object) -> Exception:
    """An exception of a class with this name, as litellm raises it."""
    kind = type(name, (Exception,), {"__module__": module, **attributes})
    return kind(text)  # type: ignore[no-any-return]


def of_openai(name: str, *given: Any, **terms: Any) -> BaseException:
    """An exception of the client library, which takes seconds to import: not while tests are collected."""
    import openai

    made: BaseException = getattr(openai, name)(*given, **terms)
    return made


def chained(*links: BaseException) -> BaseException:
    """The links as causes of each other, outermost first."""
    for outer, inner in pairwise(links):
        outer.__cause__ = inner
    return links[0]


def answered(status: int) -> BaseException:
    """What httpx raises for a response."""
    return httpx.HTTPStatusError("status", request=REQUEST, response=httpx.Response(status, request=REQUEST))


def wrapped(status: int, outer: str = "InternalServerError", *, text: str = "said") -> BaseException:
    """A status of the provider as it arrives: wrapped in a type of litellm's own."""
    response = httpx.Response(status, request=REQUEST)
    return chained(
        fake(outer, text, status_code=500),
        fake("OpenAIError", text, module="litellm.llms.openai.common_utils", status_code=status),
        of_openai("APIStatusError", "said", response=response, body=None),
        answered(status),
    )


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "refused"),
        (401, "key_refused"),
        (402, "key_refused"),
        (403, "key_refused"),
        (404, "not_found"),
        (408, "timeout"),
        (413, "too_long"),
        (422, "refused"),
        (429, "throttled"),
        (500, "provider_error"),
        (503, "provider_error"),
        (529, "provider_error"),
    ],
)
def test_a_status_that_the_provider_answered_says_it_and_is_not_billed(status: int, kind: str) -> None:
    end = classified(wrapped(status))
    assert (end.kind, end.status, end.billed) == (kind, status, "no")


@pytest.mark.parametrize(
    ("deepest", "kind", "billed"),
    [
        (httpx.ConnectError("refused"), "unreachable", "no"),
        (httpx.ConnectTimeout("late"), "unreachable", "no"),
        (httpx.UnsupportedProtocol("no http"), "unreachable", "no"),
        (httpx.InvalidURL("no address"), "unreachable", "no"),
        (chained(httpx.ConnectError("x"), fake("ClientConnectorError"), OSError("refused")), "unreachable", "no"),
        (chained(httpx.ProtocolError("x"), fake("ClientConnectorCertificateError")), "unreachable", "no"),
        (chained(httpx.ConnectError("x"), ssl.SSLCertVerificationError("self-signed")), "unreachable", "no"),
        (chained(httpx.ConnectError("reset"), ConnectionResetError("reset")), "cut", "maybe"),
        (httpx.ReadTimeout("late"), "timeout", "maybe"),
        (lambda: of_openai("APITimeoutError", REQUEST), "timeout", "maybe"),
        (httpx.ReadError("reset"), "cut", "maybe"),
        (httpx.RemoteProtocolError("closed"), "cut", "maybe"),
        (json.JSONDecodeError("Expecting value", "x", 0), "garbled", "maybe"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"), "garbled", "maybe"),
        (MemoryError(), "too_much", "maybe"),
        (httpx.LocalProtocolError("bad header"), "refused", "no"),
        (ModuleNotFoundError("No module named 'mcp'"), "broken_install", "no"),
    ],
)
def test_what_hides_behind_one_type_is_told_apart_by_the_chain(deepest: Deepest, kind: str, billed: str) -> None:
    outer = fake("InternalServerError", "said", status_code=500)
    end = classified(chained(outer, of_openai("OpenAIError", "x"), deepest() if callable(deepest) else deepest))
    assert (end.kind, end.billed, end.status) == (kind, billed, 0)
    assert end.line


@pytest.mark.parametrize(
    ("deepest", "kind"),
    [
        (httpx.ReadTimeout("late"), "stalled"),
        (httpx.ReadError("reset"), "cut"),
        (json.JSONDecodeError("Expecting value", "x", 0), "garbled"),
        (lambda: of_openai("APIError", "overloaded", REQUEST, body=None), "provider_error"),
    ],
)
def test_what_had_begun_is_partly_billed(deepest: Deepest, kind: str) -> None:
    outer = fake("MidStreamFallbackError", status_code=500)
    end = classified(chained(outer, deepest() if callable(deepest) else deepest), begun=True)
    assert (end.kind, end.billed) == (kind, "partly")


@pytest.mark.parametrize(
    ("name", "kind", "billed"),
    [
        ("ContextWindowExceededError", "too_long", "no"),
        ("AuthenticationError", "key_refused", "no"),
        ("NotFoundError", "not_found", "no"),
        ("RateLimitError", "throttled", "no"),
        ("BadRequestError", "refused", "no"),
        ("Timeout", "timeout", "maybe"),
        ("SomethingNewError", "provider_error", "maybe"),
    ],
)
def test_without_a_chain_the_name_has_to_do(name: str, kind: str, billed: str) -> None:
    end = classified(fake(name))
    assert (end.kind, end.billed) == (kind, billed)


def test_too_long_is_seen_before_the_refusal_that_it_is() -> None:
    assert classified(wrapped(400, "ContextWindowExceededError")).kind == "too_long"


def test_an_error_page_that_is_no_json_is_still_the_provider_s_error() -> None:
    error = wrapped(500)
    error.__cause__.__cause__.__context__ = json.JSONDecodeError("x", "y", 0)  # type: ignore[union-attr]
    assert classified(error).kind == "provider_error"


def test_a_missing_package_is_seen_in_the_text_alone() -> None:
    end = classified(fake("APIConnectionError", "litellm.APIConnectionError: No module named 'fastapi'"))
    assert (end.kind, end.line) == ("broken_install", "No module named 'fastapi'")


def test_a_provider_that_litellm_does_not_know_is_a_mistake_of_the_configuration() -> None:
    end = classified(fake("BadRequestError", "LLM Provider NOT provided. You passed model=nonsense/x"))
    assert (end.kind, end.billed) == ("not_found", "no")


def test_a_chain_that_bites_its_tail_ends() -> None:
    first, second = fake("APIError"), fake("APIError")
    first.__cause__, second.__cause__ = second, first
    assert classified(first).kind == "provider_error"


def test_the_original_of_a_wrapper_belongs_to_the_chain() -> None:
    error = fake("MidStreamFallbackError", original_exception=httpx.ReadTimeout("late"))
    assert classified(error, begun=True).kind == "stalled"


def test_an_exception_that_cannot_speak_is_classified_nevertheless() -> None:
    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert classified(MuteError()).kind == "provider_error"


def test_a_key_in_what_the_provider_says_is_hidden() -> None:
    end = classified(wrapped(401, text=f"Incorrect API key provided: {KEY}\nand more"), key=KEY)
    assert KEY not in end.line
    assert end.line == "Incorrect API key provided: [hidden]"


def test_the_wait_that_a_provider_asks_for_comes_along() -> None:
    error = wrapped(429, "RateLimitError")
    error.litellm_response_headers = {"Retry-After": "2.5"}  # type: ignore[attr-defined]
    assert classified(error).retry_after_ms == 2_500


@pytest.mark.parametrize(
    ("headers", "ms"),
    [
        ({"retry-after": "2"}, 2_000),
        (httpx.Headers({"Retry-After": "2"}), 2_000),
        ({"llm_provider-retry-after": "3"}, 3_000),
        ({"retry-after": "7", "retry-after-ms": "120"}, 120),
        ({"retry-after": "Sun, 22 Nov 2026 20:31:30 GMT", "date": "Sun, 22 Nov 2026 20:31:00 GMT"}, 30_000),
        ({"retry-after": "Sun, 22 Nov 2026 20:31:30 GMT"}, 0),
        ({"retry-after": "soon", "date": "now"}, 0),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "nan"}, 0),
        ({"retry-after": "inf"}, LONGEST_RETRY_AFTER_MS),
        ({"retry-after": "1e300"}, LONGEST_RETRY_AFTER_MS),
        ({}, 0),
        (None, 0),
        ("retry-after: 2", 0),
    ],
)
def test_how_long_to_wait_is_read_from_what_may_be_anything(headers: object, ms: int) -> None:
    assert retry_after_ms(headers) == ms
