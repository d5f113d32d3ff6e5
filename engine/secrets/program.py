"""`command:NAME`: a program of the user's choice that prints a secret, as a password manager's command line does.

It runs without a shell, a terminal or standard input, sees a short list of environment variables, and is ended with
everything it started when it takes too long or says too much. What it prints on standard error is thrown away: it may
repeat the secret.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from engine.secrets.protocol import SecretError, Why

MOST_KEPT_S = 3600.0
"""Seconds for which a value may be kept in memory, at most."""
_PASSED = frozenset(
    {"PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME"}
    | {"DBUS_SESSION_BUS_ADDRESS", "GNUPGHOME", "SSH_AUTH_SOCK", "PASSWORD_STORE_DIR"}
)
"""What a password manager needs to find its own files and its agent. No key of anybody stands in these."""


_Fault = tuple[Why, str, str]
"""Why, what, and how it is mended."""


class Program(NamedTuple):
    """`[secrets.NAME]` of config.toml. Times are seconds; `environ` are names of further variables it may see."""

    argv: tuple[str, ...]
    timeout_s: float = 10.0
    kept_s: float = 600.0
    environ: tuple[str, ...] = ()


class Programs:
    """Runs the programs of one process and keeps what they said for a while, in memory. `find` knows them by name."""

    def __init__(
        self,
        find: Callable[[str], Program | None],
        environ: Mapping[str, str],
        *,
        most: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`most`: bytes of a value."""
        self._find, self._environ, self._most, self._clock = find, environ, most, clock
        self._kept: dict[str, tuple[Program, str, float]] = {}
        self._turn = threading.Lock()

    def __repr__(self) -> str:
        return "Programs()"

    def value(self, name: str) -> str:
        """What the program of a name printed, now or not long ago. Raises `SecretError`. Blocks: for a thread."""
        where, program = f"command:{name}", self._find(name)
        if program is None:
            what = f"config.toml has no [secrets.{name}]"
            raise SecretError("missing", where, what, f'write [secrets.{name}] with argv = ["PROGRAM", "..."]')
        with self._turn:  # a program that asks for a password does so once
            kept = self._kept.get(name)
            if kept is not None and kept[0] == program and self._clock() < kept[2]:
                return kept[1]
            value = self._run(where, program)
            if program.kept_s > 0:
                self._kept[name] = program, value, self._clock() + min(program.kept_s, MOST_KEPT_S)
            return value

    def forget(self) -> None:
        """Keep nothing of what was said so far."""
        self._kept.clear()

    def _run(self, where: str, program: Program) -> str:
        try:
            process = subprocess.Popen(  # noqa: S603 - the user's own program, from the user's own file, without a shell
                program.argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment(self._environ, program.environ),
                cwd="/",
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            what = f"{program.argv[0]} cannot be started ({getattr(error, 'strerror', None) or type(error).__name__})"
            raise SecretError("missing", where, what, "give its whole path in argv, or install it") from None
        with process:
            try:
                said, fault = self._heard(process, program.timeout_s)
            finally:
                _end(process)
        if fault:
            why, what, mend = fault
            raise SecretError(why, where, what, mend)
        if process.returncode:
            what = f"{program.argv[0]} ended with status {process.returncode}"
            raise SecretError("unreadable", where, what, "run it by hand: it may want to be unlocked or logged in")
        try:
            value = said.decode("utf-8")
        except UnicodeDecodeError:
            raise SecretError("unreadable", where, "what it prints is not text in UTF-8", "look at its argv") from None
        value = value.removesuffix("\n").removesuffix("\r")
        if not value.strip():
            raise SecretError("missing", where, f"{program.argv[0]} printed nothing", "look at its argv")
        if "\n" in value or "\r" in value:
            raise SecretError("unreadable", where, "it prints more than one line", "have it print the secret alone")
        return value

    def _heard(self, process: subprocess.Popen[bytes], timeout_s: float) -> tuple[bytes, _Fault | None]:
        """What it printed until it closed its output and ended; or what is wrong."""
        assert process.stdout is not None
        end, said = time.monotonic() + timeout_s, bytearray()
        late: _Fault = ("timeout", f"it did not end within {timeout_s:g} s", "unlock it, or give it a longer timeout")
        with selectors.DefaultSelector() as waiting:
            waiting.register(process.stdout, selectors.EVENT_READ)
            while True:
                left = end - time.monotonic()
                if left <= 0 or not waiting.select(left):
                    return b"", late
                chunk = os.read(process.stdout.fileno(), 65_536)
                if not chunk:
                    break
                said += chunk
                if len(said) > self._most + 2:
                    return b"", ("unreadable", f"it prints more than {self._most // 1000} kB", "look at its argv")
        try:
            process.wait(max(0.0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            return b"", late
        return bytes(said), None


def environment(environ: Mapping[str, str], more: tuple[str, ...] = ()) -> dict[str, str]:
    """What such a program sees of an environment: a short list, and what its section names."""
    wanted = _PASSED.union(more)
    return {name: value for name, value in environ.items() if name in wanted or name.startswith("LC_")}


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it and what it started in its session."""
    if process.returncode is None or process.stdout is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
