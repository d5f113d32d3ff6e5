"""A person at a real pseudo-terminal: what a command shows there, and what is typed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping

from tests.e2e.stage import PATIENCE_S, Stage


class Terminal:
    """One command at a terminal of its own. A context manager: at its end nothing runs."""

    def __init__(self, stage: Stage, *args: str, environ: Mapping[str, str] | None = None, columns: int = 120) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        self.shown = ""
        try:
            self._process = subprocess.Popen(
                stage.argv(*args),
                cwd=stage.folder,
                env=stage.environ({"TERM": "xterm", **(environ or {})}),
                stdin=slave,
                stdout=slave,
                stderr=slave,
                start_new_session=True,
            )
        finally:
            os.close(slave)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.wait(PATIENCE_S)
        os.close(self._master)

    def until(self, pattern: str) -> re.Match[str]:
        """Read until the pattern was shown."""
        end = time.monotonic() + PATIENCE_S
        while not (found := re.search(pattern, self.shown)):
            assert time.monotonic() < end, f"waited for {pattern!r} in:\n{self.shown}"
            assert self._read() or self._process.poll() is None, f"ended without {pattern!r}:\n{self.shown}"
        return found

    def type(self, text: str) -> None:
        """Type a line."""
        os.write(self._master, f"{text}\n".encode())

    def end(self) -> int:
        """Read to the end; the exit code."""
        while self._read() or self._process.poll() is None:
            pass
        return self._process.wait(PATIENCE_S)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._master], [], [], 0.2)
        if not ready:
            return False
        with contextlib.suppress(OSError):  # Linux: the other side was closed
            data = os.read(self._master, 65_536)
            self.shown += data.decode("utf-8", "replace").replace("\r\n", "\n")
            return bool(data)
        return False
