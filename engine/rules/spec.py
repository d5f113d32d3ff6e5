"""A check as people write it: `max_words=60`, `banned=cheap, free`, `regex=\\bASAP\\b`, `rubric`. Pure."""

from __future__ import annotations

from engine.errors import BadInputError
from engine.ledger.bodies import RuleCheck
from engine.rules.check import fault
from engine.rules.draft import listed

FORMS = (
    "max_words=N, min_words=N, banned=WORDS, wanted=WORDS, regex=P (must not match), match=P, schema=JSON, citation, "
    "rubric"
)
"""What `parse` understands."""


def parse(text: str) -> RuleCheck:
    """The check that a text says. Raises `BadInputError`."""
    name, _, value = text.partition("=")
    name, value = name.strip().casefold().replace("-", "_"), value.strip()
    try:
        made = _made(name, value)
    except ValueError:
        made = None
    if made is None:
        raise BadInputError("--check", f"{text[:80]!r} is no check", f"one of {FORMS}")
    if wrong := fault(made):
        raise BadInputError("--check", wrong, f"one of {FORMS}")
    return made


def _made(name: str, value: str) -> RuleCheck | None:
    match name:
        case "max_words":
            return RuleCheck(kind="length", most=int(value))
        case "min_words":
            return RuleCheck(kind="length", least=int(value))
        case "banned" | "lexicon":
            return RuleCheck(kind="lexicon", words=listed(value))
        case "wanted":
            return RuleCheck(kind="lexicon", words=listed(value), wants=True)
        case "regex":
            return RuleCheck(kind="regex", pattern=value)
        case "match":
            return RuleCheck(kind="regex", pattern=value, wants=True)
        case "schema":
            return RuleCheck(kind="schema", pattern=value)
        case "citation":
            return RuleCheck(kind="citation")
        case "rubric":
            return RuleCheck()
        case _:
            return None
