"""From a reason to a drafted rule: deterministic templates, no model. Pure.

The words of a rule are those of the human who gave the reason and of the templates here. Nothing that a worker wrote
ever becomes part of one: it only serves to measure a limit, and to prove the check.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.ledger.bodies import RuleCheck
from engine.rules.check import FIGURE

CHIPS = (
    "too long",
    "too short",
    "wrong tone",
    "claims we cannot back",
    "names a competitor: ",
    "banned word: ",
)
"""Reasons that are often meant; one that ends in a colon is to be filled in."""
LONGEST = 1_900
PRICE = r"(?i)([$€£]\s?\d|\d[\d.,]*\s?(USD|EUR|GBP|dollars?|euros?|pounds?)\b)"
LINK = r"(?i)\b(https?://|www\.)\S+"


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule as it is proposed to a human: its text, and how it would be checked."""

    text: str
    check: RuleCheck = RuleCheck()
    why: str = ""
    """Why it has no check, where a reason seems to ask for one."""


def draft(reason: str, rejected: Sequence[str] = (), approved: Sequence[str] = ()) -> Draft:
    """The rule that a reason asks for. `rejected` and `approved` are texts that a limit is measured on."""
    said = " ".join(reason.split())[:LONGEST]
    for pattern, make in _TEMPLATES:
        if found := re.search(pattern, said, re.IGNORECASE):
            made = make(found, said, tuple(rejected), tuple(approved))
            if made is not None:
                return made
    return Draft(said)


def _words(text: str) -> int:
    return len(text.split())


def _named_limit(found: re.Match[str], said: str, _rejected: Sequence[str], _approved: Sequence[str]) -> Draft:
    return Draft(said, RuleCheck(kind="length", most=int(found["n"])))


def _named_least(found: re.Match[str], said: str, _rejected: Sequence[str], _approved: Sequence[str]) -> Draft:
    return Draft(said, RuleCheck(kind="length", least=int(found["n"])))


def _too_long(_found: re.Match[str], said: str, rejected: Sequence[str], approved: Sequence[str]) -> Draft:
    """Three quarters of the shortest text that was rejected, and no less than what was approved."""
    if not rejected:
        return Draft(said, why="no text was rejected that a limit could be measured on")
    shortest = min(map(_words, rejected))
    most = max(shortest * 3 // 4 // 5 * 5, 5, *(_words(text) for text in approved), 0)
    if most >= shortest:
        return Draft(said, why=f"texts as long as the rejected one ({shortest} words) were approved")
    return Draft(f"Write at most {most} words.", RuleCheck(kind="length", most=most))


def _too_short(_found: re.Match[str], said: str, rejected: Sequence[str], approved: Sequence[str]) -> Draft:
    if not rejected:
        return Draft(said, why="no text was rejected that a limit could be measured on")
    longest = max(map(_words, rejected))
    least = min([-(-longest * 5 // 4 // 5) * 5 + 5, *(_words(text) for text in approved)])
    if least <= longest:
        return Draft(said, why=f"texts as short as the rejected one ({longest} words) were approved")
    return Draft(f"Write at least {least} words.", RuleCheck(kind="length", least=least))


def _banned(found: re.Match[str], _said: str, _rejected: Sequence[str], _approved: Sequence[str]) -> Draft | None:
    words = listed(found["words"])
    return Draft(f"Never say {_quoted(words)}.", RuleCheck(kind="lexicon", words=words)) if words else None


def _wanted(found: re.Match[str], _said: str, _rejected: Sequence[str], _approved: Sequence[str]) -> Draft | None:
    words = listed(found["words"])
    if not words:
        return None
    return Draft(f"Always say {_quoted(words, 'or')}.", RuleCheck(kind="lexicon", words=words, wants=True))


def _tone(found: re.Match[str], _said: str, _rejected: Sequence[str], _approved: Sequence[str]) -> Draft:
    how = (found["how"] or "").strip(" .")
    return Draft(f"Mind the tone: {how}." if how else "Mind the tone: it was rejected as wrong.")


def _competitor(found: re.Match[str], _said: str, _rejected: Sequence[str], _approved: Sequence[str]) -> Draft:
    words = listed(found["words"] or "")
    if not words:
        return Draft("Name no competitor.", why="it does not say which: names a competitor: NAME, NAME")
    return Draft(f"Never name {_quoted(words)}: a competitor.", RuleCheck(kind="lexicon", words=words))


def _unbacked(_found: re.Match[str], _said: str, rejected: Sequence[str], _approved: Sequence[str]) -> Draft:
    text = "Claim nothing that the evidence does not back"
    if not any(FIGURE.search(one) for one in rejected):
        return Draft(f"{text}.", why="the rejected text has no figure that could be looked for")
    return Draft(f"{text}: every figure stands beside the id of its evidence.", RuleCheck(kind="citation"))


def _pattern(text: str, pattern: str) -> Callable[[re.Match[str], str, Sequence[str], Sequence[str]], Draft]:
    def make(_found: re.Match[str], said: str, _rejected: Sequence[str], _approved: Sequence[str]) -> Draft:
        return Draft(said if _imperative(said) else text, RuleCheck(kind="regex", pattern=pattern))

    return make


def _imperative(said: str) -> bool:
    return bool(re.match(r"(?i)(never|always|no|do not|don't|avoid|must|write|say|name|use|keep)\b", said))


_QUOTE = '"“”„‘’«»'
_PART = re.compile(rf"[{_QUOTE}](?P<quoted>[^{_QUOTE}]{{1,80}})[{_QUOTE}]|(?P<bare>[^,;{_QUOTE}]+)")


def listed(words: str) -> tuple[str, ...]:
    """The words of a list that a human typed: `cheap, "best of all" and free`."""
    parts: list[str] = []
    for found in _PART.finditer(words):
        bare = re.split(r"\s+(?:and|or)\s+|^(?:and|or)\s+|\s+(?:and|or)$", found["bare"]) if found["bare"] else []
        parts += [found["quoted"]] if found["quoted"] else [part or "" for part in bare]
    cleaned = (part.strip().rstrip(".").strip()[:80] for part in parts)
    return tuple(dict.fromkeys(part for part in cleaned if part and part not in {"and", "or"}))[:40]


def _quoted(words: Sequence[str], joint: str = "or") -> str:
    shown = [f"“{word}”" for word in words]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {joint} {shown[-1]}"


_Make = Callable[[re.Match[str], str, Sequence[str], Sequence[str]], Draft | None]
_TEMPLATES: tuple[tuple[str, _Make], ...] = (
    (
        r"\b(?:at most|under|below|max(?:imum)?(?: of)?|no more than|not more than) (?P<n>\d{1,6}) words?\b",
        _named_limit,
    ),
    (r"\b(?:at least|over|min(?:imum)?(?: of)?|no less than|not less than) (?P<n>\d{1,6}) words?\b", _named_least),
    (r"^banned(?: words?)?:\s*(?P<words>.+)$", _banned),
    (r"^(?:never|do not|don't|must not) (?:say|write|use)(?: the words?)? (?P<words>[\"“'‘«].+)$", _banned),
    (r"^avoid(?: the)? words? (?P<words>.+)$", _banned),
    (r"^(?:never|do not|don't) (?:say|use) the words? (?P<words>.+)$", _banned),
    (r"^(?:always|must) (?:say|mention|name|write|use) (?P<words>[\"“'‘«].+)$", _wanted),
    (r"^(?:wanted|required)(?: words?)?:\s*(?P<words>.+)$", _wanted),
    (r"^wrong tone(?::\s*(?P<how>.*))?$", _tone),
    (r"^names? (?:a |no |our )?competitors?(?::\s*(?P<words>.*))?$", _competitor),
    (r"\bclaims? (?:that )?(?:we|you|they) (?:cannot|can't|can not) (?:back|prove)\b|\bunbacked claims?\b", _unbacked),
    (r"\btoo long\b|^shorter\b", _too_long),
    (r"\btoo short\b|^longer\b", _too_short),
    (r"\b(?:no|never|without|too many) exclamation marks?\b", _pattern("Use no exclamation marks.", "!")),
    (r"\b(?:no|never|without|mentions?) (?:\w+ )?(?:prices?|amounts of money)\b", _pattern("Name no prices.", PRICE)),
    (r"\b(?:no|never|without|too many) (?:\w+ )?links?\b", _pattern("Hold no links.", LINK)),
)
