"""Whether a keyring keeps secrets. Judged by what it is made of, because a plaintext file calls itself a keyring too.

With several keyrings on a machine, the `keyring` package hands out a chain with the highest priority of all, whatever
its links are. So a chain is as good as its worst link.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from engine.secrets.protocol import SecretError, Why

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

REFUSED = ("keyrings.alt", "keyring.backends.null", "keyring.backends.fail")
"""Modules whose keyrings keep nothing, or keep it readable."""
NONE = ("keyring.backends.fail", "keyring.backends.null")
LOWEST = 1
"""The priority from which the `keyring` package itself recommends a keyring."""

INSTALL = "start GNOME Keyring, KWallet or KeePassXC (on macOS, the Keychain is there), or use env:NAME"


class Keyring(NamedTuple):
    """A keyring as people know it, and why it cannot be used; `why` None when it can."""

    name: str
    why: Why | None
    what: str = ""
    mend: str = ""

    def fault(self, where: str) -> SecretError | None:
        """The error of whoever wanted to use it."""
        return SecretError(self.why, where, self.what, self.mend) if self.why else None


def judged(backend: KeyringBackend) -> Keyring:
    """Look inside a keyring, and inside of a chain at every link."""
    from keyring.backends.chainer import ChainerBackend

    links = list(backend.backends) if isinstance(backend, ChainerBackend) else [backend]
    names = [named(link) for link in links]
    name = " + ".join(names) or named(backend)
    if not links or all(_made_in(link, NONE) for link in links):
        return Keyring(name, "no_keyring", "this machine has no keyring that is unlocked", INSTALL)
    for link, own in zip(links, names, strict=True):
        if _made_in(link, REFUSED) or "plaintext" in own.lower():
            what = f"the keyring {own} keeps secrets readable, or not at all"
            return Keyring(name, "untrusted_keyring", what, f"remove its package, or {INSTALL}")
        try:
            priority = float(link.priority)
        except Exception:  # noqa: BLE001 (a backend says by any exception that it does not work here)
            what = f"the keyring {own} does not work here"
            return Keyring(name, "no_keyring", what, INSTALL)
        if not priority >= LOWEST:
            what = f"the keyring {own} is not recommended (priority {priority:g} below {LOWEST})"
            return Keyring(name, "untrusted_keyring", what, INSTALL)
    return Keyring(name, None)


def named(backend: KeyringBackend) -> str:
    """Module and class: `keyring.backends.SecretService.Keyring`."""
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def _made_in(backend: KeyringBackend, modules: tuple[str, ...]) -> bool:
    """Whether a keyring, or anything it inherits from, comes from one of these modules."""
    made = (kind.__module__ for kind in type(backend).__mro__)
    return any(module == refused or module.startswith(f"{refused}.") for module in made for refused in modules)
