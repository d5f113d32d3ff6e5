"""What an exception of a model call means. Pure.

litellm wraps everything several times, and the outermost type says little: a refused connection, a provider's 500 and
an answer that is no JSON all arrive as `InternalServerError`. The chain below it tells them apart, by class names, so
that nothing needs to be imported here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Literal, NamedTuple

from engine.modelhost.wire import CallFailed, Kind
from engine.redaction.people import for_people
from engine.values import HOUR

LONGEST_RETRY_AFTER_MS = 24 * HOUR
Billed = Literal["no", "maybe", "partly"]


class _Meaning(NamedTuple):
    kind: Kind
    billed: Billed
    begun: Kind | None = None
    """The kind once the answer had begun."""
    line: str = ""
    """Our own words; "" takes the provider's."""


_INSTALL = ("ImportError", "ModuleNotFoundError")
_TRANSPORT: tuple[tuple[tuple[str, ...], _Meaning], ...] = (
    (("RedirectedError",), _Meaning("not_found", "no", line="the address leads elsewhere, which is not followed")),
    (("EndlessError",), _Meaning("too_much", "maybe", line="the answer has no end")),
    (("MemoryError",), _Meaning("too_much", "maybe", line="the answer did not fit into memory")),
    (
        ("SSLCertVerificationError", "ClientConnectorCertificateError"),
        _Meaning("unreachable", "no", line="the certificate of its server is not trusted"),
    ),
    (("ClientConnectorError", "ClientConnectorSSLError"), _Meaning("unreachable", "no", line="no connection")),
    (
        ("ConnectionResetError", "BrokenPipeError", "ConnectionAbortedError"),  # perhaps it had the request by then
        _Meaning("cut", "maybe", line="the connection broke before the answer was whole"),
    ),
    (("ConnectTimeout", "PoolTimeout"), _Meaning("unreachable", "no", line="no connection came about in time")),
    (
        ("ConnectError", "ProxyError", "InvalidURL", "UnsupportedProtocol", "InvalidUrlClientError"),
        _Meaning("unreachable", "no", line="no connection"),
    ),
    (
        ("LocalProtocolError", "UnicodeEncodeError"),
        _Meaning("refused", "no", line="the request cannot be sent as it is"),
    ),
    (
        ("ReadTimeout", "WriteTimeout", "APITimeoutError", "SocketTimeoutError", "TimeoutError"),
        _Meaning("timeout", "maybe", begun="stalled", line="nothing more came in time"),
    ),
    (
        ("ReadError", "WriteError", "RemoteProtocolError", "ClientPayloadError", "ServerDisconnectedError"),
        _Meaning("cut", "maybe", line="the connection broke before the answer was whole"),
    ),
    (
        ("JSONDecodeError", "UnicodeDecodeError", "DecodingError", "ValidationError"),
        _Meaning("garbled", "maybe", line="what came cannot be read as an answer"),
    ),
)
"""Links of a chain without a response of the provider, the most telling first."""

_BY_STATUS: Mapping[int, Kind] = {
    401: "key_refused",
    402: "key_refused",
    403: "key_refused",
    404: "not_found",
    408: "timeout",
    413: "too_long",
    429: "throttled",
}
_BY_NAME: tuple[tuple[str, Kind, Billed], ...] = (
    ("AuthenticationError", "key_refused", "no"),
    ("PermissionDeniedError", "key_refused", "no"),
    ("NotFoundError", "not_found", "no"),
    ("RateLimitError", "throttled", "no"),
    ("UnprocessableEntityError", "refused", "no"),
    ("BadRequestError", "refused", "no"),
    ("Timeout", "timeout", "maybe"),
)


def classified(error: BaseException, *, begun: bool = False, key: str = "") -> CallFailed:
    """The end of a call that raised `error`. `begun`: a part of the answer had come, so some of it is billed."""
    links = list(_chain(error))
    names = [{cls.__name__ for cls in type(link).__mro__} for link in links]
    said = _said(error, key)
    if any(found & set(_INSTALL) for found in names) or "No module named" in said:
        return CallFailed(kind="broken_install", line=said or "a package is missing", billed="no")
    status = _status(links, names)
    if status:
        kind = _kind_of(status, names)
        return CallFailed(
            kind=kind,
            line=said or f"the provider answered {status}",
            status=status,
            retry_after_ms=retry_after_ms(getattr(error, "litellm_response_headers", None)),
            billed="partly" if begun else "no",
        )
    for telling, meaning in _TRANSPORT:
        if any(found & set(telling) for found in names):
            kind = meaning.begun if begun and meaning.begun else meaning.kind
            return CallFailed(kind=kind, line=_line(meaning, links, key), billed="partly" if begun else meaning.billed)
    if "LLM Provider NOT provided" in said:
        line = "litellm knows no provider of this name; openai/NAME stands for whatever speaks like OpenAI"
        return CallFailed(kind="not_found", line=line, billed="no")
    kind, billed = _by_name(names)
    if kind == "refused" and (begun or "unexpected response" in said):  # how Ollama's errors in a stream arrive
        kind, billed = "provider_error", "maybe"
    return CallFailed(kind=kind, line=said, billed="partly" if begun else billed)


def retry_after_ms(headers: object) -> int:
    """How long a provider asks to wait: from `retry-after-ms`, or `retry-after` in seconds or as a date beside `date`.
    At most a day; 0 when it says nothing that can be read.
    """
    if not isinstance(headers, Mapping):
        return 0
    lower = {str(name).lower().removeprefix("llm_provider-"): str(value).strip() for name, value in headers.items()}
    for name, factor in (("retry-after-ms", 1), ("retry-after", 1_000)):
        try:
            return _bounded(float(lower[name]) * factor)
        except (KeyError, ValueError, OverflowError):
            continue
    try:
        asked, now = (parsedate_to_datetime(lower[name]) for name in ("retry-after", "date"))
        return _bounded((asked - now).total_seconds() * 1_000)
    except (KeyError, ValueError, TypeError):
        return 0


def _bounded(ms: float) -> int:
    return int(min(max(ms, 0), LONGEST_RETRY_AFTER_MS))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from, outermost first."""
    waiting: list[object] = [error]
    seen: list[BaseException] = []
    while waiting and len(seen) < 50:
        link = waiting.pop(0)
        if isinstance(link, BaseException) and not any(link is known for known in seen):
            seen.append(link)
            yield link
            waiting += [link.__cause__ or link.__context__, getattr(link, "original_exception", None)]


def _status(links: list[BaseException], names: list[set[str]]) -> int:
    """The HTTP status that a provider really answered with; litellm invents one where there was none."""
    for link, found in zip(links, names, strict=True):
        if type(link).__module__.startswith("litellm"):
            continue  # its own types derive from openai's and carry invented responses
        if found & {"HTTPStatusError", "APIStatusError"}:
            status = getattr(getattr(link, "response", None), "status_code", None) or getattr(link, "status_code", None)
            if isinstance(status, int) and 400 <= status < 600:
                return status
    return 0


def _kind_of(status: int, names: list[set[str]]) -> Kind:
    if any("ContextWindowExceededError" in found for found in names):
        return "too_long"
    return _BY_STATUS.get(status, "refused" if status < 500 else "provider_error")


def _by_name(names: list[set[str]]) -> tuple[Kind, Billed]:
    if any("ContextWindowExceededError" in found for found in names):
        return "too_long", "no"
    for name, kind, billed in _BY_NAME:
        if any(name in found for found in names):
            return kind, billed
    return "provider_error", "maybe"


def _said(error: BaseException, key: str) -> str:
    try:
        return for_people(str(error), (key,) if key else ())
    except Exception:  # noqa: BLE001 - an exception whose text cannot be had must not hide what happened
        return ""


def _line(meaning: _Meaning, links: list[BaseException], key: str) -> str:
    """Our words, and for a connection that did not come about what the system said, or where it should have gone."""
    deepest = _said(links[-1], key) if meaning.kind in ("unreachable", "not_found") else ""
    return for_people(f"{meaning.line}: {deepest}") if deepest else meaning.line
