"""A plain index over short texts: how well each fits what is asked, as a whole number. Pure.

Words are folded and cut to their stems in the simplest way (a plural s, -ing, -ed); a word that few texts hold says
more than one that many hold. No float, so that the same texts give the same order on every machine.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

_IDLE = frozenset(
    {"a", "an", "the", "to", "of", "in", "and", "or", "it", "is", "be", "are", "was", "were", "that", "this", "we"}
    | {"you", "our", "your", "for", "with", "on", "at", "by", "as", "from", "than", "then", "not", "no", "one", "more"}
    | {"most", "all", "any", "each", "has", "have", "had", "will", "can", "may", "should", "must", "who", "what"}
    | {"when", "which"}
)


def words(text: str) -> list[str]:
    """The words of a text that say something, folded and cut."""
    return [_cut(word) for word in re.findall(r"[^\W_]+", text.casefold()) if len(word) > 1 and word not in _IDLE]


def _cut(word: str) -> str:
    for ending, least in (("ings", 4), ("ing", 4), ("ies", 3), ("ed", 4), ("es", 4), ("s", 3)):
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word


def scores(texts: Mapping[str, str], query: str) -> dict[str, int]:
    """How well each text fits a query, by its id, in hundredths of the best that a text of its words could get; texts
    that share no word with it are left out.
    """
    if not texts:  # as it mostly is, and is asked at every decision
        return {}
    asked = set(words(query))
    held = {name: Counter(words(text)) for name, text in texts.items()}
    spread = Counter(word for counted in held.values() for word in counted)
    rarity = {word: 1_000 // count + 50 for word, count in spread.items()}
    found = {}
    for name, counted in held.items():
        if shared := asked & counted.keys():
            best = sum(rarity[word] for word in counted)
            found[name] = 100 * sum(rarity[word] for word in shared) // best
    return found


def ranked(texts: Mapping[str, str], query: str, *, least: int = 1, most: int | None = None) -> list[tuple[str, int]]:
    """Ids and scores of the texts that fit best, best first; of equals, in the order of the texts."""
    found = scores(texts, query)
    order = sorted((name for name in texts if found.get(name, 0) >= least), key=lambda name: -found[name])
    return [(name, found[name]) for name in order[:most]]


def cited(text: str, known: Iterable[str]) -> tuple[str, ...]:
    """The ids that a text names, of those that are known, in its order."""
    there = set(known)
    return tuple(dict.fromkeys(name for name in re.findall(r"\b[A-Z]\d{1,6}(?:\.\d+)?\b", text) if name in there))
