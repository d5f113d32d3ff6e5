"""A rule carried from one stream of events into another, with all that makes it what it is. Pure."""

from __future__ import annotations

from engine.ledger import bodies as b
from engine.state.knowledge import Rule


def carried(rule: Rule, name: str, *, source: str, origin: str, wide: bool = False) -> b.RuleAdopted:
    """The rule under the id `name` of another stream; `source` is where it stands already, `wide` whether it is meant
    for all missions there.
    """
    return b.RuleAdopted(
        rule=name,
        text=rule.text,
        verbs=rule.verbs,
        origin=origin,
        strength="should" if rule.strength == "should" else "must",
        check=rule.check,
        downgraded=rule.downgraded,
        rationale=rule.rationale,
        wide=wide,
        source=source,
        expires=rule.expires,
        review_after=rule.review_after,
    )
