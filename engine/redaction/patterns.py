"""What looks like a secret without being known: only shapes that hardly anything else has. Pure, linear in the text.

Each pattern is anchored and bounded, so that a hostile text costs no more than a harmless one.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Pattern(NamedTuple):
    """A shape, and what people call it. Group 1, where there is one, is the secret part."""

    name: str
    shape: re.Pattern[bytes]


_START = rb"(?<![A-Za-z0-9_-])"


def _token(name: str, shape: bytes) -> Pattern:
    return Pattern(name, re.compile(_START + shape))


PATTERNS: tuple[Pattern, ...] = (
    _token("an API key (sk-)", rb"sk-[A-Za-z0-9_-]{16,512}"),
    _token("a GitHub token", rb"(?:gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{22,255})"),
    _token("a GitLab token", rb"glpat-[A-Za-z0-9_-]{20,255}"),
    _token("an AWS access key", rb"(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    _token("a Google API key", rb"AIza[A-Za-z0-9_-]{35}"),
    _token("a Slack token", rb"(?:xox[a-z]|xapp)-[A-Za-z0-9-]{10,512}"),
    _token("a payment key", rb"[srp]k_(?:live|test)_[A-Za-z0-9]{16,255}"),
    _token("an API key", rb"(?:hf_|gsk_|xai-|npm_|pypi-|dop_v1_|SG\.)[A-Za-z0-9_.-]{30,512}"),
    _token("a signed token (JWT)", rb"eyJ[A-Za-z0-9_-]{8,4000}\.eyJ[A-Za-z0-9_-]{8,16000}\.[A-Za-z0-9_-]{8,4000}"),
    Pattern(
        "a private key (PEM)",
        re.compile(
            rb"-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----(?:BEGIN|END) )[\s\S]){0,20000}"
            rb"(?:-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?"
        ),
    ),
    Pattern(
        "an authorization header",
        re.compile(
            rb"(?i)(?<![a-z])(?:proxy-)?authorization[\"']?\s{0,4}[:=]\s{0,4}[\"']?(?:(?:bearer|basic|token|digest)\s{1,4})?"
            rb"([A-Za-z0-9._~+/=-]{8,8000})"
        ),
    ),
    Pattern("an authorization header", re.compile(rb"(?i)(?<![a-z])bearer\s{1,4}([A-Za-z0-9._~+/=-]{16,8000})")),
    Pattern(
        "a key in a header",
        re.compile(
            rb"(?i)(?<![a-z])(?:x-)?(?:api[-_]?key|auth[-_]?token)[\"']?\s{0,4}[:=]\s{0,4}[\"']?([^\s\"',;&]{16,512})"
        ),
    ),
    Pattern(
        "a password in an address",
        re.compile(rb"(?i)(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,20}://[^\s/@:\"'<>]{0,200}:([^\s/@\"'<>]{1,200})@"),
    ),
)


def matches(content: bytes) -> list[tuple[int, int, str]]:
    """Start, end and name of everything that looks like a secret."""
    found = []
    for name, shape in PATTERNS:
        for one in shape.finditer(content):
            group = 1 if shape.groups else 0
            found.append((one.start(group), one.end(group), name))
    return found
