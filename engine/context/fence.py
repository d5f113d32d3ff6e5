"""Untrusted content inside a package: between two lines that name the content's own digest.

The end line cannot be forged by the content, because it would have to contain its own sha256. Every line inside is
quoted with `| `, so that no line of it can be mistaken for a line of the package. Control characters other than
line breaks are made visible.
"""

from __future__ import annotations

import unicodedata

from engine.values import sha256

_VISIBLE = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}


def visible(text: str) -> str:
    """A text in which nothing is hidden: control, format and private-use characters become `\\u{..}`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char if char == "\t" or unicodedata.category(char) not in _VISIBLE else f"\\u{{{ord(char):x}}}" for char in text
    )


def fence(name: str, content: str, *, label: str) -> str:
    """Content as a quoted block. `label` says what it is: `private, untrusted`."""
    mark = sha256(content.encode("utf-8", "replace"))[:16]
    quoted = "\n".join(f"| {visible(line)}" for line in content.splitlines())
    return f"[begin {visible(name)} · {label} · {mark}]\n{quoted}\n[end {mark}]"
