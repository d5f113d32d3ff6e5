"""Prose in, contract out: figures and verbs are read by fixed rules, and what is not read is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.contract.lint import lint
from engine.contract.load import load
from engine.contract.prose import words
from engine.contract.prose.draft import Draft
from engine.contract.prose.read import read
from engine.contract.prose.write import contract
from engine.errors import BadInputError

ESSAY = """\
Mission: Find a GTM channel with real signal.
Target: Identify one channel with enough qualified replies to justify a second batch.
Budget: Two weeks, $500, three channel experiments.
Allowed actions: Research, draft, enrich, prepare, analyze.
Restricted actions: Sending, publishing, spending, contacting.
Contact basis: US, business contact about a page they publish, leads.csv
Evidence: Reply rate (at least 20), reply quality, booked calls, notes.
Review cadence: Check replies every two days at 9am for six days after sending.
Tools: Browser, CRM export.
Workers: Researcher, writer, reviewer.
Stop: When the budget is exhausted or no channel shows signal. Drop a channel if reply quality is below 30%.
Keep: Keep a channel when the reply rate is at least 8%.
Receipt: channels tried, cost, evidence, recommended next step.
Mood: calm and friendly
"""


def drafted(text: str, files: tuple[str, ...] = ()) -> Draft:
    return read(text.encode(), "essay.txt", files)


def test_the_essay_becomes_the_contract_that_it_says() -> None:
    draft = drafted(ESSAY, ("leads.csv",))
    made = load(contract(draft, "essay.txt").encode(), "essay.yaml")
    assert list(made.problems) == []
    terms = made.contract
    assert terms is not None
    assert (terms.mission, terms.budget.money) == ("Find a GTM channel with real signal", 500_000_000)
    assert (terms.budget.time, terms.budget.branches) == (14 * 86_400_000, 3)
    assert terms.target.met_when == "mission.branches.kept >= 1"
    assert terms.actions.allowed == ("research", "draft", "enrich", "prepare", "analyze")
    assert terms.actions.restricted == ("send", "publish", "spend", "contact")
    assert terms.lawful is not None
    assert (terms.lawful.country, terms.lawful.source) == ("US", "leads.csv")
    assert terms.evidence["reply_rate"].min_sample == 20
    assert terms.evidence["reply_rate"].from_ == "inbox"
    assert {name: metric.unit for name, metric in terms.evidence.items()} == {
        "reply_rate": "ratio", "reply_quality": "score", "booked_calls": "count", "notes": "text",
    }  # fmt: skip
    (cadence,) = terms.cadence
    assert (cadence.every, cadence.at, cadence.after, cadence.for_) == (2 * 86_400_000, "09:00", "send", 6 * 86_400_000)
    assert terms.roles["reviewer"].different_family_from == "writer"
    assert [(rule.when, rule.then) for rule in terms.judge] == [
        ("branch.reply_rate >= 0.08", "keep"), ("branch.reply_quality < 0.3", "prune"),
    ]  # fmt: skip
    assert [rule.when for rule in terms.stop] == [
        "mission.exhausted",
        "mission.branches.tried >= 3 && mission.branches.alive == 0 && mission.branches.kept == 0",
    ]
    assert terms.inputs["leads"].path == "leads.csv"
    assert {left.words for left in draft.left} == {"Browser", "CRM export", "Mood: calm and friendly"}
    assert all(left.teeth for left in draft.left)


def test_its_contract_passes_the_check(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("name,email\n")
    made = load(contract(drafted(ESSAY, ("leads.csv",)), "essay.txt").encode(), "essay.yaml")
    assert made.contract is not None
    found = lint(made.contract, made.positions, base=tmp_path)
    assert [str(problem) for problem in found if problem.severity == "error"] == []


def test_everything_that_was_read_names_its_words_and_its_line() -> None:
    lines = ESSAY.splitlines()
    for each in drafted(ESSAY).read:
        first = each.words.split()[0].strip(".,()").lower()
        assert first in lines[each.line - 1].lower(), each


def test_nobody_is_written_to_without_a_ground() -> None:
    draft = drafted(ESSAY.replace("Contact basis: US, business contact about a page they publish, leads.csv\n", ""))
    assert draft.restricted == ["publish", "spend"]
    assert {"send", "contact"} <= {left.words for left in draft.left}
    assert all("send" not in each.value.split(",")[0] for each in draft.read if each.clause == "actions.restricted")
    assert "after" not in draft.cadence[0]
    assert "for" not in draft.cadence[0]


def test_an_outward_verb_is_never_merely_allowed() -> None:
    draft = drafted("Target: ship it\nBudget: $5\nAllowed actions: research and deploy, delete old branches")
    assert draft.allowed == ["research"]
    assert draft.restricted == ["deploy", "delete"]


def test_what_is_forbidden_is_denied_even_when_it_was_allowed_above() -> None:
    text = "Target: x\nBudget: $5\nAllowed: research, draft\nRestricted: publish, merge\nNever: merging, drafting"
    draft = drafted(text)
    assert (draft.allowed, draft.restricted) == (["research"], ["publish"])


@pytest.mark.parametrize(
    ("said", "allowed", "restricted"),
    [("research, draft. Ask me before anything is published.", ["research", "draft"], ["publish"]),
     ("research; never deploy or merge", ["research"], []),
     ("research. Don't delete anything. Pages are published only after I approved them", ["research"], ["publish"]),
     ("research. Do not spend money without asking me", ["research"], ["spend"]),
     ("research, releases are shipped", ["research"], ["deploy"])],
)  # fmt: skip
def test_a_sentence_about_actions_says_itself_how_it_is_meant(
    said: str, allowed: list[str], restricted: list[str]
) -> None:
    draft = drafted(f"Target: x\nBudget: $5\nAllowed: {said}")
    assert (draft.allowed, draft.restricted) == (allowed, restricted)


@pytest.mark.parametrize(
    ("said", "money"),
    [("$500", "500 USD"), ("$1,250.50", "1250.50 USD"), ("500 dollars", "500 USD"), ("$2k", "2000 USD"),
     ("five hundred", None), ("€500", None), ("USD", None), ("1,000 USD", "1000 USD"), ("twenty dollars", "20 USD")],
)  # fmt: skip
def test_amounts(said: str, money: str | None) -> None:
    found = words.money(said)
    assert (found.value if found else None) == (money.replace(".50", ".5") if money else None)


@pytest.mark.parametrize(
    ("said", "value"),
    [("two weeks", "14d"), ("14 days", "14d"), ("an hour", "1h"), ("a month", "30d"), ("ninety minutes", "90m"),
     ("a couple of days", "2d"), ("3w", "21d"), ("10 business days", "10d"), ("soon", None)],
)  # fmt: skip
def test_durations(said: str, value: str | None) -> None:
    assert next((found.value for found in words.durations(said)), None) == value


@pytest.mark.parametrize(
    ("said", "value"),
    [("every two days", "2d"), ("daily", "1d"), ("every other day", "2d"), ("once a week", "7d"),
     ("every morning", "1d"),
     ("each week", "7d"), ("every 6 hours", "6h"), ("now and then", None)],
)  # fmt: skip
def test_how_often(said: str, value: str | None) -> None:
    found = words.often(f"check {said} at 9")
    assert (found.value.replace("1w", "7d") if found else None) == value


@pytest.mark.parametrize(
    ("said", "value"),
    [("at 9", "09:00"), ("at 9:30 pm", "21:30"), ("at 12 am", "00:00"), ("at noon", "12:00"), ("at 25:00", None),
     ("at least 20", None), ("at 9 least", None)],
)  # fmt: skip
def test_times_of_day(said: str, value: str | None) -> None:
    found = words.clock(said)
    assert (found.value if found else None) == value


@pytest.mark.parametrize(
    ("text", "mend"),
    [("Budget: $500", "Target:"), ("Target: x\nBudget: two weeks", "Budget: $500"),
     ("Target: x\nBudget: 500 euros", "currency")],
)  # fmt: skip
def test_what_no_contract_can_do_without_is_asked_for(text: str, mend: str) -> None:
    with pytest.raises(BadInputError) as raised:
        drafted(text)
    assert mend in str(raised.value)


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=300))
def test_any_text_gives_a_contract_that_loads_or_an_error_that_says_why(text: str) -> None:
    try:
        draft = read(
            f"Target: {text}\nBudget: $5\nEvidence: {text}\nStop: {text}\n".encode("utf-8", "replace"), "x", ()
        )
    except BadInputError:
        return
    made = load(contract(draft, text).encode(), "x.yaml")
    assert made.contract is not None, [str(problem) for problem in made.problems]


def test_the_same_text_gives_the_same_contract() -> None:
    assert contract(drafted(ESSAY), "a") == contract(drafted(ESSAY), "a")
