"""Small servers on loopback that answer as model servers do, or as they must not."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cockpit.setup.probe import Server

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def answer(body: object) -> bytes:
    """A complete response with this JSON."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return OK + f"Content-Length: {len(text)}\r\n\r\n".encode() + text


@contextmanager
def serving(said: bytes | Callable[[socket.socket], None]) -> Iterator[int]:
    """A port at which every request gets these bytes, or this treatment."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    connection.recv(65_536)
                    if callable(said):
                        said(connection)
                    else:
                        connection.sendall(said)
                        connection.shutdown(socket.SHUT_WR)
                        while connection.recv(65_536):
                            pass
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


def server(port: int, prefix: str = "ollama_chat") -> Server:
    """A kind of server at this port."""
    return Server("Tested", port, "/v1/models", prefix, "/v1")


def unused_port() -> int:
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
