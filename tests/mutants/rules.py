"""Planted bugs of rules and learnings: drafts that break one, checks that prove nothing, texts that become one."""

from __future__ import annotations

from tests.mutants.mutant import Edit, Mutant

HANDOFFS = "engine/loop/handoffs.py"
RULINGS = "engine/loop/rulings.py"
PLAYED = "tests/engine/loop/test_rules.py"
DRAFTING = "tests/engine/rules/test_drafting.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "a draft is told its rules and not checked by them", "P25", 0,
        (Edit(HANDOFFS, "                ok=rule.strength != \"must\",\n", "                ok=True,\n"),),
        test=f"{PLAYED}::test_a_draft_that_breaks_a_rule_goes_back_with_the_rule_and_the_words_and_no_human_sees_it",
    ),
    Mutant(
        "what waited when a rule was made goes on waiting", "P25", 0,
        (Edit(RULINGS, 'if late and rule.strength == "must":', 'if late and rule.source:'),),
        test=f"{PLAYED}::test_what_waited_when_a_rule_was_made_is_held_to_it_too",
    ),
    Mutant(
        "what breaks a newer rule may be asked about again", "P25", 0,
        (Edit(RULINGS, "if effect.id in rule.broken_by), None)", "if not effect.id and rule.broken_by), None)"),),
        test=f"{PLAYED}::test_what_had_expired_when_a_rule_was_made_is_not_asked_about_again",
    ),
    Mutant(
        "an approval overtakes the look at what waits", "P25", 0,
        (Edit("engine/loop/commands.py", "if unjudged(state, effect.attempt, (effect,)) is not None:", "if effect.ended_at and unjudged(state, effect.attempt, (effect,)):"),),
        test=f"{PLAYED}::test_nobody_decides_between_a_rule_and_the_look_at_what_waits",
    ),
    Mutant(
        "a draft under review escapes a rule that came meanwhile", "P25", 0,
        (Edit(RULINGS, "if rule.exact() and rule.id not in seen]", "if rule.exact() and not seen]"),),
        test=f"{PLAYED}::test_a_rule_that_comes_while_a_draft_is_reviewed_or_held_back_is_checked_before_anybody_is_asked",
    ),
    Mutant(
        "a fallback leaves the rules of the planned role behind", "P25", 0,
        (Edit("engine/state/model.py", "{task.role, task.planned_role}", "{task.role}"),),
        test=f"{PLAYED}::test_a_fallback_keeps_the_rules_of_the_role_that_it_takes_over_from",
    ),
    Mutant(
        "a check that lets the rejected text through is used", "P25", 0,
        (Edit("engine/rules/selftest.py", "    if rejected and not caught:\n", "    if rejected and caught < 0:\n"),), test=DRAFTING,
    ),
    Mutant(
        "a word is hidden from its rule by a character that nobody sees", "P25", 0,
        (Edit("engine/rules/check.py", 'frozenset({"Cf", "Mn"})', 'frozenset({"Mn"})'),), test=DRAFTING,
    ),
    Mutant(
        "what a worker says it learnt is told at once", "P25", 0,
        (Edit(HANDOFFS, '        status="proposed",\n', '        status="active",\n'),),
        test=f"{PLAYED}::test_no_text_of_a_worker_becomes_a_rule_or_a_learning_that_is_told",
    ),
)  # fmt: skip
