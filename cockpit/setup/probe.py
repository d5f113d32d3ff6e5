"""Which model servers answer on this machine. Plain HTTP to 127.0.0.1: no proxy, no redirect, and bounds on everything.

Whatever else may listen on these ports: only an answer of the expected shape counts, and only harmless names are kept.
"""

from __future__ import annotations

import http.client
import json
import queue
import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

TIMEOUT_S = 1.5
"""For all servers together: they are asked at the same time, and they are on this machine."""
LISTING_S = 10.0
"""For a server that may be anywhere."""
LARGEST = 1_000_000
"""Bytes of an answer."""
MOST_MODELS = 40
_CLOUD = re.compile(r"[-:]cloud(:|$)", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9/][A-Za-z0-9._:/@+-]{0,119}", re.ASCII)

State = Literal["answers", "locked", "silent", "strange", "absent"]
"""`locked` asks for a key, `silent` took the connection and did not answer in time, `strange` is something else,
`absent` nobody listens.
"""
_REFUSED = (401, 403)


class Server(NamedTuple):
    """A kind of model server, and where it usually listens."""

    kind: str
    port: int
    path: str
    prefix: str
    """The first part of litellm's name for its models."""
    base: str = ""
    """What follows host and port in `endpoint`."""

    @property
    def address(self) -> str:
        """Its `endpoint`."""
        return f"http://127.0.0.1:{self.port}{self.base}"


SERVERS = (
    Server("Ollama", 11434, "/api/tags", "ollama_chat"),
    Server("LM Studio", 1234, "/v1/models", "lm_studio", "/v1"),
    Server("vLLM", 8000, "/v1/models", "hosted_vllm", "/v1"),
    Server("llama.cpp", 8080, "/v1/models", "llamafile", "/v1"),
)


class Offered(NamedTuple):
    """A model that a server says it has; `window` 0 when it does not say how large."""

    name: str
    window: int = 0
    tools: bool = False
    """Whether the server says that it can use tools."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of asking a server."""

    server: Server
    state: State
    models: tuple[Offered, ...] = ()
    left_out: int = 0
    """How many names could not be used: odd characters, models for embeddings, or too many."""
    elsewhere: int = 0
    """How many the server passes on to other machines: they are neither local nor free, and are left out."""


def probe(servers: Sequence[Server] = SERVERS, timeout_s: float = TIMEOUT_S) -> list[Answer]:
    """Ask all of them at once; whoever has not answered in time is `silent`."""
    answers: queue.SimpleQueue[tuple[int, Answer]] = queue.SimpleQueue()
    end = time.monotonic() + timeout_s

    def asking(place: int, server: Server) -> None:
        answers.put((place, _ask(server, end)))

    for place, server in enumerate(servers):
        threading.Thread(target=asking, args=(place, server), daemon=True).start()
    found = {place: Answer(server, "silent") for place, server in enumerate(servers)}
    waiting = len(servers)
    while waiting:
        try:
            place, answer = answers.get(timeout=max(end + 0.2 - time.monotonic(), 0.01))
        except queue.Empty:
            break
        found[place], waiting = answer, waiting - 1
    return list(found.values())


def listed(
    endpoint: str, key: str = "", *, path: str = "/models", timeout_s: float = LISTING_S
) -> tuple[State, tuple[Offered, ...]]:
    """How a server of the user's choice answers to a key, and the models that it says it has. The key goes to this
    address and no further. `strange` is any answer that lists nothing.
    """
    status, body, state = _asked(endpoint, path, key, timeout_s)
    if state != "answers":
        return state, ()
    if status in _REFUSED:
        return "locked", ()
    found = _understood(Server("", 0, "", ""), body) if status == 200 else None
    return (found.state, found.models) if found else ("strange", ())


def _asked(endpoint: str, path: str, key: str, timeout_s: float) -> tuple[int, bytes, State]:
    parts = urlsplit(endpoint)
    end = time.monotonic() + timeout_s
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout_s)
    told: queue.SimpleQueue[tuple[int, bytes, State]] = queue.SimpleQueue()
    whole = f"{parts.path.rstrip('/')}{path}"
    threading.Thread(target=lambda: told.put(_get(connection, whole, end, key)), daemon=True).start()
    try:
        return told.get(timeout=timeout_s + 0.2)
    except queue.Empty:
        return 0, b"", "silent"


def _ask(server: Server, end: float) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=max(end - time.monotonic(), 0.01))
    status, body, state = _get(connection, server.path, end)
    if status == 200 and state == "answers":
        return _understood(server, body)
    if state == "answers":
        state = "locked" if status in _REFUSED else "strange"
    return Answer(server, state)


def _get(connection: http.client.HTTPConnection, path: str, end: float, key: str = "") -> tuple[int, bytes, State]:
    """Status, body up to the bound, and how it went. A redirect is an answer like any other; it is not followed."""
    status, body = 0, b""
    try:
        bearer = {"Authorization": f"Bearer {key}"} if key else {}
        connection.request("GET", path, headers={"Accept": "application/json"} | bearer)
        response = connection.getresponse()
        status = response.status
        while len(body) <= LARGEST and (piece := response.read1(65_536)):
            body += piece
            if time.monotonic() > end:
                return status, body, "silent"
    except ConnectionRefusedError:
        return status, body, "absent"
    except TimeoutError:
        return status, body, "silent"
    except (OSError, http.client.HTTPException, ValueError):
        return status, body, "strange"
    finally:
        connection.close()
    return status, body, "answers"


def _understood(server: Server, body: bytes) -> Answer:
    listed = _listed(body) if len(body) <= LARGEST else None
    if listed is None:
        return Answer(server, "strange")
    models: dict[str, Offered] = {}
    here = [entry for entry in listed if not _elsewhere(entry)]
    for entry in here:
        name = entry.get("id") or entry.get("name") if isinstance(entry, dict) else None
        if isinstance(name, str) and _NAME.fullmatch(name) and "embed" not in name.lower():
            models.setdefault(name, Offered(name, _window(entry), _uses_tools(entry)))
    kept = tuple(models.values())[:MOST_MODELS]
    return Answer(server, "answers", kept, len(here) - len(kept), len(listed) - len(here))


def _elsewhere(entry: object) -> bool:
    """Whether Ollama runs a model in its cloud: it says so, and marks it in the name."""
    if not isinstance(entry, dict):
        return False
    name = entry.get("name") or entry.get("id")
    marked = isinstance(name, str) and _CLOUD.search(name) is not None
    return marked or bool(entry.get("remote_host") or entry.get("remote_model"))


def _listed(body: bytes) -> list[Any] | None:
    """The list of models: `data` as OpenAI says it, `models` as Ollama does."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    listed = said.get("data", said.get("models"))
    return listed if isinstance(listed, list) else None


def _window(entry: Mapping[str, Any]) -> int:
    """Tokens of context, where the server says with which it runs: vLLM `max_model_len`, llama.cpp `meta.n_ctx`."""
    meta = entry.get("meta")
    said = entry.get("max_model_len") or (meta.get("n_ctx") if isinstance(meta, dict) else 0)
    return said if isinstance(said, int) and not isinstance(said, bool) and 2_000 <= said <= 10_000_000 else 0


def _uses_tools(entry: Mapping[str, Any]) -> bool:
    """Whether a server lists the use of tools among what a model can do: Ollama `tools`, LM Studio `tool_use`."""
    said = entry.get("capabilities")
    return isinstance(said, list) and ("tools" in said or "tool_use" in said)
