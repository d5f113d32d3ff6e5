# ruff: noqa: E501 - a table of contracts
"""One plan for each code that has exactly this defect and gives exactly this code; the clean one gives none."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.contract.lint import lint as contract_lint
from engine.contract.load import load
from engine.contract.planned import Check, Criterion
from engine.plan.graph import graph
from engine.plan.known import Known, Tried
from engine.plan.lint import CODES, Finding, lint, placed
from tests.engine.plan.lint_sample import CLEAN, KNOWN, LARGE, knowing, planned, swapped

SIGN_OFF = (
    "    - {id: sign, role: owner, verb: review, needs: [look], criteria: [{text: stands by it, check: human}]}\n"
)
STANDING = 'approvals: {send: {expires: 3d, standing: {count: 5, until: "2026-12-31"}}}'
LONG = ", ".join(f"{{text: {'wordy ' * 330}{n}, check: review}}" for n in range(24))

SEEDED: list[tuple[str, list[tuple[str, str]], Known, str]] = [
    ("E01", [("verb: research, context: [leads], produces", "verb: research, needs: [sum], context: [leads], produces")], KNOWN, "plan.tasks[0].needs"),
    ("E02", [("budget: 10 USD, fallback: editor", "fallback: editor"), ("verify: [checks, review],", "verify: [],")], KNOWN, "plan.tasks[1]"),
    ("E03", [("budget: 10 USD", "budget: 46 USD"), ("share: 50%", "share: 45%"), ("share: 40%", "share: 46%")], KNOWN, "plan.branches[0]"),
    ("E03", [("branches: 3", "branches: 2")], KNOWN, "budget.branches"),
    ("E03", [("time: 14d", "time: 30m"), ("  - {check: [reply_rate], every: 2d, after: send, for: 6d}", "  []")], KNOWN, "budget.time"),
    ("E04", [("need: optional, stance: allow", "need: required, stance: deny")], KNOWN, "plan.tasks[0].role"),
    ("E04", [("need: optional, stance: allow", "need: required, fallback: stop, stance: allow")], knowing(down={"web": "no network"}), "plan.tasks[0].role"),
    ("E05", [("verbs: [research], roles: [researcher]", "verbs: [read], roles: [researcher]")], KNOWN, "plan.tasks[0].role"),
    ("E05", [("verbs: [research], roles: [researcher]", "verbs: [deploy], roles: [researcher]"), ("restricted: [send]", "restricted: [send, deploy]")], KNOWN, "plan.tasks[0].role"),
    ("E06", [("restricted: [send]", "restricted: []"), ("approvals: {send: {expires: 3d}}", "")], KNOWN, "plan.tasks[1].proposes"),
    ("E07", [("approvals: {send: {expires: 3d}}", STANDING), (", {text: kind, check: review}], verify: [checks, review]", "], verify: [checks]")], KNOWN, "plan.tasks[1].verify"),
    ("E08", [("budget: 10 USD, fallback: editor", "budget: 10 USD, reviewer: writer")], KNOWN, "plan.tasks[1].reviewer"),
    ("E08", [("fallback: editor", "fallback: reviewer")], KNOWN, "plan.tasks[1].fallback"),
    ("E09", [("needs: [look], context: [leads, look, rules]", "context: [leads, look, rules]")], KNOWN, "plan.tasks[1].context[1]"),
    ("E09", [("time: 14d", "time: 6d")], KNOWN, "cadence[0]"),
    ("E09", [("{text: kind, check: review}]", "{text: kind, check: review}, {text: answered, check: {metric: reply_rate}}]")], KNOWN, "plan.tasks[1].criteria[2]"),
    ("E10", [("inputs: {leads: leads.csv}", "inputs: {leads: {path: leads.csv, privacy: secret}}"), ("context: [leads, look, rules]", "context: [look, rules]")], KNOWN, "plan.tasks[0].context"),
    ("E10", [("writer: {tier: standard, privacy: any}", "writer: {tier: standard, privacy: local}")], KNOWN, "plan.tasks[1].role"),
    ("E11", [("{text: one next step, check: review}", LONG)], KNOWN, "plan.tasks[3]"),
    ("E12", [("produces: [speed]", "produces: []"), ("{text: leaves a speed, check: {metric: speed}}", "{text: ran, check: human}")], KNOWN, "evidence.speed"),
    ("E13", [("when: mission.exhausted,", "when: mission.nowhere,")], KNOWN, "stop[0].when"),
    ("E13", [("when: mission.exhausted,", "when: mission.branches.kept >= 4,")], KNOWN, "stop[0].when"),
    ("E13", [("when: mission.exhausted,", "when: mission.branches.alive >= 2,")], KNOWN, "stop[0].when"),
    ("E14", [("plan:\n", "planning: {resilient: true}\nplan:\n")], KNOWN, "plan.tasks[1].fallback"),
    ("E15", [("approvals: {send: {expires: 3d}}", "approvals: {send: {expires: 3d}, publish: {standing: {count: 5, until: \"2026-12-31\"}}}"), ("restricted: [send]", "restricted: [send, publish]")], KNOWN, "approvals.publish.standing"),
    ("E16", [("verb: research, needs: [look], produces: [speed]", "verb: draft, needs: [look], produces: [speed, letter.md]"), ("proposes: [send],\n", "proposes: [send], produces: [letter.md],\n"), ("needs: [write, time]", "needs: [write]")], KNOWN, "plan.tasks[2].produces"),
    ("W02", [("share: 50%", "share: 75%"), ("share: 40%", "share: 20%")], KNOWN, "plan.branches[0]"),
    ("W03", [], knowing(tried=(Tried("B2", "mail", "Founders answer short cold mails about pricing", "nobody answered"),)), "plan.branches[0].hypothesis"),
    ("W04", [("{text: kind, check: review}", "{text: mention their investors, check: review}")], KNOWN, "plan.tasks[1].criteria[1]"),
    ("W05", [("  editor: {tier: standard", "  other: {tier: standard"), ("fallback: editor", "fallback: ask")], knowing(pool=(KNOWN.pool or ())[2:]), "roles"),
    ("W06", [("needs: [look], context: [leads, look, rules]", "context: [leads, rules]"), ("verb: research, needs: [look], produces", "verb: research, produces")], KNOWN, "plan.tasks[0].produces"),
    ("W07", [("roles: [researcher], builtin: http", "roles: [editor2], builtin: http"), ("  owner: {worker: human}", "  owner: {worker: human}\n  editor2: {tier: cheap}")], KNOWN, "tools.web"),
    ("W08", [("verb: analyze, needs: [write, time]", "verb: draft, needs: [write, time]")], KNOWN, "plan.tasks"),
    ("W09", [], knowing(tried=(Tried("B2", "ads", "Strangers click on a paid banner", "nobody clicked", evidence=3),)), "plan.branches"),
    ("W10", [], knowing(unfit=((LARGE, "catches 3 of 32 planted defects"),)), "plan.tasks[1].reviewer"),
]  # fmt: skip


def test_a_clean_plan_has_no_finding() -> None:
    assert lint(planned(), KNOWN) == ()
    assert lint(planned()) == ()  # nor where nobody looked at anything


@pytest.mark.parametrize(("code", "defect", "known", "where"), SEEDED, ids=[f"{c[0]}-{c[3]}" for c in SEEDED])
def test_each_defect_gives_exactly_its_code(code: str, defect: list[tuple[str, str]], known: Known, where: str) -> None:
    found = lint(swapped(*defect), known)
    assert {finding.code for finding in found} == {code}, [str(finding) for finding in found]
    assert where in {finding.where for finding in found}
    assert all(finding.what and finding.mend for finding in found)


def test_a_criterion_without_a_check_is_told_where_a_file_cannot_say_it() -> None:
    contract = planned()
    task = contract.plan.tasks[0].model_copy(
        update={"criteria": (Criterion.model_construct(text="good", check=Check()),)}
    )
    plan = contract.plan.model_copy(update={"tasks": (task, *contract.plan.tasks[1:])})
    assert [f.code for f in lint(contract.model_copy(update={"plan": plan}), KNOWN)] == ["W01"]


def test_every_code_has_a_seeded_defect() -> None:
    assert {code for code, *_rest in SEEDED} | {"W01"} == set(CODES)
    assert len(CODES) == 26


def findings(*passages: tuple[str, str], known: Known = KNOWN) -> list[Finding]:
    return list(lint(swapped(*passages), known))


UNGATED = [("restricted: [send]", "restricted: []"), ("approvals: {send: {expires: 3d}}", "")]


def test_a_person_who_accepts_what_comes_before_is_a_gate() -> None:
    gate = ("    - {id: write, each: branch", SIGN_OFF + "    - {id: write, each: branch")
    assert not findings(
        *UNGATED, gate, ("needs: [look], context: [leads, look", "needs: [look, sign], context: [leads, look")
    )


def test_a_gate_that_falls_back_to_a_model_is_none() -> None:
    gate = SIGN_OFF.replace("check: human}]", "check: {max_words: 9}}], fallback: editor")
    swaps = [("    - {id: write, each: branch", gate + "    - {id: write, each: branch")]
    swaps += [("needs: [look], context: [leads, look", "needs: [look, sign], context: [leads, look")]
    assert [f.code for f in findings(*UNGATED, *swaps)] == ["E06"]
    assert not findings(*UNGATED, (swaps[0][0], swaps[0][1].replace(", fallback: editor", "")), swaps[1])


def test_a_gate_in_a_branch_that_may_be_pruned_holds_nobody_up_outside_of_it() -> None:
    gate = SIGN_OFF.replace("{id: sign,", "{id: sign, branch: cold,")
    swaps = [("    - {id: write, each: branch", gate + "    - {id: write, each: branch")]
    swaps += [("needs: [look], context: [leads, look", "needs: [look, sign], context: [leads, look")]
    assert [f.code for f in findings(*UNGATED, *swaps)] == ["E06"]


def test_a_tool_that_a_fallback_holds_is_a_path_too() -> None:
    held = ("verbs: [research], roles: [researcher]", "verbs: [research, publish], roles: [researcher, editor]")
    found = findings(held)
    assert {(f.code, f.where) for f in found} == {
        ("E06", "plan.tasks[0].role"),
        ("E06", "plan.tasks[1].fallback"),
        ("E06", "plan.tasks[3].role"),
    }


def test_what_has_ended_costs_no_more() -> None:
    dear = [("budget: 10 USD", "budget: 46 USD"), ("share: 50%", "share: 45%"), ("share: 40%", "share: 46%")]
    ended = {("write", "cold"): 1_000_000}
    assert not findings(*dear, known=knowing(ended=ended))


def test_branches_of_other_missions_use_up_nothing_of_this_one() -> None:
    many = [Tried(f"B{n}", f"b{n}", f"Number {n} of many things", "no", learned=True) for n in range(9)]
    assert "E03" in {found.code for found in lint(planned(), knowing(tried=tuple(many)))}
    others = tuple(replace(one, elsewhere=True) for one in many)
    assert "E03" not in {found.code for found in lint(planned(), knowing(tried=others))}


def test_findings_stand_at_their_lines_and_are_not_said_twice() -> None:
    text = CLEAN.replace("needs: [look], context: [leads, look, rules]", "context: [leads, look, rules]")
    loaded = load(text.encode(), "f.yaml")
    assert loaded.contract is not None
    shown = [str(problem) for problem in placed(lint(loaded.contract), loaded.positions)]
    assert shown == [
        "f.yaml:36:64 plan.tasks[1].context[1]: write is told what look makes, and look does not come before it; add look to its needs"
    ]
    circle = load(CLEAN.replace("needs: [look], produces", "needs: [sum], produces").encode(), "f.yaml")
    assert circle.contract is not None
    beside = contract_lint(circle.contract, circle.positions)
    found = lint(circle.contract)
    assert "E303" in {p.code for p in beside}
    assert "E01" in {f.code for f in found}
    assert "E01" not in {p.code for p in placed(found, circle.positions, beside)}


NAMES = st.sampled_from(["a", "b", "c", "d", "e", "f"])


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(NAMES, st.lists(NAMES, max_size=3), min_size=1))
def test_a_graph_has_an_order_or_a_ring_and_never_both(needs: dict[str, list[str]]) -> None:
    tasks = "\n".join(
        f"    - {{id: {name}, role: owner, needs: [{', '.join(wanted)}]}}" for name, wanted in needs.items()
    )
    made = graph(planned(CLEAN[: CLEAN.index("plan:")] + f"plan:\n  tasks:\n{tasks}\n"))
    if made.order is None:
        ring = made.ring
        assert ring[0] == ring[-1]
        assert all(after in needs[before] for before, after in pairwise(ring))
    else:
        place = {node: at for at, node in enumerate(made.order)}
        assert all(place[need] < place[node] for node, wanted in enumerate(made.needs) for need in wanted)
        assert not made.ring
