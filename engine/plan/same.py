"""Whether two hypotheses say the same: by their telling words, their names, and what they deny. Pure, and cheap.

It knows no meaning: what is said in other words is not recognised. What it recognises should be a repetition, so what
the two name differently, or deny differently, keeps them apart.
"""

from __future__ import annotations

import re
from functools import lru_cache

from engine.values import PPM

ALIKE, NAMED = 600_000, 400_000
"""Parts per million of their telling words that two hypotheses share, from which on one repeats the other; and where
their branches have the same name.
"""
NOT = frozenset({"no", "not", "never", "without", "avoid", "dont", "don", "t", "cannot"})
COMMON = frozenset(
    {"a", "about", "an", "and", "are", "as", "at", "be", "by", "for", "from", "has", "have", "in", "is", "it", "more"}
    | {"of", "on", "or", "own", "than", "that", "the", "their", "them", "they", "this", "to", "when", "with", "who"}
)
WORD = re.compile(r"[a-z0-9äöüß]+")
_NAME = re.compile(r"(?<![.!?:]\s)(?<!^)\b[A-ZÄÖÜ][\w-]*|\b\d[\d.,]*\b")
_MAIL = re.compile(r"\be-?mail")
_DOUBLED = re.compile(r"([bdgklmnprt])\1$")
_ENDINGS = ("ings", "ing", "ies", "ied", "ed", "es", "s", "e", "y")


@lru_cache(maxsize=4096)
def stem(word: str) -> str:
    """A word without its ending: `answers`, `answered` and `answering` are one, `replies` and `reply` too."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return _DOUBLED.sub(r"\1", word.removesuffix(ending))
    return word


@lru_cache(maxsize=4096)
def words(text: str) -> frozenset[str]:
    """The telling words of a text, by their stems; what it denies is told apart."""
    plain = _MAIL.sub("mail", text.casefold())
    return frozenset(stem(word) for word in WORD.findall(plain) if word not in COMMON and word not in NOT)


def alike(one: str, other: str) -> int:
    """How much two texts say the same, in parts per million: shared telling words of all of both."""
    mine, theirs = words(one), words(other)
    union = len(mine | theirs)
    return len(mine & theirs) * PPM // union if union else 0


def apart(one: str, other: str) -> bool:
    """Whether two texts are about different things, however much they sound alike: each names something, or a number,
    that the other does not, or only one of them denies.
    """
    mine, theirs = _names(one), _names(other)
    return bool(mine - theirs and theirs - mine) or _denies(one) != _denies(other)


@lru_cache(maxsize=4096)
def _names(text: str) -> frozenset[str]:
    return frozenset(stem(name.casefold()) for name in _NAME.findall(text.strip()))


def _denies(text: str) -> bool:
    return not (NOT | {"nobody", "none"}).isdisjoint(WORD.findall(text.casefold().replace("'", "").replace("’", "")))


def repeats(key: str, hypothesis: str, other_key: str, other: str) -> bool:
    """Whether a branch supposes what another one has supposed. `gtm/cold-mail (gtm)` and `cold-mail-2` are one name."""
    if apart(hypothesis, other):
        return False
    mine, theirs = _named(key), _named(other_key.partition(" ")[0].rpartition("/")[2])
    bar = NAMED if mine and mine == theirs else ALIKE
    return alike(hypothesis, other) >= bar


def _named(key: str) -> frozenset[str]:
    return frozenset(word for word in words(key) if not word.isdigit())
