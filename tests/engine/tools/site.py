"""A small web site on loopback whose pages are functions of their request."""

from __future__ import annotations

import http.server
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Page = Callable[["Handler"], None]


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with the page of a path; `robots.txt` is there only when a page of that name is."""

    site: Site

    def do_GET(self) -> None:
        """The page."""
        self.site.asked.append((self.command, self.path, dict(self.headers)))
        page = self.site.pages.get(self.path.partition("?")[0])
        try:
            if page is None:
                self.reply(404, b"not here", "text/plain")
            else:
                page(self)
        except OSError:
            self.close_connection = True  # whoever asked has gone

    def do_POST(self) -> None:
        """The page, whatever is sent to it."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.do_GET()

    def do_HEAD(self) -> None:
        """The page without its body."""
        self.do_GET()

    def reply(self, status: int, body: bytes, kind: str = "text/html; charset=utf-8", **headers: str) -> None:
        """A whole response."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silent."""


class Site:
    """What the site has, and what it was asked for."""

    def __init__(self, port: int, scheme: str) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.port = port
        self.url = f"{scheme}://127.0.0.1:{port}"

    def page(self, path: str, body: bytes, kind: str = "text/html; charset=utf-8", status: int = 200) -> None:
        """A page that is always the same."""
        self.pages[path] = lambda handler: handler.reply(status, body, kind)

    def moved(self, path: str, to: str, status: int = 302) -> None:
        """A redirect."""
        self.pages[path] = lambda handler: handler.reply(status, b"", Location=to)

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [path for _, path, _ in self.asked]


@contextmanager
def serving(trust: ssl.SSLContext | None = None) -> Iterator[Site]:
    """A site that is up; with `trust` it speaks TLS."""

    class Bound(Handler):
        pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bound) as server:
        server.daemon_threads = True
        if trust is not None:
            server.socket = trust.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        Bound.site = Site(server.server_port, "https" if trust else "http")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield Bound.site
        finally:
            server.shutdown()
            thread.join()
