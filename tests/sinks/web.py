"""An HTTP sink in a thread of its own: it keeps every body under its key, once, and answers as a script says."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


@dataclass(slots=True)
class Came:
    """One request as it came."""

    number: int
    headers: dict[str, str]
    body: bytes

    @property
    def key(self) -> str:
        """Its `Idempotency-Key`."""
        return self.headers.get("idempotency-key", "")


@dataclass(frozen=True, slots=True)
class Say:
    """What the sink does with one request: keep it or not, then answer, slowly, not at all, or cut the line."""

    answer: str = OK
    keeps: bool = True
    how: str = "whole"
    """`whole`, `drip` (a byte now and then), `silence`, `cut` (the line ends), `reset`, `half` (of the answer)."""


def status(code: int, *headers: str, keeps: bool = False) -> Say:
    """An answer with another status."""
    more = "".join(f"{header}\r\n" for header in headers)
    return Say(f"HTTP/1.1 {code} Said\r\n{more}Content-Length: 0\r\nConnection: close\r\n\r\n", keeps)


@dataclass
class WebSink:
    """The sink. `script` is asked for every request; `kept` holds what arrived, by its key."""

    script: Callable[[Came], Say] = lambda _came: Say()
    kept: dict[str, bytes] = field(default_factory=dict)
    doubles: int = 0
    """How often a key came whose body was kept already: a sink that dedups drops it, one that does not would not."""
    came: list[Came] = field(default_factory=list)
    stall_s: float = 30.0

    def __enter__(self) -> Self:
        self._over = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0), backlog=50)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        with contextlib.suppress(OSError):
            socket.create_connection(self._server.getsockname(), timeout=1).close()
        self._thread.join()
        self._server.close()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.getsockname()[1]}/publish"

    def _accept(self) -> None:
        while not self._over.is_set():
            line, _where = self._server.accept()
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), line:
            line.settimeout(5)
            request = self._read(line)
            if request is None:
                return
            say = self.script(request)
            if say.keeps:
                self.doubles += request.key in self.kept
                self.kept.setdefault(request.key, request.body)
            self._answer(line, say)

    def _read(self, line: socket.socket) -> Came | None:
        data = b""
        while b"\r\n\r\n" not in data:
            if not (piece := line.recv(65_536)):
                return None
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        listed = (one.partition(":") for one in head.decode("latin-1").split("\r\n")[1:])
        headers = {name.strip().lower(): value.strip() for name, _, value in listed}
        while len(body) < int(headers.get("content-length", "0")):
            body += line.recv(65_536)
        self.came.append(Came(len(self.came) + 1, headers, body))
        return self.came[-1]

    def _answer(self, line: socket.socket, say: Say) -> None:
        if say.how == "whole":
            line.sendall(say.answer.encode())
        elif say.how == "half":
            line.sendall(say.answer.encode()[: len(say.answer) // 2])
        elif say.how == "drip":
            for byte in say.answer.encode():
                if self._over.wait(0.05):
                    return
                line.sendall(bytes([byte]))
        elif say.how == "silence":
            end = time.monotonic() + self.stall_s
            while time.monotonic() < end and not self._over.wait(0.05):
                pass
        elif say.how == "reset":
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
