"""One line for people out of text that a provider or a library wrote: bounded, printable, without anything that looks
like a key. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from engine.redaction.redactor import HIDDEN, Redactor

MOST_CHARACTERS = 200

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?")
_CLASSES = re.compile(r"^(?:(?:litellm\.)?\w*(?:Error|Exception|Timeout)(?: Error)?\s*[:-]\s*)+")
_WRAPPER = re.compile(r"\s*Original exception: .*$")
_LOOKS_SECRET = (
    re.compile(r"(?i)\b(?:bearer|basic)\s+\S+"),
    re.compile(
        r"(?i)\b(?:api[-_ ]?key|secret|password|access[-_ ]?token|authorization)[\"']?\s*[:=]\s*[\"']?[^\s\"',;]+"
    ),
    re.compile(r"\b(?:sk|pk|rk|gsk|xai|hf|key)[-_][\w*.\-]{4,}"),
    re.compile(r"\bAIza[\w\-]{8,}"),
    re.compile(r"\S*\*{3,}\S*"),
    re.compile(r"(?=[\w+/=\-]*\d)(?=[\w+/=\-]*[A-Za-z])[\w+/=\-]{32,}"),
)
_ENOUGH = 8
"""Characters of a key at its start or end by which it is recognised when a provider shortens it."""
_QUOTED = 20
_ENDED = re.compile(r"^- A\d+\.\d+: .*$", re.MULTILINE)
"""A line of a package on an earlier attempt; what others wrote stands behind a mark in it."""


def for_people(text: str, secrets: Iterable[str] = ()) -> str:
    """The first line of `text` with secrets hidden, at most 200 characters; "" when nothing readable is left."""
    line = _readable(text[: 50 * MOST_CHARACTERS])
    line = _WRAPPER.sub("", _CLASSES.sub("", line))
    known = tuple(secrets)
    line = Redactor((secret, "the key of the call") for secret in known).redact(line)
    for secret in known:
        line = _without(line, secret)
    for pattern in _LOOKS_SECRET:
        line = pattern.sub(HIDDEN, line)
    return line if len(line) <= MOST_CHARACTERS else line[: MOST_CHARACTERS - 1] + "…"


def without_quotes(line: str, texts: Iterable[str]) -> str:
    """The line without runs of at least 20 characters that stand in one of the texts: some providers say of a request
    that failed all that was in it, and what is kept of a failure outlives what was told. How an earlier attempt ended
    may be said again: the same failure sounds the same.
    """
    whole = [" ".join(_ENDED.sub("", text).split()) for text in texts]
    kept, at = "", 0
    while at < len(line):
        end = at + _QUOTED
        if end > len(line) or not any(line[at:end] in text for text in whole):
            kept, at = kept + line[at], at + 1
            continue
        while end < len(line) and any(line[at : end + 1] in text for text in whole):
            end += 1
        kept, at = kept + HIDDEN, end
    return kept


def _readable(text: str) -> str:
    """The first line that is not empty, without escape sequences and without what is not printed."""
    for line in _ESCAPES.sub("", text).splitlines():
        kept = "".join(c if unicodedata.category(c)[0] not in "CZ" else " " if c in " \t\u00a0" else "" for c in line)
        if kept.strip():
            return " ".join(kept.split())
    return ""


def _without(line: str, secret: str) -> str:
    secret = " ".join(secret.split())
    if len(secret) < 4:
        return line
    line = line.replace(secret, HIDDEN)
    if len(secret) >= 2 * _ENOUGH:
        line = re.sub(re.escape(secret[:_ENOUGH]) + r"\S*", HIDDEN, line)
        line = re.sub(r"\S*" + re.escape(secret[-_ENOUGH:]), HIDDEN, line)
    return line
