"""The other side of a pseudo-terminal: runs a program, answers what it asks its terminal, and knows what is shown.

A thread reads and stamps what comes, so that a slow emulation neither holds the program up nor counts as its time.
Synchronised output (DEC mode 2026) counts as shown when the update ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import queue
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil
import pyte

_ASKED = re.compile(rb"\x1b\[(?:\?(\d+)\$p|(c)|(>c)|(6n)|(\?u)|(>q|>0q))|\x1b\](1[01]);\?(?:\x07|\x1b\\)")
_STRANGE = re.compile(rb"\x1b\[\?\d+\$p|\x1b\[[<>=][0-9;]*[A-Za-z]|\x1b\[\?u|\x1b\][0-9]+;[^\x07\x1b]*(?:\x07|\x1b\\)")
"""Sequences that a modern terminal swallows and the emulator here would print."""
_SWITCH = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_OPEN = re.compile(rb"\x1b(?:\[[?<>=]?[0-9;]*\$?|\][^\x07\x1b]*\x1b?)?\Z")
"""The beginning of a sequence whose end has not come yet."""


_TAKE = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
"""Makes standard input the controlling terminal of the new session, so that ^C and ^Z reach the program as signals."""


class Terminal:
    """A program in a terminal of its own.

    `stderr` sends its standard error into a file; a `controlling` terminal sends signals: ^C, ^Z, another size.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        columns: int = 120,
        rows: int = 40,
        cwd: Path | None = None,
        stderr: Path | None = None,
        controlling: bool = False,
    ) -> None:
        self.raw = bytearray()
        """Everything the program wrote."""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._undrawn = bytearray()
        """What has come since somebody looked: to emulate a terminal costs more than the program that writes to it."""
        self._came: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        self.stamp = 0.0
        """When the last piece that was taken in had come."""
        self._rest = b""
        self._held = b""
        self._syncing = False
        self._master, slave = pty.openpty()
        self.resize(columns, rows)
        self.began = time.monotonic()
        aside = stderr.open("wb") if stderr is not None else None
        self.process = subprocess.Popen(
            [sys.executable, "-c", _TAKE, *argv] if controlling else list(argv),
            stdin=slave,
            stdout=slave,
            stderr=slave if aside is None else aside,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
        )
        os.close(slave)
        if aside is not None:
            aside.close()
        self._reader = threading.Thread(target=self._read, name="terminal", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._master, 1 << 16)
            except OSError:  # the program has closed its side
                data = b""
            self._came.put((time.monotonic(), data))
            if not data:
                return
            self._answer(data)

    def __enter__(self) -> Terminal:
        """The terminal; leaving it ends the program."""
        return self

    def __exit__(self, *_error: object) -> None:
        """End the program."""
        self.close()

    def resize(self, columns: int, rows: int) -> None:
        """Another size, as a user drags a window."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)

    def press(self, keys: str | bytes) -> None:
        """Type, in one write."""
        os.write(self._master, keys.encode() if isinstance(keys, str) else keys)

    def click(self, column: int, row: int, times: int = 1) -> None:
        """Press and release the first mouse button at a cell, counted from 0."""
        for _ in range(times):
            self.press(f"\x1b[<0;{column + 1};{row + 1}M\x1b[<0;{column + 1};{row + 1}m")

    def signal(self, number: int) -> None:
        """Send the program a signal."""
        self.process.send_signal(number)

    # -- seeing

    @property
    def screen(self) -> pyte.Screen:
        """The emulated screen, with all that has come."""
        if self._undrawn:
            self._stream.feed(_STRANGE.sub(b"", bytes(self._undrawn)))
            self._undrawn.clear()
        return self._screen

    @property
    def lines(self) -> list[str]:
        """What is shown, line by line."""
        return [line.rstrip() for line in self.screen.display]

    @property
    def modes(self) -> dict[str, bool]:
        """The private modes that the program has switched, and how they stand now: `1049` the alternate screen."""
        found: dict[str, bool] = {}
        for switched in _SWITCH.finditer(bytes(self.raw)):
            for mode in switched[1].decode().split(";"):
                found[mode] = switched[2] == b"h"
        return found

    @property
    def restored(self) -> bool:
        """Whether the terminal is as it was: no alternate screen, mouse, paste or focus mode; the cursor is shown."""
        on = {mode for mode, state in self.modes.items() if state}
        return on <= {"25", "7"} and self.modes.get("25", True) and self.modes.get("7", True) and self.cooked

    @property
    def cooked(self) -> bool:
        """Whether lines are edited and echoed by the terminal again."""
        flags = termios.tcgetattr(self._master)[3]
        return bool(flags & termios.ICANON) and bool(flags & termios.ECHO)

    @property
    def text(self) -> str:
        """What is shown."""
        return "\n".join(self.lines)

    def wait(self, until: Callable[[Terminal], bool], *, timeout_s: float = 20.0) -> float:
        """Go on until something is shown; the seconds until it had come. Raises `TimeoutError` with what is shown."""
        began = self.stamp = time.monotonic()
        while not until(self):
            left = began + timeout_s - time.monotonic()
            if left <= 0 or (not self._pump(min(left, 0.25)) and self.process.poll() is not None and not until(self)):
                raise TimeoutError(f"not shown within {timeout_s} s:\n{self.text}")
        return self.stamp - began

    def wait_for(self, pattern: str, *, timeout_s: float = 20.0) -> float:
        """Go on until a pattern is shown; the seconds it took."""
        found = re.compile(pattern)
        return self.wait(lambda terminal: found.search(terminal.text) is not None, timeout_s=timeout_s)

    def settle(self, quiet_s: float = 0.3, *, most_s: float = 5.0) -> None:
        """Go on until nothing has come for a while."""
        end = time.monotonic() + most_s
        while time.monotonic() < end and self._pump(quiet_s):
            pass

    def run(self, seconds: float) -> None:
        """Let time pass, and see what comes."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._pump(min(left, 0.1))
            assert self.screen

    def _pump(self, seconds: float) -> bool:
        """Take in what comes within so many seconds; whether anything came."""
        try:
            self.stamp, data = self._came.get(timeout=max(seconds, 0.0))
        except queue.Empty:
            return False
        self.raw += data
        self._take(data)
        return bool(data)

    def _answer(self, data: bytes) -> None:
        for found in _ASKED.finditer(data):
            mode, attributes, second, position, kitty, version, colour = found.groups()
            if mode:
                self.press(b"\x1b[?" + mode + (b";2$y" if mode == b"2026" else b";0$y"))
            elif attributes:
                self.press(b"\x1b[?62;22c")
            elif second:
                self.press(b"\x1b[>1;10;0c")
            elif position:
                self.press(b"\x1b[1;1R")
            elif kitty:
                self.press(b"\x1b[?0u")
            elif version:
                self.press(b"\x1bP>|tests 1\x1b\\")
            elif colour:
                self.press(b"\x1b]" + colour + b";rgb:0000/0000/0000\x1b\\")

    def _take(self, data: bytes) -> None:
        data = self._rest + data
        whole = _OPEN.search(data)
        cut = whole.start() if whole and whole.group() else len(data)
        data, self._rest = data[:cut], data[cut:]
        while data:
            if self._syncing:
                end = data.find(b"\x1b[?2026l")
                if end < 0:
                    self._held += data
                    return
                self._feed(self._held + data[:end])
                self._held, self._syncing, data = b"", False, data[end + 8 :]
            else:
                begin = data.find(b"\x1b[?2026h")
                if begin < 0:
                    self._feed(data)
                    return
                self._feed(data[:begin])
                self._syncing, data = True, data[begin + 8 :]

    def _feed(self, data: bytes) -> None:
        self._undrawn += data

    # -- the program

    def usage(self) -> tuple[float, int]:
        """CPU seconds and resident bytes of the program and its children."""
        try:
            tree = [psutil.Process(self.process.pid)]
            tree += tree[0].children(recursive=True)
        except psutil.NoSuchProcess:
            return 0.0, 0
        cpu, resident = 0.0, 0
        for one in tree:
            try:
                times = one.cpu_times()
                cpu += times.user + times.system
                resident += one.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        return cpu, resident

    def ended(self, timeout_s: float = 10.0) -> int:
        """Wait for its end; its exit code."""
        end = time.monotonic() + timeout_s
        while self.process.poll() is None and time.monotonic() < end:
            self._pump(0.05)
        while self._pump(0.05):
            pass
        return self.process.wait(timeout=0.1)

    def close(self) -> None:
        """End the program and what it started in its session."""
        if self.process.poll() is None:
            try:
                os.killpg(self.process.pid, signal.SIGTERM)
                self.process.wait(timeout=3)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(timeout=5)
        self._reader.join(timeout=2)
        os.close(self._master)
