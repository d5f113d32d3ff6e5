"""What makes an item of a batch stand out from the others: the reason for its `≠`. Pure; computed, no opinion."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from cockpit.screens.attention.strict import hidden, remark

ROLES = frozenset(
    {
        *("abuse", "accounting", "admin", "billing", "career", "careers", "contact", "customerservice", "enquiries"),
        *("feedback", "finance", "hello", "help", "hi", "hr", "info", "inquiries", "invoices", "jobs", "legal", "mail"),
        *("marketing", "media", "news", "newsletter", "no-reply", "noreply", "office", "orders", "partners", "press"),
        *("postmaster", "pr", "privacy", "sales", "security", "service", "shop", "support", "team", "webmaster"),
    }
)
"""Names before the @ that belong to nobody in particular."""
_LINK = re.compile(r"https?://|\bwww\.", re.IGNORECASE)
_PRICE = re.compile(r"[$€£¥]\s?\d|\d(?:[.,]\d+)?\s?(?:%|€|£|USD\b|EUR\b|GBP\b)")
_SIGNATURE = "\n-- \n"
ALMOST = 5
"""A batch needs so many items before the few are told from the many."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What is compared: where it goes, who sends it, and its text."""

    to: str
    sender: str
    subject: str
    text: str
    addressed: str = ""
    intact: bool = True


def stands_out(letters: Sequence[Letter]) -> list[str]:
    """For each item why it stands out, in two or three words; empty for most."""
    out = [_alone(letter) for letter in letters]
    for reason in (_senders, _links, _prices, _lengths):
        for place, said in enumerate(reason(letters)):
            out[place] = out[place] or said
    return out


def _alone(letter: Letter) -> str:
    if not letter.intact:
        return "broken bytes"
    count = sum(hidden(text) for text in (letter.to, letter.subject, letter.text, letter.sender))
    if count:
        return "1 hidden character" if count == 1 else f"{count} hidden characters"
    words = f"{letter.to} {letter.sender} {letter.subject} {letter.text}"
    if not words.isascii() or "xn--" in words.lower():
        notes = [note for word in set(words.split()) if (note := remark(word))]
        if any(note.startswith("≠") for note in notes):
            return "mixed scripts"
        if notes:
            return "foreign domain"
    if letter.addressed and letter.to and letter.to.lower() not in letter.addressed.lower():
        return "another To"
    local = letter.to.partition("@")[0].partition("+")[0].lower()
    return "role inbox" if "@" in letter.to and local in ROLES else ""


def _senders(letters: Sequence[Letter]) -> list[str]:
    return _unlike(letters, lambda letter: letter.sender, lambda _value: "another sender")


def _links(letters: Sequence[Letter]) -> list[str]:
    return _unlike(
        letters,
        lambda letter: len(_LINK.findall(letter.text)),
        lambda count: "no link" if not count else "1 link" if count == 1 else f"{count} links",
    )


def _prices(letters: Sequence[Letter]) -> list[str]:
    def priced(letter: Letter) -> bool:
        return bool(_PRICE.search(_body(letter)))

    return _unlike(letters, priced, lambda found: "a price" if found else "no price")


def _unlike(letters: Sequence[Letter], value: Callable[[Letter], object], words: Callable[[object], str]) -> list[str]:
    """Those that differ from almost all the others: from four of five of a batch that is large enough."""
    if len(letters) < ALMOST:
        return ["" for _letter in letters]
    values = [value(letter) for letter in letters]
    usual, count = Counter(values).most_common(1)[0]
    if count * 5 < len(letters) * 4:
        return ["" for _letter in letters]
    return ["" if one == usual else words(one) for one in values]


def _lengths(letters: Sequence[Letter]) -> list[str]:
    if len(letters) < ALMOST:
        return ["" for _letter in letters]
    sizes = [len(_body(letter)) for letter in letters]
    middle = median(sizes)
    return [
        "much longer"
        if size > 1.7 * middle and size - middle > 120
        else "much shorter"
        if size < 0.55 * middle and middle - size > 120
        else ""
        for size in sizes
    ]


def _body(letter: Letter) -> str:
    """The text without its signature, which every item has alike."""
    return letter.text.rpartition(_SIGNATURE)[0] or letter.text
