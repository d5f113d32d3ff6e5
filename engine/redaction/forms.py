"""The shapes in which a known secret turns up in texts: as it is, encoded, escaped, reversed. Pure.

All of it is about UTF-8 bytes with ASCII letters in lower case: whoever searches lowers the text in the same way, which
keeps its length, so that a place found is a place in the original.
"""

from __future__ import annotations

import base64
import html
import json
import re
from urllib.parse import quote, quote_plus

SHORTEST = 4
"""Bytes below which a secret is not looked for at all: it would be found everywhere."""
ALONE = 8
"""Below this length a secret is only looked for as a word of its own, and not encoded."""
_ALIGNMENTS = 3


def forms(secret: str) -> tuple[bytes, ...]:
    """Every form of a secret of at least `ALONE` bytes that is searched for, the longest first."""
    raw = secret.encode("utf-8", "surrogatepass")
    found = {one.encode("utf-8", "surrogatepass") for one in (secret.upper(), secret.lower(), secret[::-1])}
    found |= {raw, raw[::-1], raw.hex().encode()}
    found |= {raw.hex(separator).encode() for separator in (" ", ":")}
    found |= {"".join(f"\\x{byte:02x}" for byte in raw).encode()}
    found |= {one.encode() for one in (quote(raw, safe=""), quote(raw), quote_plus(raw))}
    found |= {
        json.dumps(secret, ensure_ascii=ascii_)[1:-1].encode("utf-8", "surrogatepass") for ascii_ in (True, False)
    }
    found |= {repr(secret)[1:-1].encode("utf-8", "surrogatepass"), html.escape(secret).encode("utf-8", "surrogatepass")}
    found |= {secret.encode("utf-16-le", "surrogatepass").hex().encode(), base64.b32encode(raw).rstrip(b"=")}
    found |= {secret.encode("utf-16-le", "surrogatepass")}
    for shift in range(_ALIGNMENTS):
        found |= _in_base64(raw, shift)
    return tuple(sorted((one.lower() for one in found if len(one) >= ALONE), key=lambda one: (-len(one), one)))


def _in_base64(raw: bytes, shift: int) -> set[bytes]:
    """What of a secret is certain to stand in the base64 of a text in which it begins at a byte of this remainder."""
    packed = base64.b64encode(b"\0" * shift + raw)
    certain = packed[-(-shift * 8 // 6) : (shift + len(raw)) * 8 // 6]
    return {certain, certain.replace(b"+", b"-").replace(b"/", b"_"), certain.replace(b"/", b"\\/")}


_RUNS = re.compile(rb"[a-z0-9\x80-\xff]+")
_BREAKS = re.compile(rb"\\[nrt](?=.)|\xc2[\xa0\xad]|\xe2\x80[\x80-\xaf]|\xe2\x81[\xa0-\xaf]|\xe2\x94\x82|\xef\xbb\xbf")
"""Line breaks as JSON writes them, spaces and characters without ink, and the gutter of our own command line."""


_INK = b"abcdefghijklmnopqrstuvwxyz0123456789" + bytes(range(0x80, 0x100))
_OTHERS = bytes(set(range(256)) - set(_INK))


def bare(lowered: bytes) -> bytes:
    """Only the letters and digits of a text: quickly, without where they stood."""
    return _BREAKS.sub(b" ", lowered).translate(None, _OTHERS)


def skeleton(lowered: bytes) -> tuple[bytes, list[tuple[int, int]]]:
    """The same, and where its runs stood: (place in the skeleton, place in the text)."""
    plain = _BREAKS.sub(lambda broken: b" " * len(broken[0]), lowered)
    runs, places, length = [], [], 0
    for run in _RUNS.finditer(plain):
        runs.append(run[0])
        places.append((length, run.start()))
        length += len(run[0])
    return b"".join(runs), places


def bones(secret: str) -> tuple[bytes, ...]:
    """The letters and digits of a secret and of its base64, by which it is recognised when something was put in
    between, as mails break lines; those that have too few are left out.
    """
    raw = secret.encode("utf-8", "surrogatepass")
    shapes = {raw, *(one for shift in range(_ALIGNMENTS) for one in _in_base64(raw, shift))}
    return tuple(sorted({kept for one in shapes if len(kept := bare(one.lower())) >= ALONE}))
