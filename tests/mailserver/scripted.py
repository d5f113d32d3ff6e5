"""A server that says what a script tells it: for lies that no real server would tell.

def script(line: Line) -> None:
    line.say(b"* OK ready\r\n")
    tag = line.hear().split()[0]
    line.say(tag + b" OK done\r\n")

with Scripted(script) as server: ...       # every connection plays the script in a thread of its own
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType


class Line:
    """One connection, as the script sees it."""

    def __init__(self, sock: socket.socket, closing: threading.Event) -> None:
        self._sock, self._file, self._closing = sock, sock.makefile("rb"), closing

    def say(self, data: bytes) -> None:
        """Send bytes; a client that has gone raises OSError, which ends the script quietly."""
        self._sock.sendall(data)

    def hear(self) -> bytes:
        """The next line that the client sends; empty when it has gone."""
        return self._file.readline()

    def hang(self) -> None:
        """Say nothing until the client goes or the test ends."""
        while not self._closing.is_set():
            if not self._file.readline():
                return

    def drop(self) -> None:
        """End the connection."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give everything back."""
        self.drop()
        self._file.close()
        self._sock.close()


class Scripted:
    """The server around a script, in the clear on loopback."""

    host = "127.0.0.1"

    def __init__(self, script: Callable[[Line], None]) -> None:
        self._script = script
        self._sock = socket.create_server((self.host, 0))
        self.port: int = self._sock.getsockname()[1]
        self._closing = threading.Event()
        self._lines: list[Line] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._sock.accept()
            except OSError:
                return
            line = Line(sock, self._closing)
            self._lines.append(line)
            thread = threading.Thread(target=self._play, args=(line,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _play(self, line: Line) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._script(line)
        line.drop()

    def __enter__(self) -> Scripted:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()
        for line in self._lines:
            line.drop()
        for thread in self._threads:
            thread.join(10)
        for line in self._lines:
            line.close()
