"""How a provider tells what came back: one `Result`, its text capped and well-formed, the hash over everything."""

from __future__ import annotations

from engine.tools.protocol import TEXT_CAP, Result
from engine.values import sha256

SOURCE_CAP = 500


def shortened(text: str, cap: int) -> str:
    """`text` in at most `cap` characters, with an ellipsis where it was cut."""
    return text if len(text) <= cap else text[: cap - 1] + "…"


def clean(text: str) -> str:
    """`text` as valid Unicode without NUL: what cannot be stored is replaced."""
    return text.encode("utf-8", errors="replace").decode("utf-8").replace("\0", "\ufffd")


def told(text: str, *, source: str, content: bytes | None = None, ok: bool = True, more: bool = False) -> Result:
    """A result. `content` is everything that came back, of which `text` tells; None means the text itself. `more` says
    that there was more than `text` holds.
    """
    whole = clean(text)
    shown, cut = whole, more
    if len(whole) > TEXT_CAP:
        note = f"\n[cut here: {len(whole)} characters in all]"
        shown, cut = whole[: TEXT_CAP - len(note)] + note, True
    evidence = whole.encode() if content is None else content
    return Result(ok=ok, text=shown, source=shortened(clean(source), SOURCE_CAP), cut=cut, sha=sha256(evidence))


def failed(why: str, *, source: str = "") -> Result:
    """A call that did not do what was asked: one sentence for whoever asked."""
    return Result(ok=False, text=shortened(clean(why), TEXT_CAP), source=shortened(clean(source), SOURCE_CAP))


def one_line(text: str, cap: int = 200) -> str:
    """Text from elsewhere inside a sentence of ours: one line, nothing invisible, at most `cap` characters."""
    plain = "".join(char if char.isprintable() else " " for char in clean(text[: cap * 4]))
    return shortened(" ".join(plain.split()), cap)
