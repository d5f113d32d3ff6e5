"""The secrets of this machine: the system's keyring, the environment that this process was started with, and programs.

A keyring may hang (a bus without anybody behind it) or wait for a dialog that nobody sees; so every call to it has a
time-out, and a few run at once. The package `keyring` is imported with the first call, within that time.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from engine.errors import BadInputError
from engine.redaction import PROCESS, Redactor
from engine.secrets.patience import Patience
from engine.secrets.program import Program, Programs
from engine.secrets.protocol import NAME, REFERENCE, SecretError
from engine.secrets.trust import INSTALL, Keyring, judged

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "mission-cockpit"
"""Under this name the keyring keeps our secrets, each with its own name as the user."""
INDEX = "#names"
"""The entry with the list of names: a keyring can be asked for an entry, not for all of them."""
LARGEST = 20_000
"""Bytes of a value."""

T = TypeVar("T")
_CHOSEN = "PYTHON_KEYRING_BACKEND or keyringrc.cfg"
"""Where a keyring other than the system's own is chosen."""


class SystemSecrets:
    """`Secrets` of this machine, and what `cockpit keys` needs to keep them. A call ends `timeout_s` after its turn."""

    __slots__ = ("_backend", "_environ", "_patience", "_programs", "_redactor")

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        backend: KeyringBackend | None = None,
        timeout_s: float = 5.0,
        redactor: Redactor | None = None,
        programs: Callable[[str], Program | None] = lambda _name: None,
    ) -> None:
        """`backend` None means the keyring that the system offers; `redactor` is told every value before it is given
        away, that of the process when None; `programs` knows those of config.toml by name.
        """
        self._redactor = PROCESS if redactor is None else redactor
        self._environ = environ
        self._programs = Programs(programs, environ, most=LARGEST)
        self._backend = backend
        self._patience = Patience(timeout_s)

    def __repr__(self) -> str:
        return "SystemSecrets()"

    async def get(self, reference: str) -> str:
        """The value behind a reference. Raises `SecretError`."""
        kind, name = split(reference)
        if kind == "env":
            return self._told(reference, self._from_environment(name))
        if kind == "command":
            return self._told(reference, await asyncio.to_thread(self._from_program, name))
        try:
            value = await self._patience.wait(lambda: self._asked(reference, lambda ring: _value(ring, name)))
        except TimeoutError:
            raise self._late(reference) from None
        return self._told(reference, value)

    def read(self, reference: str) -> str:
        """The same for whoever has no event loop. Raises `SecretError`."""
        kind, name = split(reference)
        if kind == "env":
            return self._told(reference, self._from_environment(name))
        if kind == "command":
            return self._told(reference, self._from_program(name))
        return self._told(reference, self._run(reference, lambda ring: _value(ring, name)))

    def set(self, name: str, value: str) -> None:
        """Keep a value under a name. Raises `BadInputError` for one that cannot be kept, `SecretError`."""
        named, kept = valid_name(name), clean(value)
        self._told(f"keyring:{named}", kept)

        def work(ring: KeyringBackend) -> None:
            ring.set_password(SERVICE, named, kept)
            _index(ring, {*_names(ring), named})

        self._run(f"keyring:{named}", work)

    def delete(self, name: str) -> None:
        """Forget a value. Raises `SecretError`; `missing` when there was none, which then is not listed any more."""
        named = valid_name(name)

        def work(ring: KeyringBackend) -> None:
            there = ring.get_password(SERVICE, named) is not None
            if there:
                ring.delete_password(SERVICE, named)
            if named in (listed := _names(ring)):
                _index(ring, set(listed) - {named})
            if not there:
                raise _missing(f"keyring:{named}")

        self._run(f"keyring:{named}", work)

    def names(self) -> tuple[str, ...]:
        """The names under which something is kept, sorted. Raises `SecretError`."""
        return self._run("keyring", _names)

    def keyring(self) -> Keyring:
        """The keyring that would be used, judged. Raises `SecretError` when there is no finding it out."""

        def work() -> Keyring:
            return judged(self._ring())

        try:
            return self._patience.run(lambda: _explained("keyring", work))
        except TimeoutError:
            raise self._late("keyring") from None

    def _told(self, reference: str, value: str) -> str:
        self._redactor.remember(value, reference)
        return value

    def _from_environment(self, name: str) -> str:
        value = self._environ.get(name, "")
        if not value.strip():
            raise SecretError(
                "missing", f"env:{name}", "is not set in this environment", f"export {name}, then start the engine anew"
            )
        return _usable(f"env:{name}", value)

    def _from_program(self, name: str) -> str:
        return _usable(f"command:{name}", self._programs.value(name))

    def _run(self, where: str, work: Callable[[KeyringBackend], T]) -> T:
        try:
            return self._patience.run(lambda: self._asked(where, work))
        except TimeoutError:
            raise self._late(where) from None

    def _asked(self, where: str, work: Callable[[KeyringBackend], T]) -> T:
        """Ask the keyring, if it is one that keeps secrets. In a thread."""

        def asking() -> T:
            ring = self._ring()
            if fault := judged(ring).fault(where):
                raise fault
            return work(ring)

        return _explained(where, asking)

    def _ring(self) -> KeyringBackend:
        import keyring

        return self._backend if self._backend is not None else keyring.get_keyring()

    def _late(self, where: str) -> SecretError:
        what = f"the keyring did not answer within {self._patience.timeout_s:g} s"
        return SecretError("timeout", where, what, "unlock it, look for a dialog that waits, or use env:NAME")


def split(reference: str) -> tuple[str, str]:
    """The kind of a reference, and its name. Raises `SecretError` for what is none, without repeating it."""
    if not re.fullmatch(REFERENCE, reference):
        what = "is no reference to a secret"
        raise SecretError(
            "missing", "secret", what, "write keyring:NAME, env:NAME or command:NAME, never the secret itself"
        )
    kind, _, name = reference.partition(":")
    return kind, name


def valid_name(name: str) -> str:
    """The name. Raises `BadInputError`."""
    if not re.fullmatch(NAME, name):
        raise BadInputError(
            "NAME", "cannot name a secret", "use up to 100 letters, digits, and . _ @ -, such as openai"
        )
    return name


def clean(value: str) -> str:
    """A value as it is kept: without the line break that pasting brings. Raises `BadInputError`, without the value."""
    kept = value.strip("\r\n")
    if not kept.strip():
        raise BadInputError("the secret", "is empty", "give it at the prompt or on standard input")
    if fault := _fault(kept):
        raise BadInputError("the secret", fault, "look at what was pasted")
    return kept


def _fault(value: str) -> str:
    """What is wrong with a value, in words that do not show it."""
    if len(value) > LARGEST or len(value.encode("utf-8", "surrogatepass")) > LARGEST:
        return f"is larger than {LARGEST // 1000} kB"
    if any("\ud800" <= char <= "\udfff" for char in value):
        return "is not text in UTF-8"
    if "\0" in value or any(ord(end) < 32 or 127 <= ord(end) < 160 for end in (value[0], value[-1])):
        return "holds control characters"
    return ""


def _usable(where: str, value: str) -> str:
    kept = value.strip("\r\n")
    if not kept:
        raise _missing(where)
    if fault := _fault(kept):
        mend = "look at what it prints" if where.startswith("command:") else "set it again"
        raise SecretError("unreadable", where, f"what is kept there {fault}", mend)
    return kept


def _value(ring: KeyringBackend, name: str) -> str:
    value = ring.get_password(SERVICE, name)
    if value is None:
        raise _missing(f"keyring:{name}")
    return _usable(f"keyring:{name}", value)


def _missing(where: str) -> SecretError:
    mend = f"cockpit keys set {where.partition(':')[2]}"
    return SecretError("missing", where, "the keyring keeps nothing of this name", mend)


def _names(ring: KeyringBackend) -> tuple[str, ...]:
    """What the list says; a list that cannot be read is begun anew, for it is a convenience and no secret."""
    try:
        listed = json.loads(ring.get_password(SERVICE, INDEX) or "[]")
    except (ValueError, RecursionError):
        return ()
    if not isinstance(listed, list):
        return ()
    return tuple(sorted({name for name in listed if isinstance(name, str) and re.fullmatch(NAME, name)}))


def _index(ring: KeyringBackend, names: set[str]) -> None:
    ring.set_password(SERVICE, INDEX, json.dumps(sorted(names)))


def _explained(where: str, work: Callable[[], T]) -> T:
    """Run work on a keyring; what it raises becomes a `SecretError` that quotes nothing, for it may hold the secret."""
    try:
        from keyring.errors import InitError, KeyringLocked, NoKeyringError
    except ImportError:
        mend = "install Mission Cockpit again"
        raise SecretError("no_keyring", where, "the package keyring is not installed", mend) from None
    try:
        return work()
    except SecretError:
        raise
    except NoKeyringError:
        raise SecretError("no_keyring", where, "this machine has no keyring that is unlocked", INSTALL) from None
    except (KeyringLocked, InitError):
        mend = "unlock it (log in to the desktop, or unlock it in its own program), or use env:NAME"
        raise SecretError("locked", where, "the keyring is locked", mend) from None
    except ImportError:
        what, mend = "the keyring that is chosen here is not installed", f"install or unset it: {_CHOSEN}"
        raise SecretError("no_keyring", where, what, mend) from None
    except Exception as error:  # noqa: BLE001 (keyrings raise whatever their bus, their library or their file raises)
        what = f"the keyring failed ({type(error).__name__})"
        raise SecretError("unreadable", where, what, f"look at {_CHOSEN}, or use env:NAME") from None
