"""Secrets where none belongs: in a contract, its inputs, an answer, a note. Found before anything is stored."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import BadInputError, CockpitError
from engine.home import Home

if TYPE_CHECKING:
    from engine.contract.model import Contract
    from engine.contract.problems import Positions, Problem
    from engine.redaction import Redactor

LARGEST = 16 * 1024 * 1024
SHORTEST = 8
"""Characters from which a text may hold a secret."""


def known(home: Home, *, programs: bool = False) -> Redactor:
    """A redactor that knows what config.toml names and can be had without asking anybody.

    With `programs`, those that print a secret are run too.
    """
    from engine.redaction import Redactor
    from engine.settings import load_settings

    redactor = Redactor()
    try:
        settings = load_settings(home.config)
    except BadInputError:
        return redactor  # whoever needs the file says what is wrong with it
    wanted = {reference for _, reference in settings.references if programs or not reference.startswith("command:")}
    if wanted:
        from engine.secrets.system import SystemSecrets

        secrets = SystemSecrets(os.environ, redactor=redactor, programs=settings.program)
        for reference in sorted(wanted):
            try:
                secrets.read(reference)
            except CockpitError:
                continue
    return redactor


def inputs(contract: Contract, positions: Positions, base: Path, redactor: Redactor) -> Iterator[Problem]:
    """What looks like a secret in an input is a warning, a known secret an error; the first of each input."""
    for name, declared in contract.inputs.items():
        try:
            content = (base / declared.path).read_bytes()[:LARGEST]
        except (OSError, ValueError):
            continue  # the linter says so
        text = content.decode("utf-8", "replace")
        if found := redactor.find(text):
            first = next((one for one in found if one.known), found[0])
            before = text[: first.start]
            place = f"line {before.count(chr(10)) + 1}, column {first.start - before.rfind(chr(10))}"
            if first.known:
                message, hint = f"{name} holds {first.what} ({place})", "take it out: no worker may be told"
                yield positions.problem(("inputs", name), message, hint, code="E238", key=True)
            else:
                message = f"{name} holds what looks like {first.what} ({place})"
                hint = "take it out, unless it is none: a task that would be told a key is not given to anybody"
                yield positions.problem(("inputs", name), message, hint, code="W238", key=True)


def check(kind: str, body: Mapping[str, Any], home: Home) -> None:
    """Refuse a command whose words hold a secret that config.toml names, or what is certain to be one; the engine
    refuses those that a program prints. Raises `BadInputError`.
    """
    texts = list(_texts(body))
    if not texts:
        return  # ids and digests: nothing is asked of a keyring for them
    redactor = known(home)
    for text in texts:
        if found := redactor.find(text, certain_only=True):
            what = found[0].what if found[0].known else f"what looks like {found[0].what}"
            mend = "leave it out; cockpit keys set NAME keeps it, and keyring:NAME refers to it"
            raise BadInputError(kind, f"its text holds {what}; nothing was stored", mend)


_NO_WORDS = re.compile(r"[0-9a-f]{64}|[A-Za-z0-9_-]{1,15}(/[A-Za-z0-9.]{1,12})?", re.ASCII)
"""Digests, ids, and single words that are too short for a key."""


def _texts(value: object) -> Iterator[str]:
    match value:
        case str() if len(value) >= SHORTEST and not _NO_WORDS.fullmatch(value):
            yield value
        case Mapping():
            for inner in value.values():
                yield from _texts(inner)
        case list() | tuple():
            for inner in value:
                yield from _texts(inner)
