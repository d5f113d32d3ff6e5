"""What is drawn, without a terminal: what differs, what stands out, what is hidden, and every size."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cockpit.cli.exact import Seen
from cockpit.screens.attention import about, exact, head, items, verdict, waiting
from cockpit.screens.attention.head import Look
from cockpit.screens.attention.odd import Letter as Compared
from cockpit.screens.attention.odd import stands_out
from cockpit.screens.attention.sheet import Material, Sheet, build
from cockpit.screens.attention.strict import hidden, remark, strict
from cockpit.screens.attention.unique import MOST, only_here
from cockpit.screens.queue import StillQueue
from engine.views.models import AttentionRow, Card
from tests.cockpit.ledger import attention, card
from tests.screens.samples_attention import CONTRACT, NOW, PEOPLE, mail, text_of
from widgets.ink import width
from widgets.listing import Shown
from widgets.palette import plain_text

HOSTILE = (
    "\x1b]52;c;aGk=\x07\x1b[2J\x1b[31mred",
    "\u202eabgekehrt\u202c \u2066isolated\u2069",
    "[/nope] [bold]x[/bold] [@click=app.quit]click[/]",
    "日本語の題名はとても長くて二倍の幅" * 6,
    "x" * 600,
    "two\nlines\tand\r\n\U000e0041tag \ue000private zero\u200bwidth\ufeff",
    "pаypal.com and xn--bcher-kva.example and bücher.example",
    "",
)
SIZES = ((20, 6), (40, 12), (60, 16), (80, 24), (120, 40), (160, 45), (300, 100))


def _seen(place: int, text: str = "", to: str = "", *, subject: str = "Hello", intact: bool = True) -> Seen:
    event = {"batch": "G2", "attempt": "A2.1", "fields": ["company"], "source": "leads", "verb": "send"}
    to, text = to or f"p{place}@north.example", text or text_of(place)
    raw = mail(to, subject.replace("\n", " "), text).replace(b"\r\n", b"\n")
    return Seen(f"F{place + 1}", to, "Jonas <j@example.com>", subject, text, event, intact, raw, ("text/plain",), to)


def _row(count: int, **more: object) -> AttentionRow:
    listed = [{"id": f"gtm/F{n + 1}", "digest": str(n % 10) * 64, "preview": "send"} for n in range(count)]
    return AttentionRow.of(attention("gtm", "Q4", items=listed, verb="send", expires_at=NOW + 9_000_000, **more))


def _sheet(effects: list[Seen], **more: object) -> Sheet:
    lines = [{"criterion": f"criterion {n} {text}", "ok": n != 1} for n, text in enumerate(HOSTILE)]
    verdicts = ({"stage": "review", "ok": True, "by": "reviewer · \x1b[2J", "lines": lines},)
    return build(Material(_row(len(effects), **more), tuple(effects), CONTRACT, 2, "A2.1", verdicts=verdicts))


def _look(sheet: Sheet, **more: object) -> Look:
    return Look(row=sheet.row, sheet=sheet, card=Card.of(card("gtm")), now=NOW, **more)  # type: ignore[arg-type]


# -- what only this one has


def test_underlined_is_what_no_other_item_of_the_batch_has() -> None:
    texts = ["Hi Maya,\n\nI read north.example/pricing the way a buyer would.\n\nJonas",
             "Hi Tom,\n\nI read bright.example/pricing the way a buyer would.\n\nJonas"]  # fmt: skip
    found = [[text[start:end] for start, end in spans] for text, spans in zip(texts, only_here(texts), strict=True)]
    assert found == [["Maya", "north.example/pricing"], ["Tom", "bright.example/pricing"]]


def test_two_items_with_the_same_words_share_them() -> None:
    texts = ["Hi Maya, hello", "Hi Maya, hello", "Hi Tom, hello"]
    assert only_here(texts) == [(), (), ((3, 6),)]
    assert only_here(["alone"]) == [()]


def test_a_sign_that_only_one_item_has_is_marked_too() -> None:
    texts = ["send it now!", "send it now."]
    assert [texts[0][start:end] for start, end in only_here(texts)[0]] == ["!"]


def test_a_very_large_batch_is_compared_by_lines() -> None:
    same = "the same line for all\n" * (MOST // 20)
    texts = [f"{same}only {name}\n" for name in ("one", "two")]
    assert [texts[1][start:end] for start, end in only_here(texts)[1]] == ["only two"]


# -- what stands out


def _batch(**changed: str) -> list[Compared]:
    usual = Compared("q@north.example", "Jonas <j@example.com>", "Hi", text_of(3))
    return [*(replace(usual, to=f"p{n}@north.example") for n in range(8)), replace(usual, **changed)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, ""),
        ({"to": "info@north.example"}, "role inbox"),
        ({"to": "Sales+x@north.example"}, "role inbox"),
        ({"text": text_of(3) + "https://a.example"}, "1 link"),
        ({"text": text_of(3).replace("$12", "nothing")}, "no price"),
        ({"text": "Hi there, only $12."}, "much shorter"),
        ({"text": "more words " * 200 + text_of(3)}, "much longer"),
        ({"subject": "Hi\u200b"}, "1 hidden character"),
        ({"text": text_of(3) + "\u202e\U000e0041"}, "2 hidden characters"),
        ({"text": text_of(3).replace("pricing page", "pаypal page")}, "mixed scripts"),
        ({"to": "a@xn--bcher-kva.example"}, "foreign domain"),
        ({"addressed": "somebody@else.example"}, "another To"),
        ({"sender": "Jonas <j@other.example>"}, "another sender"),
    ],
)
def test_an_item_stands_out_for_a_reason_that_was_computed(changed: dict[str, str], reason: str) -> None:
    found = stands_out(_batch(**changed))
    assert found[-1] == reason
    assert not any(found[:-1])


def test_a_small_batch_has_no_majority_to_stand_out_from() -> None:
    letters = [Compared(f"p{n}@x.example", f"S{n}", "Hi", "$1 " * (n * 400 + 1)) for n in range(3)]
    assert stands_out(letters) == ["", "", ""]


# -- hostile bytes


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_is_hidden_or_steers_reaches_a_line(text: str) -> None:
    shown = plain_text(strict(text, 70))
    assert shown.replace("\n", "").isprintable()
    assert hidden(text) == 0 or "<U+" in shown


def test_every_kind_of_hidden_character_is_counted_and_seen() -> None:
    text = "a\x00b\u200bc\u202ed\u2066e\ufefff\U000e0041g\ue000h\u00adi\ufe0fj\x1bk\tl"
    assert hidden(text) == 11
    shown = plain_text(strict(text, 200))
    for code in ("0000", "200B", "202E", "2066", "FEFF", "E0041", "E000", "00AD", "FE0F", "001B", "0009"):
        assert f"<U+{code}>" in shown


def test_look_alikes_and_foreign_domains_are_named() -> None:
    assert remark("pаypal").startswith("≠ mixes cyrillic and latin")
    assert remark("a@xn--bcher-kva.example") == "= bücher.example"
    assert remark("bücher.example") == "= xn--bcher-kva.example"
    assert remark("Grüße") == ""
    assert remark("日本語ひらがな") == ""


def test_a_drawn_box_stays_behind_the_gutter() -> None:
    sheet = _sheet([_seen(0, "╭── approve ──╮\n│ a approve   │\n╰─────────────╯")])
    for line in exact.window(exact.letter_lines(sheet.letters[0], 60), 0, 60, 20, []):
        assert line[0].text == "│  "


def test_what_is_attached_and_hidden_is_told_truly() -> None:
    plain = _sheet([_seen(0)]).letters[0]
    assert plain_text([exact.nature(plain)]) == "text/plain only · 0 attachments · 0 hidden characters"
    parts = _sheet([_seen(0, "Hi\u200b")._replace(kinds=("text/html", "application/pdf"))]).letters[0]
    assert plain_text([exact.nature(parts)]) == "text/html, application/pdf · 1 attachment · 1 hidden character"


def test_what_the_header_says_besides_the_envelope_is_shown() -> None:
    letter = _sheet([_seen(0)._replace(addressed="boss@else.example")]).letters[0]
    assert "the message says boss@else.example" in plain_text(exact.letter_lines(letter, 70))


# -- every size


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_no_line_is_wider_than_its_screen(columns: int, rows: int) -> None:
    effects = [_seen(n, text, text or "a@b.example", subject=text) for n, text in enumerate(HOSTILE)]
    for place, text in enumerate(HOSTILE):
        sheet = _sheet(effects, title=text, why=f"{text} (10)", detail=text)
        look = _look(sheet, place=place, vetoed=frozenset({"F2"}))
        asked = _look(_sheet(effects, title=text, kind="doubt", choices=[text, "sent"], detail=text))
        state = verdict.State(armed=True, said=text, voice="wrong")
        blocks = [
            head.block(look, columns, 20, lit=True),
            head.slim_block(look, columns),
            head.one_column(look, columns),
            [head.title_line(look, columns)],
            exact.window(exact.letter_lines(sheet.letters[place], columns), 0, columns, rows, []),
            exact.window(exact.raw_lines(sheet.letters[place], columns), 0, columns, rows, []),
            exact.window(about.about_lines(asked, columns), 0, columns, rows, []),
            exact.check_grid(sheet.checks, columns, 3),
            verdict.lines(look, state, columns, 2),
            verdict.lines(asked, verdict.State(), columns, 1),
            head.block(asked, columns, 20, lit=False),
            waiting.nothing(columns, rows),
        ]
        for listed in (items.entries(look), items.entries(asked)):
            blocks += [items.paint(entry, Shown(columns, True, True)) for entry in listed]
        if columns >= 34:
            rows_known = {sheet.row.id: sheet.row}
            queue = StillQueue()
            queue.rank(rows_known)
            entries = waiting.entries(queue, rows_known, {}, {}, NOW)
            blocks += [waiting.paint(entry, Shown(columns, True, True)) for entry in entries]
            blocks.append([waiting.folded(queue, rows_known, sheet.row.id, columns)])
        for lines in blocks:
            for line in lines:
                assert width(line) <= columns, plain_text([line])
                assert plain_text([line]).isprintable()


def test_the_code_is_the_bold_half_of_the_digest_and_changes_with_a_veto() -> None:
    sheet = _sheet([_seen(n) for n in range(12)])
    bold = [run.text for run in head.digest_runs(_look(sheet)) if run.bold]
    vetoed = [run.text for run in head.digest_runs(_look(sheet, vetoed=frozenset({"F2"}))) if run.bold]
    assert bold == ["a3f9"]
    assert vetoed == [_look(sheet, vetoed=frozenset({"F2"})).code] != bold


def test_no_code_is_shown_where_a_veto_leaves_few_enough_to_need_none() -> None:
    sheet = _sheet([_seen(n) for n in range(11)])
    shown = plain_text([head.digest_runs(_look(sheet, vetoed=frozenset({"F2"})))])
    assert "code" not in shown
    assert shown.startswith("digest  a3f9")


def test_a_window_that_opens_after_acting_says_for_how_long() -> None:
    contract = {**CONTRACT, "cadence": [{"after": "publish", "for": 1}, {"after": "send", "for": 6 * 86_400_000}]}
    sheet = build(Material(_row(1), (_seen(0),), contract, 2, "A2.1"))
    assert "opens for 6d after sending" in plain_text(head.one_column(_look(sheet), 120))
    forever = build(Material(_row(1), (_seen(0),), {**CONTRACT, "cadence": [{"after": "send"}]}, 2, "A2.1"))
    assert "opens for 7d after sending" in plain_text(head.one_column(_look(forever), 120))
    assert "opens" not in plain_text(head.one_column(_look(_sheet([_seen(0)])), 120))


def test_the_left_facts_get_the_room_that_no_figure_at_right_needs() -> None:
    contract = {**CONTRACT, "actions": {"restricted": ["send", "publish", "spend", "contact"]}}
    sheet = build(Material(_row(1), (_seen(0),), contract, 2, "A2.1", per_day=50))
    shown = plain_text(head.two_columns(_look(sheet), 121))
    assert "send, publish, spend, contact   contract rev 2" in shown
    assert "10 s after approval" in shown


def test_longer_texts_say_how_much_is_unread() -> None:
    lines = exact.letter_lines(_sheet([_seen(0, "line\n" * 50)]).letters[0], 60)
    shown = exact.window(lines, 0, 60, 20, [])
    assert plain_text(shown).endswith(f"{len(lines) - 19} more lines ↓")
    last = exact.most_offset(lines, 20, [])
    assert "more line" not in plain_text(exact.window(lines, last, 60, 20, []))


def test_everything_rehearsed_says_so() -> None:
    sheet = _sheet([_seen(0)])
    look = Look(row=sheet.row, sheet=sheet, card=Card.of(card("gtm", rehearsed=True)), now=NOW)
    assert "REHEARSED" in plain_text([head.title_line(look, 120)])


def test_the_whole_sum_of_a_rank_is_told() -> None:
    row = _row(1, why="holds 3 tasks (30) · expires in 23h (25)", rank=55)
    assert plain_text(head.rank_lines(row)).split("\n") == [
        "    30   holds 3 tasks",
        "    25   expires in 23h",
        "    55   rank; the highest comes first",
    ]


def test_what_was_cleared_today_is_newest_first_and_takes_undoing_as_one() -> None:
    def made(seq: int, what: str, **body: object) -> dict[str, object]:
        return {"seq": seq, "wall": NOW - 1_000, "mission": "gtm", "body": {"what": what, "subject": "F1", **body}}

    found = waiting.cleared(
        [
            made(1, "approve", attention="Q4", focus_ms=60_000),
            made(2, "withdraw"),
            made(3, "withdraw"),
            made(4, "reject", text="DM: too long"),
            {"seq": 5, "wall": NOW - 90_000_000, "mission": "gtm", "body": {"what": "approve", "subject": "Q1"}},
        ],
        {("gtm", "Q4"): "send 25 mails"},
        NOW,
    )
    assert [one.text for one in found] == ["rejected: DM: too long", "withdrew 2: F1, F1", "approved send 25 mails"]


def test_what_one_burst_took_back_is_one_entry_however_the_clock_stood() -> None:
    def back(seq: int, wall: int) -> dict[str, object]:
        body = {"what": "withdraw", "subject": f"F{seq}", "focus_ms": 10}
        return {"seq": seq, "wall": wall, "mission": "gtm", "body": body}

    start = NOW // 20_000 * 20_000 - 1_500  # the seventh falls into the next twenty seconds
    found = waiting.cleared([back(n, start + 250 * n) for n in range(1, 8)], {}, NOW)
    assert [(one.text, one.focus_ms) for one in found] == [("withdrew 7: F1 to F7", 70)]
    apart = waiting.cleared([back(1, NOW - 90_000), back(2, NOW - 1_000)], {}, NOW)
    assert [one.text for one in apart] == ["withdrew F2", "withdrew F1"]


def test_what_is_cut_of_a_cleared_decision_ends_in_dots() -> None:
    lines = waiting.cleared_lines([waiting.Cleared(NOW, "approve", "word " * 40, 0, "gtm")], 32, 9)
    assert len(lines) == 3
    assert plain_text(lines).endswith("…")


def test_the_sample_is_of_the_size_it_is_designed_for() -> None:
    sheet = _sheet([_seen(n, to=f"{name}@{company}.example") for n, (name, company) in enumerate(PEOPLE)])
    assert len(sheet.letters) == 25
    assert [sheet.letters[place].odd for place in sheet.odd] == ["role inbox", "2 links", "no price"]


def test_a_word_of_which_only_a_part_is_its_own_is_not_torn() -> None:
    told = "useful to Solanum?"
    lines = strict(told, 17, ((10, 17),))
    assert ["".join(run.text for run in line).rstrip() for line in lines] == ["useful to", "Solanum?"]
    assert [run.text for line in lines for run in line if run.under] == ["Solanum"]
    long = strict("see northwind.example/plans", 12, ((4, 13),))
    assert "".join(run.text for line in long for run in line).replace(" ", "") == "seenorthwind.example/plans"
    assert all(width(line) <= 12 for line in long)
