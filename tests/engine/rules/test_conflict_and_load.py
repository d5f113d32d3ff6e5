"""Rules that contradict each other, and what to do when there are too many."""

from __future__ import annotations

from typing import Any

from engine.ledger.bodies import RuleCheck
from engine.rules.conflict import conflicts
from engine.rules.load import Load, merges, tired
from engine.state.knowledge import Rule

SAYS = RuleCheck(kind="lexicon", words=("unsubscribe",), wants=True)
NEVER = RuleCheck(kind="lexicon", words=("unsubscribe", "free"))


def rule(name: str, text: str = "x", check: RuleCheck | None = None, **more: Any) -> Rule:
    given: dict[str, Any] = {"branch": "", "roles": (), "origin": "", "at": int(name[1:])} | more
    return Rule(id=name, text=text, check=check or RuleCheck(), **given)


def clash(one: Rule, other: Rule) -> tuple[str, str] | None:
    found = list(conflicts(one, [other, one], 100))
    return (found[0].winner, found[0].why) if found else None


def test_two_musts_of_the_same_scope_have_no_winner() -> None:
    said = clash(rule("R2", check=SAYS), rule("R1", check=NEVER))
    assert said == ("", "one asks for “unsubscribe”, the other forbids it")


def test_newer_before_narrower_before_must_and_ours_before_all() -> None:
    wide = rule("R1", check=NEVER)
    assert clash(rule("R2", check=SAYS, branch="B2"), wide) == (
        "R2",
        "one asks for “unsubscribe”, the other forbids it",
    )
    from_home = rule("R3", check=NEVER, source="home/R1")
    assert (clash(from_home, rule("R2", check=SAYS, branch="B2")) or ("",))[0] == "R2"
    same_moment = rule("R4", check=NEVER, at=5), rule("R5", check=SAYS, branch="B2", at=5)
    assert (clash(*same_moment) or ("",))[0] == "R5"
    should = rule("R6", check=NEVER, at=5, strength="should")
    assert (clash(should, rule("R7", check=SAYS, at=5)) or ("",))[0] == "R7"


def test_lengths_that_leave_no_room_contradict_each_other() -> None:
    most, least = RuleCheck(kind="length", most=50), RuleCheck(kind="length", least=80)
    assert (clash(rule("R1", check=most), rule("R2", check=least)) or ("", ""))[1].startswith(
        "one asks for at least 80"
    )
    assert clash(rule("R1", check=most), rule("R2", check=RuleCheck(kind="length", most=20))) is None


def test_texts_alone_contradict_each_other_about_the_same_words() -> None:
    assert clash(rule("R1", "Never mention prices"), rule("R2", "Always mention prices")) is not None
    assert clash(rule("R1", "Never mention prices"), rule("R2", "Never mention discounts")) is None
    assert clash(rule("R1", "Do not shout"), rule("R2", "Answer within a day")) is None


def test_rules_that_never_meet_and_rules_that_bind_nobody_do_not_clash() -> None:
    assert clash(rule("R1", check=NEVER, branch="B2"), rule("R2", check=SAYS, branch="B3")) is None
    assert clash(rule("R1", check=NEVER, verbs=("send",)), rule("R2", check=SAYS, verbs=("publish",))) is None
    assert clash(rule("R1", check=NEVER), rule("R2", check=SAYS, retired="gone")) is None
    assert clash(rule("R1", check=NEVER), rule("R2", check=SAYS, expires=50)) is None


def test_rules_of_one_kind_and_scope_become_one() -> None:
    known = [
        rule("R1", check=RuleCheck(kind="lexicon", words=("cheap",))),
        rule("R2", check=RuleCheck(kind="lexicon", words=("free", "cheap"))),
        rule("R3", check=RuleCheck(kind="length", most=80)),
        rule("R4", check=RuleCheck(kind="length", most=50)),
        rule("R5", "Ask before you sell"),
        rule("R6", "ask before you sell!"),
        rule("R7", check=RuleCheck(kind="lexicon", words=("cheap",)), branch="B2"),
        rule("R8", "Never shout"),
    ]
    found = merges(known, 100)
    assert [(merge.rules, merge.text) for merge in found] == [
        (("R1", "R2"), "Never say any of “cheap”, “free”."),
        (("R3", "R4"), "Write at most 50 words."),
        (("R5", "R6"), "ask before you sell!"),
    ]
    assert found[0].diff({one.id: one for one in known})[-1] == "+ Never say any of “cheap”, “free”."


def test_a_rule_that_nobody_needs_is_suggested_to_go_and_never_goes_by_itself() -> None:
    assert tired(rule("R1", quiet=29)) == ""
    assert tired(rule("R1", quiet=30)) == "30 checks in a row found nothing"
    assert tired(rule("R1", overridden=2)) == "humans set it aside 2 times"
    assert tired(rule("R1", quiet=99, retired="gone")) == ""


def test_a_load_is_heavy_beyond_its_number_or_its_share() -> None:
    assert not Load(25, 100).heavy
    assert Load(26, 100).heavy
    assert Load(3, 100_000).heavy
