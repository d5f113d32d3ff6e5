"""Figures and verbs as people write them: `Two weeks`, `$500`, `every other day`, `sending`. Pure.

Each reader gives what it found together with the words it found it in, so that a person can check the reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
_NAMED = {word: value for value, word in enumerate(_SMALL)} | {
    "a": 1, "an": 1, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90,
    "hundred": 100, "a hundred": 100, "one hundred": 100, "a couple of": 2, "a dozen": 12,
}  # fmt: skip
_COUNT = "|".join(sorted((re.escape(word) for word in _NAMED), key=len, reverse=True))
NUMBER = rf"(?:\d{{1,3}}(?:,\d{{3}})+|\d{{1,9}}|{_COUNT})"
_AMOUNT = r"\d{1,3}(?:,\d{3})+(?:\.\d{1,6})?|\d{1,9}(?:\.\d{1,6})?"
_MONEY = re.compile(
    rf"(?i)\$\s?(?P<a>{_AMOUNT})(?P<ka>\s?k\b)?"
    rf"|\b(?P<b>{_AMOUNT})(?P<kb>\s?k)?\s?(?:usd|us dollars|dollars?)\b"
    rf"|\b(?P<c>{_COUNT})\s+(?:usd|us dollars|dollars?)\b"
)
_FOREIGN = re.compile(r"(?i)[€£¥]|\b(?:eur|euros?|gbp|pounds?|chf|francs?|yen|jpy)\b")
_UNITS = {"second": "s", "minute": "m", "min": "m", "hour": "h", "hr": "h", "day": "d", "week": "w", "month": "month"}
_UNIT = "|".join(_UNITS)
_DURATION = re.compile(rf"(?i)\b(?P<n>{NUMBER})[\s-]+(?:(?:calendar|working|business)\s+)?(?P<u>{_UNIT})s?\b")
_SHORT = re.compile(r"\b(?P<n>\d{1,6})\s?(?P<u>[smhdw])\b")
_EVERY = {
    "hourly": "1h", "every hour": "1h", "daily": "1d", "every day": "1d", "each day": "1d", "every morning": "1d",
    "every evening": "1d", "weekly": "1w", "every week": "1w", "each week": "1w", "every other day": "2d",
    "every second day": "2d", "every other week": "2w", "fortnightly": "2w",
}  # fmt: skip
_OFTEN = re.compile("(?i)\\b(?:" + "|".join(sorted(_EVERY, key=len, reverse=True)) + ")\\b")
_CLOCK = re.compile(
    r"(?i)\bat\s+(?:(?P<h>\d{1,2})(?::(?P<m>\d{2}))?\s*(?P<half>am|pm)?|(?P<noon>noon|midnight))(?![\w:])"
)
_PERCENT = re.compile(r"(?P<n>\d{1,3}(?:\.\d{1,4})?)\s?(?:%|percent\b)")

VERBS: dict[str, str] = {
    "research": r"research(?:ing|es)?|search(?:ing|es)?|brows(?:e|ing)|investigat(?:e|ing|ion)",
    "read": r"read(?:ing|s)?",
    "draft": r"draft(?:ing|s)?|writ(?:e|ing|es)",
    "enrich": r"enrich(?:ing|ment|es)?",
    "analyze": r"analy[sz](?:e|ing|es)|analysis",
    "prepare": r"prepar(?:e|ing|es|ation)",
    "build": r"build(?:ing|s)?|implement(?:ing|ation|s)?|cod(?:e|ing)",
    "test": r"test(?:ing|s)?|measur(?:e|ing|ement)|evaluat(?:e|ing|ion)",
    "review": r"review(?:ing|s)?",
    "send": r"sen(?:d(?:ing|s)?|t)|e-?mail(?:ing|ed|s)?|mail(?:ing|ed|s)?",
    "publish": r"publish(?:ing|ed|es)?|publication|post(?:ing|ed|s)?",
    "spend": r"spen(?:d(?:ing|s)?|t)|pa(?:y(?:ing|ments?)?|id)|b(?:uy(?:ing|s)?|ought)|purchas(?:e[ds]?|ing)",
    "contact": r"contact(?:ing|ed|s)?|reach(?:ing)? out|messag(?:ed?|ing)|call(?:ing)? (?:people|leads|customers)",
    "deploy": r"deploy(?:ing|ed|ments?|s)?|releas(?:e[ds]?|ing)|ship(?:ping|ped|s)?",
    "merge": r"merg(?:e[ds]?|ing)",
    "delete": r"delet(?:e[ds]?|ing|ion)|remov(?:e[ds]?|ing|al)",
}
"""The verbs of a contract, and the words that people write for them."""
_VERB = {verb: re.compile(rf"(?i)\b(?:{pattern})\b") for verb, pattern in VERBS.items()}


@dataclass(frozen=True, slots=True)
class Found:
    """A value as a contract writes it, and the words that said it."""

    value: str
    words: str
    start: int = 0


def count(text: str) -> int | None:
    """The number that a few words name: `three`, `1,000`, `a dozen`; None for none."""
    plain = text.strip().lower().replace(",", "")
    if plain.isascii() and plain.isdigit():
        return int(plain)
    return _NAMED.get(plain)


def money(text: str) -> Found | None:
    """The first amount in dollars: `500 USD`."""
    match = _MONEY.search(text)
    if match is None:
        return None
    amount = Decimal(str(count(match["c"]))) if match["c"] else Decimal((match["a"] or match["b"]).replace(",", ""))
    amount *= 1000 if match["ka"] or match["kb"] else 1
    shown = f"{amount:f}"
    return Found(f"{shown.rstrip('0').rstrip('.') if '.' in shown else shown} USD", match[0].strip(), match.start())


def other_money(text: str) -> str:
    """The word of another currency; empty where there is none."""
    match = _FOREIGN.search(text)
    return match[0] if match else ""


def durations(text: str) -> Iterator[Found]:
    """Every duration: `14d` for *two weeks*, `30d` for *a month*."""
    for match in _DURATION.finditer(text):
        number = count(match["n"])
        if number:
            unit = _UNITS[match["u"].lower()]
            value = f"{30 * number}d" if unit == "month" else f"{7 * number}d" if unit == "w" else f"{number}{unit}"
            yield Found(value, match[0], match.start())
    for match in _SHORT.finditer(text):
        days = f"{7 * int(match['n'])}d" if match["u"] == "w" else match[0].replace(" ", "")
        yield Found(days, match[0], match.start())


def often(text: str) -> Found | None:
    """How often something is done: `2d` for *every two days*, *every other day*."""
    for every in re.finditer(r"(?i)\b(?:every|each|once (?:a|an|every))\s+", text):
        rest = text[every.end() :]
        for found in durations(rest):
            if found.start == 0:
                return Found(found.value, every[0] + found.words, every.start())
        unit = re.match(rf"(?i)(?P<u>{_UNIT})s?\b", rest)
        if unit and not _OFTEN.match(text, every.start()):
            return Found(next(durations(f"1 {unit['u']}")).value, every[0] + unit[0], every.start())
    match = _OFTEN.search(text)
    return Found(_EVERY[match[0].lower()], match[0], match.start()) if match else None


def clock(text: str) -> Found | None:
    """A time of day: `09:00` for *at 9*, *at 9 am*."""
    match = _CLOCK.search(text)
    if match is None:
        return None
    if match["noon"]:
        return Found("12:00" if match["noon"].lower() == "noon" else "00:00", match[0], match.start())
    hour, minute, half = int(match["h"]), int(match["m"] or 0), (match["half"] or "").lower()
    if not match["m"] and not half and re.match(r"\s*(?:least|most)", text[match.end() :]):
        return None
    hour = hour % 12 + (12 if half == "pm" else 0) if half else hour
    return Found(f"{hour:02}:{minute:02}", match[0], match.start()) if hour < 24 and minute < 60 else None


def percent(text: str) -> Found | None:
    """A share as a number between 0 and 1: `0.08` for *8%*."""
    match = _PERCENT.search(text)
    if match is None or Decimal(match["n"]) > 100:
        return None
    value = f"{Decimal(match['n']) / 100:f}"
    return Found(value if "." in value else f"{value}.0", match[0], match.start())


def verbs(text: str) -> list[Found]:
    """The verbs that a list of actions names, in its order, each once."""
    found = [Found(verb, match[0], match.start()) for verb, pattern in _VERB.items() if (match := pattern.search(text))]
    return sorted(found, key=lambda each: each.start)


_ASKS = re.compile(
    r"(?i)\b(?:ask|asks|asking|asked|approv\w+|permission|sign[- ]?off|confirm\w*|check with|my (?:ok|okay|yes))\b"
)
_NEVER = re.compile(r"(?i)\b(?:never|no|not|nothing|nobody|without|avoid|(?:do|must|may|should|can)n['’]?t|cannot)\b")


def mood(sentence: str) -> str:
    """Whether a sentence about actions says of itself that they are `restricted` or `forbidden`; else empty."""
    return "restricted" if _ASKS.search(sentence) else "forbidden" if _NEVER.search(sentence) else ""


def listed(text: str) -> list[str]:
    """The entries of a list in prose: split at commas, semicolons, lines and a last *and*."""
    parts = re.split(r"[,;\n]|(?<=\w)\s+and\s+(?=\w)", text)
    plain = (re.sub(r"(?i)^(?:and|or)\s+", "", part.strip()).strip(" .") for part in parts)
    return [part for part in plain if part]


def slug(text: str, joint: str = "_", longest: int = 40) -> str:
    """A name for a contract: `reply_rate`; empty when nothing of it is left."""
    plain = re.sub(r"[^a-z0-9]+", joint, text.lower()).strip(joint)
    plain = re.sub(r"^[^a-z]+", "", plain)
    if len(plain) > longest:
        plain = plain[: longest + 1].rpartition(joint)[0] or plain[:longest]
    return plain.strip(joint)
