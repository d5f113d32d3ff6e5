"""Whether a text obeys a rule that a machine can check. Pure, and bounded: no check may hang.

A text that breaks a rule is quoted with the words that break it, and with no others.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import re2

from engine.ledger.bodies import RuleCheck

LONGEST = 20_000
"""Characters of one text that a pattern is run over."""
QUOTED = 60
"""Characters of a text that are quoted as what breaks a rule, at most."""
FIGURE = re.compile(
    r"(?:[$€£]\s?\d[\d.,]*|\d[\d.,]*\s?(?:%|percent\b|per cent\b|times\b|fold\b|x\b))(?:\s?(?:million|billion|k\b))?",
    re.IGNORECASE,
)
_CITED = re.compile(r"\bE\d{1,6}\b")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_HIDDEN = frozenset({"Cf", "Mn"})


@dataclass(frozen=True, slots=True)
class Breach:
    """How a text breaks a rule: what was found, and the words that say so."""

    why: str
    span: str


def breach(check: RuleCheck, text: str, evidence: Collection[str] = ()) -> Breach | None:
    """How a text breaks a rule, or None. `evidence` are the ids that a figure may stand beside; nothing breaks a
    rubric here.
    """
    match check.kind:
        case "lexicon":
            return _lexicon(check, text)
        case "regex":
            return _regex(check, text)
        case "length":
            return _length(check, text)
        case "schema":
            return _schema(check, text)
        case "citation":
            return _citation(text, evidence)
        case _:
            return None


def fault(check: RuleCheck) -> str:
    """Why a check cannot be used at all; empty when it can."""
    match check.kind:
        case "lexicon":
            return "" if any(_plain(word) for word in check.words) else "it names no word"
        case "regex":
            try:
                re2.compile(check.pattern)
            except re2.error as error:
                return f"its pattern does not compile: {str(error)[:120]}"
            return "" if check.pattern else "it has no pattern"
        case "length":
            if not check.most and not check.least:
                return "it names no number of words"
            return "" if not check.most or check.least <= check.most else "it asks for more words than it allows"
        case "schema":
            try:
                return "" if isinstance(json.loads(check.pattern), dict) else "its schema is no JSON object"
            except (ValueError, RecursionError):
                return "its schema is no JSON"
        case _:
            return ""


def said(check: RuleCheck) -> str:
    """The check in one line, as people read it."""
    listed = ", ".join(f"“{word}”" for word in check.words)
    match check.kind:
        case "lexicon":
            return f"must hold one of {listed}" if check.wants else f"must not hold {listed}"
        case "regex":
            return f"must {'' if check.wants else 'not '}match {check.pattern}"
        case "length":
            parts = [f"at most {check.most} words"] if check.most else []
            return ", ".join([*parts, *([f"at least {check.least} words"] if check.least else [])])
        case "schema":
            return "must be JSON of its schema"
        case "citation":
            return "every figure stands beside the id of its evidence"
        case _:
            return "not machine-checkable: a reviewer is asked"


def _plain(text: str) -> str:
    """Without what the eye does not see and what only looks different: so that hiding a word does not help."""
    shown = unicodedata.normalize("NFKC", text[:LONGEST])
    return "".join(c for c in unicodedata.normalize("NFD", shown) if unicodedata.category(c) not in _HIDDEN).casefold()


def tokens_of(text: str) -> list[str]:
    """The words of a text, folded."""
    return re.findall(r"[^\W_]+", _plain(text))


def _lexicon(check: RuleCheck, text: str) -> Breach | None:
    words = tokens_of(text)
    found = next((word for word in check.words if _holds(words, text, word)), "")
    if check.wants:
        listed = ", ".join(f"“{word}”" for word in check.words)
        return None if found else Breach(f"holds none of {listed}", "(nothing of it)")
    return Breach(f"says “{found}”", found[:QUOTED]) if found else None


def _holds(words: Sequence[str], text: str, wanted: str) -> bool:
    parts = tokens_of(wanted)
    if not parts:  # marks alone: an exclamation mark, an emoji
        return bool(wanted.strip()) and _plain(wanted.strip()) in _plain(text)
    return any(list(words[start : start + len(parts)]) == parts for start in range(len(words) - len(parts) + 1))


def _regex(check: RuleCheck, text: str) -> Breach | None:
    try:
        found = re2.search(check.pattern, text[:LONGEST])
    except re2.error:
        return None
    if check.wants:
        return None if found else Breach("does not match what it must match", "(nothing of it)")
    return Breach("matches what it must not", found.group(0)[:QUOTED] or "(an empty match)") if found else None


def _length(check: RuleCheck, text: str) -> Breach | None:
    count = len(text.split())
    if check.most and count > check.most:
        return Breach(f"{count} words, at most {check.most}", f"{count} words")
    if check.least and count < check.least:
        return Breach(f"{count} words, at least {check.least}", f"{count} words")
    return None


def _schema(check: RuleCheck, text: str) -> Breach | None:
    from engine.verify.schemas import fault as misfit  # jsonschema takes its time, and few rules need it

    try:
        wrong = misfit(json.loads(check.pattern), text)
    except (ValueError, RecursionError):
        return None
    return Breach(wrong, wrong[:QUOTED]) if wrong else None


def _citation(text: str, evidence: Collection[str]) -> Breach | None:
    for figure in uncited(text, evidence):
        return Breach("a figure without the id of its evidence", figure[:QUOTED])
    return None


def uncited(text: str, evidence: Collection[str]) -> Iterator[str]:
    """The figures of a text beside which no id of evidence stands in the same sentence."""
    for sentence in _SENTENCE.split(text[:LONGEST]):
        if set(_CITED.findall(sentence)).isdisjoint(evidence):
            yield from (found.group(0).strip() for found in FIGURE.finditer(sentence))
