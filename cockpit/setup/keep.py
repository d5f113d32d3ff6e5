"""Writing config.toml: all of it or nothing, 0600, the one before kept beside it as config.toml.bak."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from engine.errors import BadInputError, StoreError


def present(path: Path) -> str | None:
    """The file as it is, None when there is none. Raises `BadInputError` when it cannot be read."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        what = f"cannot be read ({type(error).__name__})"
        raise BadInputError(str(path), what, "make it a readable UTF-8 file, or move it away") from None


def save(path: Path, before: str | None, after: str) -> Path | None:
    """Write the file anew; where the one before is kept, if there was one.

    Raises `StoreError`; also when the file is not any more what `before` says.
    """
    target = path.resolve()  # a link to the file of a dotfiles folder stays a link
    backup = target.with_name(f"{target.name}.bak")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = _beside(target, after)
        try:
            if present(target) != before:
                raise StoreError(str(path), "changed meanwhile", "look at it, then run cockpit setup again")
            if before is not None:
                _beside(target, before).replace(backup)
            fresh.replace(target)
        finally:
            with contextlib.suppress(FileNotFoundError):
                fresh.unlink()
    except OSError as error:
        raise StoreError(str(path), f"cannot be written ({error.strerror})", "look at the folder's rights") from None
    return backup if before is not None else None


def _beside(target: Path, text: str) -> Path:
    """A new file in the same folder, on the disk."""
    fresh = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text.encode("utf-8"))
        file.flush()
        os.fsync(file.fileno())
    return fresh
