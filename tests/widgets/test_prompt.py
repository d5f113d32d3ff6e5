"""The line to type a search into."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType

from widgets.palette import plain_text
from widgets.prompt import MOST, Prompt


class Host(App[None]):
    """Has a key of its own, and remembers what it was told."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "note", "note")]

    def __init__(self) -> None:
        super().__init__()
        self.noted = 0
        self.told: list[tuple[str, str]] = []

    def compose(self) -> ComposeResult:
        yield Prompt()

    def action_note(self) -> None:
        self.noted += 1

    def on_prompt_changed(self, event: Prompt.Changed) -> None:
        self.told.append(("changed", event.text))

    def on_prompt_done(self, event: Prompt.Done) -> None:
        self.told.append(("done", event.text))


async def test_what_can_be_printed_is_text_and_no_key_of_others() -> None:
    async with Host().run_test() as pilot:
        host = pilot.app
        assert isinstance(host, Host)
        host.query_one(Prompt).focus()
        await pilot.press("q", "1", "space", "?")
        assert host.query_one(Prompt).text == "q1 ?"
        assert host.noted == 0


async def test_every_change_is_told_and_enter_ends_it() -> None:
    async with Host().run_test() as pilot:
        host = pilot.app
        assert isinstance(host, Host)
        host.query_one(Prompt).focus()
        await pilot.press("a", "b", "backspace", "backspace", "backspace", "c", "enter")
        assert host.told == [
            ("changed", "a"), ("changed", "ab"), ("changed", "a"), ("changed", ""), ("changed", "c"), ("done", "c"),
        ]  # fmt: skip


async def test_escape_ends_the_search() -> None:
    async with Host().run_test() as pilot:
        host = pilot.app
        assert isinstance(host, Host)
        host.query_one(Prompt).focus()
        await pilot.press("a", "escape")
        assert host.told == [("changed", "a"), ("changed", ""), ("done", "")]


async def test_a_text_is_bounded_and_its_end_stays_in_view() -> None:
    async with Host().run_test(size=(30, 4)) as pilot:
        prompt = pilot.app.query_one(Prompt)
        prompt.focus()
        prompt._set("x" * 5_000 + "end")
        assert len(prompt.text) == MOST
        prompt._set("x" * 100 + "end")
        assert "end" in plain_text(prompt._line(30, 1))
