"""The tail follows until one looks elsewhere, takes in a page at a time, and at last knows every charge."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.screens.spend.account import HOUR, KEPT, PAGE, PART, Account, Sums
from tests.screens.spend.rows import Book, charge


def seqs(account: Account) -> list[int]:
    return [line.seq for line in account.lines]


def test_it_begins_with_a_page_of_the_newest_and_counts_the_rest() -> None:
    book, account = Book(), Account("gtm")
    book.add(450)
    account.take_in(book)
    assert seqs(account) == [*range(450, 250, -1)]
    assert account.earlier == 250
    assert book.asked == [PAGE]


def test_what_comes_is_put_on_top_while_it_follows() -> None:
    book, account = Book(), Account(None)
    book.add(3)
    account.take_in(book)
    book.add(2)
    account.take_in(book)
    assert seqs(account) == [5, 4, 3, 2, 1]


def test_a_paused_tail_stands_still_and_says_how_many_came() -> None:
    book, account = Book(), Account("gtm")
    book.add(30)
    account.take_in(book)
    account.pause()
    book.add(12)
    account.take_in(book)
    assert (seqs(account)[0], account.new) == (30, 12)
    account.follow(book)
    assert (seqs(account)[0], account.new, account.earlier) == (42, 0, 0)
    assert seqs(account) == [*range(42, 0, -1)]


def test_a_flood_costs_a_page_a_flush_and_leaves_no_hole_in_the_tail() -> None:
    book, account = Book(), Account("gtm")
    book.add(10)
    account.take_in(book)
    book.add(5_000)
    book.asked.clear()
    account.take_in(book)
    assert sum(book.asked) <= 3 * PAGE
    shown = seqs(account)
    assert shown == [*range(5_010, 5_010 - PAGE, -1)]
    assert account.earlier == 5_010 - PAGE


def test_older_pages_come_one_after_the_other_to_the_very_first() -> None:
    book, account = Book(), Account("gtm")
    book.add(450)
    account.take_in(book)
    assert account.older(book)
    assert account.older(book)
    assert not account.older(book)
    assert (seqs(account)[-1], account.earlier) == (1, 0)


def test_a_tail_that_follows_for_long_keeps_its_newest_lines_only() -> None:
    book, account = Book(), Account("gtm")
    book.add(1)
    account.take_in(book)
    for _flush in range(30):
        book.add(100)
        account.take_in(book)
    assert len(account.lines) == KEPT
    assert account.earlier == 3_001 - KEPT


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(0, 700), st.sampled_from(("take", "pause", "follow", "older", "complete"))), max_size=12
    )
)
def test_whatever_happens_lines_have_no_hole_and_the_sums_become_whole(steps: list[tuple[int, str]]) -> None:
    book, account = Book(), Account("gtm")
    for more, step in steps:
        book.add(more)
        match step:
            case "take":
                account.take_in(book)
            case "pause":
                account.pause()
            case "follow":
                account.follow(book)
            case "older":
                account.older(book)
            case _:
                account.complete(book)
        found = seqs(account)
        assert found == [*range(found[0], found[0] - len(found), -1)] if found else True
        assert account.earlier == (found[-1] - 1 if found else 0)
    account.take_in(book)
    account.take_in(book)
    for _page in range(len(book.all) // PART + len(steps) + 2):
        account.complete(book)
    assert account.whole
    assert (account.sums.count, account.sums.total) == (len(book.all), 4_200 * len(book.all))


def test_burn_is_told_by_the_hour() -> None:
    sums, now = Sums(), 100 * HOUR
    sums.add([charge(1, at=now - HOUR // 2, micro_usd=5), charge(2, at=now - 3 * HOUR, micro_usd=7)])
    assert sums.hours(now, 4) == (7, 0, 0, 5)
    assert sums.hours(now + HOUR, 2) == (5, 0)
