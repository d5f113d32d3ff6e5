"""What the keys of decision do. Nothing here decides by itself: every way leads through `Arming`, and to `app.give`."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.worker import Worker, WorkerState

from cockpit.cli.inbox import Order
from cockpit.cli.orders import approval, asks_for_code, focused, rejection, reply
from cockpit.screens.attention import ruling
from cockpit.screens.attention.arming import CHANGED, DRAWN_S, FAST, QUIET_S
from cockpit.screens.attention.desk import STAYS_S, Desk, Undo
from cockpit.screens.attention.dialogs import CodeDialog, PageDialog, TextDialog
from cockpit.screens.attention.head import Look, rank_lines
from cockpit.screens.attention.items import DOES, GRAVE
from cockpit.screens.attention.ruling import RuleDialog, Ruling
from cockpit.screens.attention.sheet import Sheet, as_row, on_screen
from cockpit.screens.attention.undoing import take_back
from cockpit.screens.attention.verdict import SMALL
from cockpit.screens.base import View
from cockpit.screens.words import code, safe, span
from engine.errors import CockpitError
from engine.views.models import AttentionRow
from widgets.ink import BLANK, Line, Run, wrap

AGAIN_S = 0.03
NOT_READ = "it is still being read"


class Deciding(View):
    """The half of the pane that decides. The other half says what is shown: `shown`, `look`, `leave`, `next_item`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "approve", "approve", show=False, id="attention.approve", tooltip="approve these exact bytes"),
        Binding("r", "reject", "reject", show=False, id="attention.reject", tooltip="the reason becomes a rule"),
        Binding("v", "veto", "veto", show=False, id="attention.veto", tooltip="leave this one out"),
        Binding(
            "u", "undo", "undo", show=False, id="attention.undo", tooltip="take back what was just approved or rejected"
        ),
        Binding("z", "later", "later", show=False, id="attention.later", tooltip="the next item; nothing is recorded"),
        Binding("w", "why", "why", show=False, id="attention.why", tooltip="why it ranks here, and who checked what"),
        Binding("colon", "answer", "answer", show=False, id="attention.answer", tooltip="answer with a text"),
        Binding("l", "unlock", "unlock", show=False, id="attention.unlock", tooltip="go on after a burst of keys"),
        *(
            Binding(
                str(n), f"choose({n})", f"choice {n}", show=False, id=f"attention.choice-{n}", tooltip=f"choice {n}"
            )
            for n in range(1, 10)
        ),
    ]

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.desk = Desk(clock)
        self._clock = clock
        self._returned = ""
        """An item that was asked for again by taking a decision back: it is shown as soon as it is there."""

    # -- what the other half gives

    @property
    def sheet(self) -> Sheet | None:
        """What is on the screen, once it was read."""
        raise NotImplementedError

    @property
    def small(self) -> bool:
        """Whether the screen is too small for an approval."""
        raise NotImplementedError

    def look(self) -> Look | None:
        """The item as the painters see it."""
        raise NotImplementedError

    def leave(self) -> None:
        """The item was decided: after a moment, the next one."""
        raise NotImplementedError

    def next_item(self) -> bool:
        """Show the next item of the queue, those that were put aside last; whether there is one."""
        raise NotImplementedError

    def work(self, group: str, job: Callable[[], Coroutine[None, None, None]], *, exclusive: bool = False) -> None:
        """Run something that waits, beside the screen; an exclusive one ends those of its group."""
        _started: Worker[None] = self.run_worker(job, group=group, exclusive=exclusive, exit_on_error=False)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What failed beside the screen is said where one looks; nothing that it was to bring can be decided."""
        if event.state is WorkerState.ERROR:
            self.desk.say(f"it could not be read ({type(event.worker.error).__name__})", "wrong")
            self.redraw("verdict")

    # -- the safety catch

    def on_key(self, event: events.Key) -> None:
        """Every key passes here before it does anything."""
        spoiled = self.desk.arming.key(max(time.monotonic() - event.time, 0.0))
        self.desk.focus.key()
        if spoiled:
            self.desk.say(FAST)
        else:
            self.desk.hush()
        self.redraw("verdict")

    def on_paste(self, _event: events.Paste) -> None:
        """A paste decides nothing."""
        self.desk.arming.pasted()
        self._tell("a paste is never a decision")
        self.set_timer(DRAWN_S + AGAIN_S, lambda: self.redraw("verdict"))

    def _tell(self, text: str) -> None:
        self.desk.say(text)
        self.redraw("verdict")

    def _now(self) -> AttentionRow | None:
        """The item's row as it is now."""
        return self.cockpit.client.views.attention.get(self.sheet.row.id) if self.sheet else None

    def _digest(self) -> str:
        row = self._now()
        return on_screen(row) if row else ""

    def hold(self, what: str, decide: Callable[[], None]) -> None:
        """A decision key was pressed: `decide` follows if the item is armed and the keyboard stays quiet."""
        if self.desk.busy or self.sheet is None or self.sheet.row.id in self.desk.done:
            self.desk.arming.press(what, "")
            self._tell(NOT_READ if self.sheet is None else self.desk.said()[0])
            return
        if refusal := self.desk.arming.press(what, self._digest()):
            self._tell(refusal)
            return
        self.set_timer(QUIET_S, partial(self._settle, what, decide))

    def _settle(self, what: str, decide: Callable[[], None]) -> None:
        match self.desk.arming.settled(what, self._digest()):
            case "yes":
                decide()
            case "wait":
                self.set_timer(AGAIN_S, partial(self._settle, what, decide))

    def action_unlock(self) -> None:
        """Go on after a burst of keys."""
        if self.desk.arming.locked:
            self.desk.arming.unlock()
            self._tell("unlocked; look again before you decide")
            self.set_timer(DRAWN_S + AGAIN_S, lambda: self.redraw("verdict"))

    # -- approving

    def action_approve(self) -> None:
        """Approve what is on the screen, if it is armed."""
        look, sheet = self.look(), self.sheet
        if look is None or look.row.kind != "approve":
            return
        if self.small:
            self._tell(SMALL)
        elif sheet is not None and sheet.broken:
            self._tell(f"{safe(', '.join(sheet.broken[:5]))} cannot be approved: its bytes are not whole")
        elif look.left <= 0:
            self._tell("everything is vetoed: reject it instead")
        else:
            self.hold("approve", self._approve)

    def _approve(self) -> None:
        look, sheet = self.look(), self.sheet
        if look is None or sheet is None:
            return
        order = approval(as_row(sheet.row), look.excepted, len(look.seen))
        why = asks_for_code(look.row.verb, look.left)
        if not why:
            self._approved(order, sheet, look.left)
            return
        about = [
            f"{sheet.row.mission}, digest {code(sheet.row.digest)}",
            f"{why}; it runs at once, and cannot be taken back"
            if sheet.call
            else f"{why}; it leaves {span(sheet.undo_ms)} later, until then u takes it back",
        ]
        if look.vetoed:
            about.insert(1, f"{look.left} of {len(sheet.letters)}, left out: {', '.join(look.excepted)}")

        def answered(typed: str | None) -> None:
            if typed is None:
                self._tell("nothing was approved")
            elif self._digest() != sheet.digest:
                self._tell(CHANGED)
            else:
                self._approved(order, sheet, look.left)

        asks = f"approve {look.left}: {sheet.row.title}"
        self.cockpit.push_screen(CodeDialog(asks, about, look.code, self._clock, self.desk.focus.key), answered)

    def _approved(self, order: Order, sheet: Sheet, count: int) -> None:
        def done(ids: list[str]) -> None:
            if not ids and sheet.row.people > 1:
                self.desk.say(f"your yes counts; {sheet.row.people} people have to say it", "proven")
                return
            if any(name.startswith("W") for name in ids):  # a call runs at once, and cannot be taken back
                self.desk.say("approved; it runs now, once", "proven")
                return
            self.desk.undo = Undo(sheet.row.mission, sheet.row.id, tuple(ids), self._clock() + sheet.undo_ms / 1000)
            self.desk.say(f"approved {len(ids) or count}", "proven")
            self.wants_seconds = True

        self._give(order, sheet.row.id, done)

    def _give(self, order: Order, item: str, done: Callable[[list[str]], None]) -> None:
        self.desk.busy = True
        self.redraw("verdict")
        order = focused(order, self.desk.focus.ms(item))
        self.work("decide", partial(self._asked, order, item, done))

    async def _asked(self, order: Order, item: str, done: Callable[[list[str]], None]) -> None:
        """Ask the engine. What it refuses is said where one looks."""
        try:
            answer = await self.cockpit.give(order)
        except (CockpitError, ValueError, OSError) as error:
            self.desk.say(str(error), "wrong")
        else:
            self.desk.done.add(item)
            done([str(name) for name in answer.get("ids") or ()])
            self.leave()
        finally:
            self.desk.busy = False
            self.redraw("verdict", "head")

    # -- rejecting, answering

    def action_reject(self) -> None:
        """Reject an approval, with the reason that becomes a rule."""
        sheet = self.sheet
        if sheet is None or sheet.row.kind != "approve":
            return
        self.hold("reject", partial(self._ask_reason, sheet))

    def _ask_reason(self, sheet: Sheet) -> None:
        asks = f"reject: {sheet.row.title}"
        if sheet.call:
            about = ["The worker that asks for it is told the reason, and goes on without it."]
            does = "reject, its worker is told why"
            dialog = TextDialog(asks, about, does, self._clock, self.desk.focus.key)
            self.cockpit.push_screen(dialog, lambda said: self._rejected(sheet, Ruling(said, "") if said else None))
            return

        def drafted(because: str) -> Awaitable[dict[str, Any]]:
            return ruling.draft(self.cockpit.home, sheet.row.id, because)

        self.cockpit.push_screen(
            RuleDialog(asks, drafted, self._clock, self.desk.focus.key), lambda made: self._rejected(sheet, made)
        )

    def _rejected(self, sheet: Sheet, made: Ruling | None) -> None:
        if made is None:
            self._tell("nothing was rejected")
            return
        if self._digest() != sheet.digest:
            self._tell(CHANGED)
            return

        def done(ids: list[str]) -> None:
            if sheet.call:
                self.desk.say("rejected; its worker is told why")
                return
            self.desk.say(f"rejected; {_rule(ids) if made.scope != 'none' else 'no rule was made'}")
            until = self._clock() + sheet.undo_ms / 1000
            self.desk.undo = Undo(sheet.row.mission, sheet.row.id, tuple(ids), until, rejected=True)
            self.wants_seconds = True

        how = {"rule": made.scope, "undo": True} if made.scope else None
        self._give(rejection(as_row(sheet.row), made.because, how), sheet.row.id, done)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Digits are choices where there are any; elsewhere they go to the missions, as on every screen."""
        if action == "choose":
            look = self.look()
            return look is not None and look.row.kind != "approve" and bool(look.row.choices)
        return super().check_action(action, parameters)

    def action_choose(self, number: int) -> None:
        """Take the n-th choice of a question."""
        look = self.look()
        if look is None or look.row.kind == "approve" or number > len(look.row.choices):
            return
        choice = look.row.choices[number - 1]
        word = choice.strip().casefold()
        decide = partial(self._ask_text, f"{choice}: ", choice) if word in GRAVE else partial(self._reply, choice)
        self.hold(f"choose {number}", decide)

    def action_answer(self) -> None:
        """Answer with a text, or with a choice and a reason for it."""
        look = self.look()
        if look is None or look.row.kind == "approve":
            return
        choice = self.chosen(look)
        self.hold("answer", partial(self._ask_text, f"{choice}: " if choice else "", choice))

    def chosen(self, look: Look) -> str:
        """The selected choice of a question; empty when it has none."""
        return look.row.choices[0] if look.row.choices else ""

    def _ask_text(self, prefix: str, choice: str) -> None:
        sheet = self.sheet
        if sheet is None:
            return

        def answered(text: str | None) -> None:
            if text is None:
                self._tell("nothing was answered")
            elif self._digest() != sheet.digest:
                self._tell(CHANGED)
            else:
                self._reply(f"{prefix}{text}" if text else choice)

        word = choice.strip().casefold()
        about = [f"{choice}: {DOES.get(word, 'is recorded as your answer')}"] if choice else []
        required = not choice or word == "reject"
        if choice:
            about.append("Why? It is recorded with your answer." + ("" if required else " It may stay empty."))
        does = choice or "answer"
        dialog = TextDialog(sheet.row.title, about, does, self._clock, self.desk.focus.key, required=required)
        self.cockpit.push_screen(dialog, answered)

    def _reply(self, text: str) -> None:
        if self.sheet is None:
            return
        row = self.sheet.row
        try:
            order = reply(as_row(row), text)
        except CockpitError as error:
            self._tell(str(error))
            return
        self._give(order, row.id, lambda _ids: self.desk.say(f"answered: {text}", "proven"))

    # -- everything else

    def action_veto(self) -> None:
        """Leave the shown item out, or take it in again. It is decided with the rest."""
        look = self.look()
        if look is None or look.sheet is None or look.row.kind != "approve" or self.desk.busy:
            return
        if look.row.id in self.desk.done or look.place >= len(look.sheet.letters):
            return
        short = look.sheet.letters[look.place].short
        out = self.desk.veto(look.row.id, short)
        left = len(look.row.items) - len(self.desk.vetoed[look.row.id])
        code_now = "; the code is another one now" if asks_for_code(look.row.verb, left) else ""
        self._tell(f"{short} is left out{code_now}" if out else f"{short} is in again{code_now}")
        self.show(frozenset({("attention", look.row.id)}))

    def action_later(self) -> None:
        """The next item; this one comes last, and nothing is recorded."""
        look = self.look()
        if look is not None:
            self.desk.put_aside(look.row.id)
        if not self.next_item():
            self._tell("there is no other item")

    def action_undo(self) -> None:
        """Take back what was just approved or rejected, as long as nothing came of it."""
        undo = self.desk.undo
        if undo is None or self.desk.busy:
            return
        if not self.desk.left_s:
            self._tell("the undo window is over")
            return
        self.desk.busy = True
        self.redraw("verdict")
        self.work("decide", partial(self._undo, undo))

    async def _undo(self, undo: Undo) -> None:
        try:
            self._returned = await take_back(self.cockpit.give, self.desk, undo)
        finally:
            self.desk.busy, self.desk.undo, self.wants_seconds = False, None, False
            self.redraw("verdict", "head")
        self.show(frozenset())  # it may be there already

    def action_why(self) -> None:
        """The sum of the rank in words, and every check."""
        look = self.look()
        if look is None:
            return
        lines: list[Line] = [*rank_lines(look.row)]
        if look.sheet is not None and look.sheet.checks:
            lines += [BLANK, (Run("checked", "muted", bold=True),)]
            for check in look.sheet.checks:
                glyph = Run("✓ " if check.ok else "✕ ", "proven" if check.ok else "wrong")
                lines.append((glyph, Run(safe(check.text), "text"), Run(f"   {safe(check.by)}", "muted")))
                if check.detail:
                    lines.append((Run("│ ", "muted"), Run(safe(check.detail), "text")))
        if look.sheet is not None and look.sheet.lawful:
            told = wrap(safe(look.sheet.lawful), 60)
            lines += [BLANK, (Run("lawful", "muted", bold=True),), *[(Run(part, "text"),) for part in told]]
        self.cockpit.push_screen(PageDialog("why it stands where it does", lines))


def _rule(ids: list[str]) -> str:
    return f"{', '.join(ids) or 'the reason'} is in force as a rule"


__all__ = ["STAYS_S", "Deciding"]
