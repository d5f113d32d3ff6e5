"""The tree of branches: rails, figures, verdicts, one threshold; and what is known of the selected one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cockpit.screens.mission import branch_foot
from cockpit.screens.mission import branches_paint as paint
from cockpit.screens.mission.branch_foot import Known
from cockpit.screens.mission.branches_paint import Air, Fold, Goal, Twig
from cockpit.screens.mission.tree import leaves, verdict
from engine.views.models import BranchRow, RuleLine
from tests.screens.mission.rows import branches, card, items, tasks
from tests.screens.samples import NOW
from tests.screens.samples_mission import SLUG, gtm
from widgets.ink import width
from widgets.listing import Entry, Shown
from widgets.palette import plain_text

ASKED = frozenset({f"{SLUG}/B3"})


def listed(columns: int = 154, *, fold: bool = False, rows: dict[str, BranchRow] | None = None) -> list[Entry]:
    shown, folded = leaves(rows or branches(), fold=fold)
    return paint.entries(shown, folded, card(), ASKED, NOW, columns)


def drawn(columns: int = 154) -> list[str]:
    return [
        line
        for entry in listed(columns)
        for line in plain_text(paint.paint(entry, Shown(columns, False, True))).split("\n")
    ]


def test_children_stand_below_their_parent_in_the_order_in_which_they_were_opened() -> None:
    keys = [leaf.branch.key for leaf in leaves(branches())[0]]
    assert keys == ["main", "cold-email", "teardown", "plain-ask", "linkedin", "newsletters", "communities"]


def test_rails_go_on_as_long_as_there_are_siblings() -> None:
    lines = drawn(76)
    assert [line[:18].rstrip() for line in lines] == [
        "main",
        "├─ ● cold-email",
        "│  ├─ ⚑ teardown",
        "│  └─ ✕ plain-ask",
        "├─ ◷ linkedin",
        "├─ ‖ newsletters",
        "└─ ✕ communities",
    ]


def test_a_wide_branch_has_three_lines_and_a_row_of_rails_follows() -> None:
    found = listed()
    cold = next(place for place, entry in enumerate(found) if entry.id == f"{SLUG}/B2")
    assert found[cold].height == 3
    air = found[cold + 1]
    assert isinstance(air.body, Air)
    assert not air.selectable
    assert plain_text(paint.paint(air, Shown(154, False, True))).startswith("│  │")


def test_the_one_threshold_stands_in_the_same_column_of_every_row() -> None:
    lines = drawn()
    places = {line.index("┊") for line in lines if "┊" in line}
    assert len(places) == 1
    assert sum("┊" in line for line in lines) == len(lines)


def test_a_branch_tells_its_state_share_figure_sample_and_verdict() -> None:
    text = next(line for line in drawn() if "teardown" in line)
    for told in ("needs you", "$10.96", "of $100", "18.2%", " 22 ", "●", "unknown"):
        assert told in text
    past = next(line for line in drawn() if "plain-ask" in line)
    assert "○" in past
    assert past.rstrip().endswith("prune")


def test_past_branches_keep_their_place_and_are_folded_on_demand() -> None:
    found = listed(fold=True)
    keys = [entry.body.leaf.branch.key for entry in found if isinstance(entry.body, Twig)]
    assert keys == ["main", "cold-email", "teardown", "linkedin"]
    fold = found[-1].body
    assert isinstance(fold, Fold)
    assert sorted(fold.names) == ["communities", "newsletters", "plain-ask"]
    assert fold.spent == 6_820_000 + 400_000 + 3_050_000


def test_a_past_branch_with_a_living_child_is_not_folded() -> None:
    rows = branches()
    rows[f"{SLUG}/B2"] = replace(rows[f"{SLUG}/B2"], state="pruned")
    keys = [leaf.branch.key for leaf in leaves(rows, fold=True)[0]]
    assert "cold-email" in keys
    assert "teardown" in keys


def test_branches_in_a_ring_or_without_a_parent_are_shown_once_or_not_at_all() -> None:
    rows = branches()
    rows[f"{SLUG}/B6"] = replace(rows[f"{SLUG}/B6"], parent=f"{SLUG}/B99")
    rows[f"{SLUG}/B7"] = replace(rows[f"{SLUG}/B7"], parent=f"{SLUG}/B7")
    keys = [leaf.branch.key for leaf in leaves(rows)[0]]
    assert len(keys) == len(set(keys)) == 7
    for fold in (False, True):
        leaves({name: replace(row, parent=f"{SLUG}/B2") for name, row in rows.items()}, fold=fold)


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ((("false", "keep"), ("true", "prune"), ("true", "keep")), "prune"),
        ((("false", "keep"), ("unknown", "prune")), "unknown"),
        ((("false", "keep"), ("error", "prune")), "error"),
        ((("false", "keep"),), "none"),
        ((), ""),
    ],
)
def test_the_verdict_is_the_first_true_rule_else_unknown_else_none(
    outcomes: tuple[tuple[str, str], ...], expected: str
) -> None:
    rules = tuple(
        RuleLine(f"judge[{n}]", "branch.x > 1", then, told, "", None) for n, (told, then) in enumerate(outcomes)
    )
    assert verdict(replace(branches()[f"{SLUG}/B2"], rules=rules)) == expected


def test_unknown_is_bright_where_something_can_still_become_known() -> None:
    found = {entry.id: entry for entry in listed() if isinstance(entry.body, Twig)}
    alive = paint.paint(found[f"{SLUG}/B5"], Shown(154, False, True))[0]
    assert any(run.text.strip() == "unknown" and run.voice == "bright" and run.bold for run in alive)
    rows = branches()
    rows[f"{SLUG}/B5"] = replace(rows[f"{SLUG}/B5"], state="kept")
    kept = next(entry for entry in listed(rows=rows) if entry.id == f"{SLUG}/B5")
    assert not any(
        run.text.strip() == "unknown" and run.voice == "bright" for run in paint.paint(kept, Shown(154, False, True))[0]
    )


def test_the_reason_says_what_is_missing_and_when_the_window_closes() -> None:
    text = "\n".join(drawn())
    assert "unknown until n 20; window closes in 1d 4h" in text
    assert "0 of 22, all of batch 1 judged; $43.18 of its share was left" in text


def test_the_answer_says_how_many_are_kept_of_those_that_were_tried() -> None:
    line = paint.answer(branches(), Goal("branch.kept >= 1", 6), NOW, 156)
    text = plain_text([line])
    assert text.startswith("0 of 6 kept   3 alive")
    assert "target  branch.kept >= 1" in text
    assert "6 of 6 branches" in text
    assert text.endswith("in 1d 4h")
    for columns in (10, 40, 78, 116):
        assert width(paint.answer(branches(), Goal("x" * 300, 6), NOW, columns)) <= columns


def test_header_and_rows_share_their_columns() -> None:
    axis = paint.scale(list(branches().values()), "reply_rate", 154)
    head = plain_text([paint.header(154, "reply_rate", axis)])
    row = next(line for line in drawn() if "cold-email" in line)
    assert head.index("reply rate") + len("reply rate") == row.index("9.1%") + 4 + 2
    assert head.index("verdict") == row.index("unknown") + 2


def test_branches_with_a_duration_stand_on_the_axis_without_an_interval() -> None:
    rows = branches()
    for name, row in rows.items():
        told = tuple(replace(seen, unit="ms", k=None, n=None, value="4900") for seen in row.evidence)
        rows[name] = replace(row, evidence=told)
    shown, folded = leaves(rows)
    found = paint.entries(shown, folded, replace(card(), branches=()), ASKED, NOW, 154)
    text = plain_text(paint.paint(next(e for e in found if e.id == f"{SLUG}/B2"), Shown(154, False, True)))
    assert "4.9 s" in text
    assert "●" in text


EVENTS = [
    {"kind": kind, "body": body} for _mission, kind, body, _at, _actor in gtm().events if _mission == SLUG
]  # fmt: skip


def test_what_events_tell_of_a_branch_is_its_evidence_newest_first_and_what_its_rules_saw() -> None:
    seen = branch_foot.known(EVENTS, "B3")
    assert [name for name, *_rest in seen.evidence] == ["E31", "E27", "E23", "E19"]
    row = branches()[f"{SLUG}/B3"]
    assert [branch_foot.saw(rule, seen) for rule in row.rules] == ["1, 0.71", "4/22, 22", "10.96"]
    assert branch_foot.known(EVENTS, "B2") == Known({}, ())


def test_the_foot_names_rules_evidence_and_what_happens_next_the_human_first() -> None:
    row = branches()[f"{SLUG}/B3"]
    steps = branch_foot.upcoming(row, tasks().values(), items(), card(), NOW)
    assert steps[0] == ("needs you", "send 25 e-mails")
    text = plain_text(branch_foot.foot(row, branch_foot.known(EVENTS, "B3"), steps, NOW, 156, 6))
    for told in ("judge rules, last evaluated 13:00", "reply_rate >= 0.05", "unknown", "4/22, 22", "E31", "send it",
                 "⚑ send 25 e-mails"):  # fmt: skip
        assert told in text


def test_a_branch_without_rules_says_so() -> None:
    rows = branches()
    text = plain_text(branch_foot.foot(rows[f"{SLUG}/B6"], Known(), [], NOW, 156, 6))
    assert "no rule was evaluated yet" in text
    assert "nothing until it is taken up again" in text
    assert "it is not judged" in plain_text(branch_foot.foot(rows[f"{SLUG}/B1"], Known(), [], NOW, 156, 6))


def test_the_sheet_of_a_branch_tells_its_interval_and_every_rule() -> None:
    row = branches()[f"{SLUG}/B3"]
    text = plain_text(branch_foot.sheet(row, branch_foot.known(EVENTS, "B3"), [], NOW, 88))
    assert "18.2%, 4 of 22; 95 %: 7.3% to 38.5%, unknown until n 40" in text
    assert text.count("then ") == 3


def halved(columns: int) -> tuple[str, list[str]]:
    """Header and rows where the figure of `teardown` is only claimed and that of `cold-email` is proven."""
    rows = branches()
    name = f"{SLUG}/B3"
    rows[name] = replace(rows[name], evidence=tuple(replace(seen, claimed=3) for seen in rows[name].evidence))
    shown, folded = leaves(rows)
    found = paint.entries(shown, folded, card(), ASKED, NOW, columns)
    axis = paint.scale(list(rows.values()), "reply_rate", columns)
    head = plain_text([paint.header(columns, "reply_rate", axis, apart=True)])
    lines = [plain_text(paint.paint(entry, Shown(columns, False, True))).split("\n")[0] for entry in found]
    return head, lines


@pytest.mark.parametrize("columns", [154, 114, 76])
def test_what_is_only_claimed_stands_in_a_column_of_its_own_and_under_its_name(columns: int) -> None:
    head, lines = halved(columns)
    claimed = next(line for line in lines if "teardown" in line)
    proven = next(line for line in lines if "cold-email" in line)
    edge = 2  # of the list, which the header has no use for
    assert claimed.index("◇ 18.2%") + len("◇ 18.2%") + edge == head.index("◇ claimed") + len("◇ claimed")
    end = head.index("reply rate") + len("reply rate") - edge
    assert proven[end - 4 : end] == "9.1%"
    assert claimed[end - 8 : end].strip() == ""
    assert " 22 " not in claimed  # its sample is no better than its figure


def test_a_claim_has_another_shape_on_the_axis_than_a_proof() -> None:
    lines = halved(154)[1]
    claimed = next(line for line in lines if "teardown" in line)
    proven = next(line for line in lines if "cold-email" in line)
    assert "◇" in claimed[100:]
    assert "╌" in claimed
    assert "●" not in claimed[100:]
    assert "●" in proven[100:]
    assert "◇" not in proven


def test_where_there_is_room_for_one_figure_a_claim_says_that_it_is_one() -> None:
    lines = halved(38)[1]
    assert next(line for line in lines if "teardown" in line).endswith("claimed 18.2%")
    assert next(line for line in lines if "cold-email" in line).endswith(" 9.1%")


def test_without_a_claim_there_is_no_column_for_one() -> None:
    assert not paint.apart(branches().values(), "reply_rate")
    assert "claimed" not in plain_text([paint.header(154, "reply_rate", None)])
