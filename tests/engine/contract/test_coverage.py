"""Coverage says of every clause who holds it."""

from __future__ import annotations

from engine.contract.case import Provided
from engine.contract.coverage import ClauseCoverage, coverage, summary
from engine.contract.load import load
from tests.engine.contract.sample import GOOD, NAME, changed


def covered(text: str, provided: Provided | None = None) -> dict[str, ClauseCoverage]:
    contract = load(text.encode(), NAME).contract
    assert contract is not None
    return {clause.clause: clause for clause in coverage(contract, provided)}


def test_the_summary_counts() -> None:
    clauses = covered(GOOD).values()
    assert summary(clauses) == "16 enforced · 3 checked · 1 advisory"


def test_a_target_without_a_condition_is_advisory() -> None:
    target = covered(changed("  met_when: mission.branches.kept >= 1\n", ""))["target"]
    assert (target.coverage, target.teeth) == ("advisory", "add target.met_when, a condition over mission facts")
    assert covered(GOOD)["target"].coverage == "checked"


def test_evidence_that_nothing_reads_is_advisory() -> None:
    clauses = covered(GOOD)
    assert clauses["evidence.quality"].teeth == "use branch.quality in judge or stop"
    assert clauses["evidence.reply_rate"].coverage == "checked"
    watched = covered(changed("check: [reply_rate]", "check: [reply_rate, quality]"))
    assert watched["evidence.quality"].by == "reviewer, looked at by the cadence"
    gated = covered(changed("check: {max_words: 90}", "check: {metric: quality >= 0.5}"))
    assert gated["evidence.quality"].by == "reviewer, and an acceptance criterion"


def test_a_tool_that_this_version_lacks_is_advisory() -> None:
    text = changed(
        "connector: maildir}",
        "connector: maildir}\n  web: {mcp: {command: [fetch]}}\n  no: {stance: deny, mcp: {command: [x]}}",
    )
    clauses = covered(text, Provided(mcp=False))
    assert clauses["tools.web"].coverage == "advisory"
    assert clauses["tools.no"].coverage == "enforced"
    assert clauses["tools.mail"].by == "the connector maildir, which delivers only approved bytes"
    assert covered(text)["tools.web"].coverage == "enforced"
    assert covered(text)["tools.web"].by == "the gateway, which judges every call: only its roles, 50 calls"


def test_every_advisory_clause_says_what_would_give_it_teeth() -> None:
    text = changed("judge:", "skills:\n  tone: {path: tone, roles: [writer]}\njudge:")
    assert all(clause.teeth for clause in covered(text).values() if clause.coverage == "advisory")


def test_attention_is_enforced_where_something_holds_back() -> None:
    text = changed("  branches: 2\n", "  branches: 2\n  attention: 2h\n")
    assert covered(text)["budget.attention"].coverage == "enforced"
    assert covered(text, Provided(attention=False))["budget.attention"].coverage == "advisory"


def test_limits_of_every_kind_are_enforced() -> None:
    text = changed("  branches: 2\n", "  branches: 2\n  tokens: 500000\n  calls: 90\n")
    clauses = covered(text.replace("privacy: any}", "privacy: any, budget: {tokens: 9000, calls: 4}}"))
    assert clauses["budget.tokens"].coverage == clauses["budget.calls"].coverage == "enforced"
    assert clauses["roles.writer.budget"].by == "a reservation of tokens, calls before every call"
    assert "roles.reviewer.budget" not in clauses
