"""What a command worker sees of the machine's environment: almost nothing.

No keys, no keyring bus, no display, no home of the cockpit: a short list of variables passes, all others are dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

COOKIE_VARIABLE = "COCKPIT_ATTEMPT"
"""Carries `<attempt>+<token of the home>` into every process of an attempt, so that leftovers can be found by it."""

_DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"
_PASSED = ("PATH", "LANG", "TZ")
_PASSED_PREFIX = "LC_"
_PART = "~"


def cookie(attempt: str, token: str) -> str:
    """The value of `COOKIE_VARIABLE` for an attempt of the home that owns `token`."""
    return f"{attempt}+{token}"


def part_of(value: str, part: str) -> str:
    """The cookie of one program among those of an attempt, so that it is ended without the others. `value` is the
    cookie of the attempt, or the token alone where no attempt is known.
    """
    attempt, _, owner = value.rpartition("+")
    return f"{attempt or 'tool'}{_PART}{part}+{owner}"


def attempt_of(value: str, token: str) -> str | None:
    """The attempt a cookie names, or None when it belongs to another home."""
    attempt, plus, owner = value.rpartition("+")
    return attempt.partition(_PART)[0] if plus and owner == token else None


def private(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Folders of the user that no program of ours has any business in, even where it is shown what they lie in."""
    home = Path(environ.get("HOME") or "/nonexistent")
    return (home / ".ssh", home / ".gnupg", home / ".aws")


def scrubbed(environ: Mapping[str, str], *, workspace: Path, cookie: str) -> dict[str, str]:
    """The whole environment of a command: PATH, language, time zone, a home and a temporary folder of its own."""
    passed = {name: value for name, value in environ.items() if name in _PASSED or name.startswith(_PASSED_PREFIX)}
    passed.setdefault("PATH", _DEFAULT_PATH)
    return passed | {
        "HOME": str(workspace / "home"),
        "TMPDIR": str(workspace / "tmp"),
        COOKIE_VARIABLE: cookie,
    }
