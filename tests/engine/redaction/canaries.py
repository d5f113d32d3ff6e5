"""Ways in which a secret turns up in a text that nobody wrote to be searched."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

ENCODINGS: dict[str, Callable[[str], str]] = {
    "as it is": lambda s: s,
    "in capitals": str.upper,
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64 of a login": lambda s: base64.b64encode(f"\0ada\0{s}".encode()).decode(),
    "base64 for addresses, inside of more": lambda s: base64.urlsafe_b64encode(f"ada:{s}!x".encode()).decode(),
    "percent": lambda s: quote(s, safe=""),
    "percent in a form": quote_plus,
    "JSON": lambda s: json.dumps({"key": s}),
    "hex": lambda s: s.encode().hex(),
    "reversed": lambda s: s[::-1],
    "over two lines": lambda s: f"{s[: len(s) // 2]}\n{s[len(s) // 2 :]}",
    "HTML": html.escape,
    "base64 over two lines": lambda s: base64.encodebytes(f"{'-' * 40}{s}{'-' * 40}".encode()).decode(),
}
"""Name to encoder; `test_redactor` holds every one of them against every canary."""

SHAPES = (
    "vX7#kQ&2pLm9<zT4+w/8R=",
    "correct horse battery staple 77",
    'quo"te\\back\\slash-0123456789',
    "schlüssel-für-ärger-4711",
    "sk-proj-AbCdEfGhIjKlMnOpQrStUvWx",
    "0123456789abcdef0123456789abcdef",
)
"""Secrets with everything that encoders treat specially."""
