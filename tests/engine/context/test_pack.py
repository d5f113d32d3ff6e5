"""What a worker is told, what it is not told, and why."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.context.pack import Infeasible, Package, pack, upstream, wanted
from engine.ledger import bodies as b
from engine.state.model import MissionState
from engine.values import Sha256, sha256
from tests.engine.receipt.story import BLOB, Story

LEADS = b"name,email\nBob,bob@post.example\n"
KINDS = ("decision", "assumption", "question", "claim", "learning")


def story() -> Story:
    refs = tuple(
        b.InputRef(
            name=name, filename=f"{name}.csv", sha=sha256(data), bytes=len(data), privacy=privacy, trust="untrusted"
        )
        for name, data, privacy in (("leads", LEADS, "private"), ("keys", b"k", "secret"), ("notes", b"n", "public"))
    )
    told = Story()
    told.created()
    created = b.MissionCreated.model_validate(
        {"title": "Find a channel", "contract": dict(told.events[0].body["contract"]), "source": BLOB, "inputs": refs}
    )
    told = Story().add(created).add(b.BranchOpened(branch="B1", key="main"))
    told.branch("B2", "cold").branch("B3", "warm")
    told.task("T1", "look").task("T2", "draft", "B2", needs=("T1",), context=("leads", "look", "keys"))
    return told


def item(of: Story, id_: str, text: str = "x", *, kind: str = "decision", branch: str = "B2", **more: Any) -> Story:
    return of.add(b.ItemRecorded.model_validate({"item": id_, "kind": kind, "text": text, "branch": branch, **more}))


CONTENTS: Mapping[Sha256, bytes] = {sha256(LEADS): LEADS, sha256(b"k"): b"k"}


def packed(of: Story, task: str = "T2", **more: Any) -> Package:
    state = of.state()
    package = pack(state, state.tasks[task], **({"contents": CONTENTS} | more))
    assert isinstance(package, Package)
    return package


def manifest(package: Package) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """What is in and what is out, by id."""
    found = json.loads(package.manifest)
    return {row["id"]: row for row in found["included"]}, {row["id"]: row for row in found["excluded"]}


def test_a_package_is_the_same_bytes_twice() -> None:
    told = item(story(), "D1")
    first, second = packed(told), packed(told)
    assert (first.text, first.manifest, first.sha) == (second.text, second.manifest, second.sha)
    assert first.sha == sha256(first.text.encode())


def test_items_of_other_branches_stay_out_with_a_reason() -> None:
    told = item(item(item(story(), "D1"), "D2", "elsewhere", branch="B3"), "D3", "everywhere", branch="B1")
    included, excluded = manifest(packed(told))
    assert {"D1", "D3"} <= included.keys()
    assert excluded["D2"] == {"id": "D2", "kind": "decision", "code": "other-branch", "detail": "belongs to B3"}
    assert "elsewhere" not in packed(told).text


def test_a_learning_of_any_branch_is_told() -> None:
    told = story().add(b.LearningRecorded(learning="L1", text="short is better", branch="B3"))
    assert "- L1 short is better" in packed(told).text


def test_what_was_superseded_or_retracted_is_never_told() -> None:
    told = item(item(item(story(), "D1", "old"), "D2", "new", supersedes=("D1",)), "D3", "wrong")
    told.add(b.ItemRetracted(item="D3", because="it was a guess"))
    _, excluded = manifest(packed(told))
    assert (excluded["D1"]["code"], excluded["D3"]["code"]) == ("superseded", "retracted")
    assert excluded["D3"]["detail"] == "it was a guess"


def test_secrets_are_never_told() -> None:
    told = item(story(), "D1", "the password", privacy="secret")
    package = packed(told)
    _, excluded = manifest(package)
    assert (excluded["D1"]["code"], excluded["keys"]["code"]) == ("privacy", "privacy")
    assert "the password" not in package.text
    assert "keys" in manifest(packed(told, secret_ok=True))[0]


def test_an_input_the_context_does_not_name_stays_out() -> None:
    _, excluded = manifest(packed(story()))
    assert excluded["notes"]["code"] == "scope"


def test_a_file_is_quoted_in_a_fence_and_an_erased_one_is_said_to_be() -> None:
    assert "| Bob,bob@post.example" in packed(story()).text
    assert "- leads: erased" in packed(story(), contents={}).text


@pytest.mark.parametrize(("data", "form"), [(b"\xff\xfe\x00", "pointer"), (b"x" * 20_000, "brief")])
def test_what_cannot_be_quoted_is_pointed_to(data: bytes, form: str) -> None:
    package = packed(story(), contents={sha256(LEADS): data})
    included, _ = manifest(package)
    assert included["leads"]["form"] == form
    assert f"{len(data)} bytes" in package.text


def test_rules_come_in_whole_to_the_roles_and_branches_they_bind() -> None:
    told = story()
    told.add(b.RuleAdopted(rule="R1", text="never shout")).add(b.RuleAdopted(rule="R2", text="cold only", branch="B2"))
    told.add(b.RuleAdopted(rule="R3", text="warm only", branch="B3"))
    told.add(b.RuleAdopted(rule="R4", text="reviewers", roles=("reviewer",)))
    text = packed(told).text
    assert "- R1 never shout" in text
    assert "- R2 cold only" in text
    assert "warm only" not in text
    assert "- R4" not in text


def test_an_earlier_failure_is_told_with_its_reason() -> None:
    told = story()
    for number in range(1, 6):
        told.attempt("T2", f"A2.{number}", reserve=0)
        told.add(b.AttemptFailed(attempt=f"A2.{number}", because=f"reason {number}"))
    text = packed(told).text
    assert "reason 2" not in text
    assert all(f"- A2.{number}: reason {number}" in text for number in (3, 4, 5))


def test_what_is_reviewed_is_fenced_and_mandatory() -> None:
    told = story().task("T3", "review", "B2", kind="review", subject="A2.1")
    state = told.state()
    assert "| Dear Bob" in packed(told, "T3", subject="Dear Bob").text
    assert isinstance(pack(state, state.tasks["T3"], contents={}, subject="x " * 30_000), Infeasible)


def test_one_line_is_kept_of_a_pruned_branch() -> None:
    told = story().add(b.BranchPruned(branch="B3", because="nobody\nanswers"))
    assert "- B3 warm: nobody\\u{a}answers ($0.00)" in packed(told).text


def test_evidence_of_the_branch_is_told_and_messages_are_not() -> None:
    told = story()
    for id_, branch, message in (("E1", "B2", ""), ("E2", "B3", ""), ("E3", "B2", "reply")):
        told.add(
            b.EvidenceRecorded.model_validate(
                {"evidence": id_, "metric": "m", "branch": branch, "source": "x", "grade": "checked", "value": "7",
                 "message": message}
            )
        )  # fmt: skip
    text = packed(told).text
    assert "- E1 m = 7 (checked, from x)" in text
    assert "E2" not in text
    assert "E3" not in text


def test_artifacts_come_from_tasks_that_are_needed_or_named() -> None:
    told = story().attempt("T1", "A1.1", reserve=0)
    told.add(
        b.ArtifactProduced(artifact="P1", name="n.md", sha=BLOB, bytes=3, media="text/plain", task="T1", attempt="A1.1")
    )
    told.add(b.TaskAccepted(task="T1", attempt="A1.1"))
    state = told.state()
    assert upstream(state, state.tasks["T2"]) == {"T1"}
    assert upstream(state, state.tasks["T1"]) == frozenset()
    assert wanted(state, state.tasks["T2"]) == {BLOB, sha256(LEADS), sha256(b"k")}
    assert "| a blob" in packed(told, contents={BLOB: b"a blob"}).text
    assert wanted(state, state.tasks["T1"]) == frozenset()


def test_the_task_comes_last_and_the_policy_first() -> None:
    text = packed(item(story(), "D1")).text
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings == ["## Policy", "## Mission", "## Decisions", "## Files", "## Task"]
    assert text.endswith("(end of package for T2)\n")


def test_a_package_that_cannot_hold_what_it_must_is_infeasible() -> None:
    told = story().add(b.RuleAdopted(rule="R1", text="x" * 2_000))
    state = told.state()
    refused = pack(state, state.tasks["T2"], contents={}, budget=300)
    assert isinstance(refused, Infeasible)
    assert refused.needs > refused.budget == 300


def test_what_does_not_fit_stays_out_for_its_size() -> None:
    told = item(item(story(), "D1", "y" * 1_990), "D2", "short")
    included, _ = manifest(packed(told, budget=400))
    assert (included["D2"]["form"], included["D1"]["form"]) == ("full", "brief")
    state = told.state()
    least = pack(state, state.tasks["T2"], contents=CONTENTS, budget=1)
    assert isinstance(least, Infeasible)
    made = [manifest(packed(told, budget=least.needs + more)) for more in range(120)]
    forms = [included.get("D1", {}).get("form") for included, _ in made]
    assert list(dict.fromkeys(forms)) == [None, "pointer", "brief"]
    assert made[0][1]["D1"]["code"] == "budget"


nasty = st.text(st.characters(codec="utf-8"), min_size=1, max_size=120)
items = st.lists(
    st.tuples(
        st.sampled_from(KINDS[:4]), nasty, st.sampled_from(["B1", "B2", "B3"]), st.sampled_from(["private", "secret"])
    ),
    max_size=8,
)


def drawn(rows: list[tuple[str, str, str, str]], rules: list[str], evidence: list[str]) -> MissionState:
    told = story()
    for number, (kind, text, branch, privacy) in enumerate(rows, 1):
        item(told, f"D{number}", text, kind=kind, branch=branch, privacy=privacy)
    for number, text in enumerate(rules, 1):
        told.add(b.RuleAdopted(rule=f"R{number}", text=text))
    for number, text in enumerate(evidence, 1):
        told.add(
            b.EvidenceRecorded(evidence=f"E{number}", metric="m", branch="B2", source=text, grade="claimed", value=text)
        )
    return told.state()


@settings(max_examples=40)
@given(items, st.lists(nasty, max_size=3), st.lists(nasty, max_size=3), nasty, st.integers(150, 2_000))
def test_whatever_is_packed(
    rows: list[tuple[str, str, str, str]], rules: list[str], evidence: list[str], leads: str, budget: int
) -> None:
    state = drawn(rows, rules, evidence)
    contents = {sha256(LEADS): leads.encode()}
    package = pack(state, state.tasks["T2"], contents=contents, budget=budget)
    if isinstance(package, Infeasible):
        assert package.needs > budget
        return
    included, excluded = manifest(package)
    candidates = {*state.items, *state.inputs, *state.rules, *state.evidence, "policy", "contract", "T2"}
    assert included.keys() | excluded.keys() == candidates
    assert not included.keys() & excluded.keys()
    assert {"policy", "contract", "T2", *state.rules} <= included.keys()
    assert all(row["detail"] and row["code"] for row in excluded.values())
    assert sum(row["tokens"] for row in included.values()) <= budget
    hidden = [c for c in package.text if c not in "\n\t" and unicodedata.category(c) in {"Cc", "Cf", "Co", "Zl", "Zp"}]
    assert not hidden
    assert pack(state, state.tasks["T2"], contents=contents, budget=budget) == package


def test_a_package_never_exceeds_its_budget() -> None:
    told = story()
    for number in range(1, 40):
        item(told, f"D{number}", "word " * 20, kind=KINDS[number % 4])
    for budget in range(250, 900, 10):
        package = packed(told, budget=budget)
        assert package.tokens <= budget


def test_what_is_suspect_becomes_a_question_and_is_told_as_no_fact() -> None:
    told = item(item(story(), "S1", "open on Sundays", kind="assumption"), "D1", "go on a Sunday", supports=(("S1",),))
    told.add(b.ItemRetracted(item="S1", because="closed since May"))
    package = packed(told)
    included, excluded = manifest(package)
    assert excluded["D1"]["code"] == "suspect"
    assert excluded["D1"]["detail"].startswith("S1, which it rests on, was retracted at #")
    assert "re-verify D1" in included
    assert "## Decisions" not in package.text


def test_an_exception_of_a_branch_hides_what_holds_elsewhere() -> None:
    told = item(item(story(), "D1", "ten", branch="B1", subject="price"), "D2", "nine", subject="price")
    included, excluded = manifest(packed(told))
    assert "D2" in included
    assert (excluded["D1"]["code"], excluded["D1"]["detail"]) == ("scope", "D2 says otherwise in this branch")


def test_a_scope_that_a_task_does_not_meet_keeps_an_item_out() -> None:
    told = item(item(story(), "D1", scope=("role:writer",)), "D2", scope=("audience:founders",))
    included, excluded = manifest(packed(told))
    assert included["D1"]["points"]["scope"] == 150
    assert excluded["D2"]["detail"] == "only for audience:founders"


def test_near_duplicates_are_told_once_and_a_pinned_item_always() -> None:
    words = " ".join(f"word{n}" for n in range(40))
    told = item(item(item(story(), "D1", words), "D2", f"{words} more"), "D3", "never shout", pin=True)
    included, excluded = manifest(packed(told))
    assert {"D1", "D2"} & included.keys() == {"D1"}
    assert excluded["D2"]["code"] == "duplicate"
    assert included["D3"]["reason"] == "pinned"


def test_what_shares_a_prefix_is_served_from_a_cache() -> None:
    told = story().task("T8", "other", "B3")
    one, other = (json.loads(packed(told, task).manifest)["prefix"] for task in ("T2", "T8"))
    assert one == other
    told.add(b.RuleAdopted(rule="R1", text="never shout"))
    assert json.loads(packed(told).manifest)["prefix"] != one
