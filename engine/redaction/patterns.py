"""What looks like a secret without being known: only shapes that hardly anything else has. Pure, linear in the text.

Each pattern is anchored and bounded, so that a hostile text costs no more than a harmless one.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Pattern(NamedTuple):
    """A shape, and what people call it. Group 1, where there is one, is the secret part."""

    name: str
    marks: tuple[bytes, ...]
    """Texts, in lower case, of which one stands in every match: without any, nothing needs to be searched."""
    shape: re.Pattern[bytes]
    certain: bool = False
    """Whether nothing but a secret looks like this."""


_START = rb"(?<![A-Za-z0-9_-])"


def _token(name: str, marks: tuple[bytes, ...], shape: bytes) -> Pattern:
    return Pattern(name, marks, re.compile(_START + shape), certain=True)


PATTERNS: tuple[Pattern, ...] = (
    _token("an API key (sk-)", (b"sk-",), rb"sk-[A-Za-z0-9_-]{16,512}"),
    _token(
        "a GitHub token",
        (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_"),
        rb"(?:gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{22,255})",
    ),
    _token("a GitLab token", (b"glpat-",), rb"glpat-[A-Za-z0-9_-]{20,255}"),
    _token("an AWS access key", (b"akia", b"asia"), rb"(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    _token("a Google API key", (b"aiza",), rb"AIza[A-Za-z0-9_-]{35}"),
    _token("a Slack token", (b"xox", b"xapp-"), rb"(?:xox[a-z]|xapp)-[A-Za-z0-9-]{10,512}"),
    _token("a payment key", (b"k_live_", b"k_test_"), rb"[srp]k_(?:live|test)_[A-Za-z0-9]{16,255}"),
    _token(
        "an API key",
        (b"hf_", b"gsk_", b"xai-", b"npm_", b"pypi-", b"dop_v1_", b"sg."),
        rb"(?:hf_|gsk_|xai-|npm_|pypi-|dop_v1_|SG\.)[A-Za-z0-9_.-]{30,512}",
    ),
    _token(
        "a signed token (JWT)",
        (b"eyj",),
        rb"eyJ[A-Za-z0-9_-]{8,4000}\.eyJ[A-Za-z0-9_-]{8,16000}\.[A-Za-z0-9_-]{8,4000}",
    ),
    Pattern(
        "a private key (PEM)",
        (b"private key",),
        re.compile(
            rb"-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----(?:BEGIN|END) )[\s\S]){0,20000}"
            rb"(?:-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?"
        ),
        certain=True,
    ),
    Pattern(
        "an authorization header",
        (b"authorization",),
        re.compile(
            rb"(?i)(?<![a-z])(?:proxy-)?authorization[\"']?\s{0,4}[:=]\s{0,4}[\"']?(?:(?:bearer|basic|token|digest)\s{1,4})?"
            rb"([A-Za-z0-9._~+/=-]{8,8000})"
        ),
    ),
    Pattern(
        "an authorization header",
        (b"bearer",),
        re.compile(rb"(?i)(?<![a-z])bearer\s{1,4}([A-Za-z0-9._~+/=-]{16,8000})"),
    ),
    Pattern(
        "a key in a header",
        (b"key", b"token"),
        re.compile(
            rb"(?i)(?<![a-z])(?:x-)?(?:api[-_]?key|auth[-_]?token)[\"']?\s{0,4}[:=]\s{0,4}[\"']?([^\s\"',;&]{16,512})"
        ),
    ),
    Pattern(
        "a password in an address",
        (b"://",),
        re.compile(rb"(?i)(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,20}://[^\s/@:\"'<>]{0,200}:([^\s/@\"'<>]{1,200})@"),
    ),
)


_MARKS = tuple({mark for pattern in PATTERNS for mark in pattern.marks})


def matches(content: bytes, *, certain_only: bool = False) -> list[tuple[int, int, str]]:
    """Start, end and name of everything that looks like a secret."""
    lowered, found = content.lower(), []
    there = {mark for mark in _MARKS if mark in lowered}
    for pattern in PATTERNS if there else ():
        if (certain_only and not pattern.certain) or there.isdisjoint(pattern.marks):
            continue
        group = 1 if pattern.shape.groups else 0
        found += [(one.start(group), one.end(group), pattern.name) for one in pattern.shape.finditer(content)]
    return found
