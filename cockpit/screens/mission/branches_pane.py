"""The branches: a tree on one axis, the rules and the evidence of the selected one below it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from cockpit.screens.base import Dirty, Key
from cockpit.screens.mission import branch_foot, orders
from cockpit.screens.mission import branches_paint as paint
from cockpit.screens.mission.branch_foot import Known
from cockpit.screens.mission.branches_paint import Goal, Twig
from cockpit.screens.mission.dialog import ReasonDialog
from cockpit.screens.mission.pane import Pane
from cockpit.screens.mission.sheet import Sheet
from cockpit.screens.mission.tree import leaves
from cockpit.screens.mission.why import WhySheet
from cockpit.screens.words import money, now_in, safe
from engine.errors import CockpitError
from engine.views.models import BranchRow, Card
from widgets.ink import BLANK, Line, Run, rule
from widgets.listing import EDGE, Listing
from widgets.panel import Panel

LOOKED = 400
"""Events that are looked through for the evidence of a branch."""
_TOLD = ("evidence.recorded", "condition.evaluated")
_CONTRACT = ("mission.created", "contract.amended")
EMPTY = "one line of work, no branches; those of a plan appear here"


class BranchesPane(Pane):
    """The tree. `K` keeps and `P` prunes the selected branch, after a question."""

    SCOPED_CSS = False
    DEFAULT_CSS = """
    BranchesPane #branches-answer { height: 2; }
    BranchesPane #branches-lid { height: 2; }
    BranchesPane #branches-list { height: 1fr; }
    BranchesPane #branches-foot { height: 6; margin-bottom: 1; }
    .-short BranchesPane #branches-answer, .-short BranchesPane #branches-lid { height: 1; }
    .-low BranchesPane #branches-answer, .-low BranchesPane #branches-lid { display: none; }
    .-tiny BranchesPane #branches-lid { display: none; }
    .-short BranchesPane #branches-foot, .-low BranchesPane #branches-foot,
    .-narrow BranchesPane #branches-foot, .-tiny BranchesPane #branches-foot { display: none; }
    """
    BINDING_GROUP_TITLE = "branches"
    FOOT = (
        Key("list.next", "j k", "branch"),
        Key("list.open", "⏎", "open"),
        Key("branches.keep", "K", "keep"),
        Key("branches.prune", "P", "prune"),
        Key("branches.why", "w", "why"),
        Key("branches.fold", "f", "fold past"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("K", "judge('keep')", "keep", show=False, id="branches.keep", tooltip="keep it; asks for a reason"),
        Binding("P", "judge('prune')", "prune", show=False, id="branches.prune", tooltip="end it; asks for a reason"),
        Binding("w", "why", "why", show=False, id="branches.why", tooltip="what led to its state and its verdict"),
        Binding("c", "context", "context", show=False, id="branches.context", tooltip="what its workers get to read"),
        Binding("f", "fold", "fold past", show=False, id="branches.fold", tooltip="leave out what is past, or show it"),
    ]

    def __init__(self, slug: str) -> None:
        super().__init__()
        self._slug = slug
        self._fold = False
        self._goal = Goal("", None)
        self._known: dict[str, Known] = {}

    def compose(self) -> ComposeResult:
        """Answer, header, tree, foot."""
        yield Panel(self._answer, id="branches-answer")
        yield Panel(self._lid, id="branches-lid")
        yield Listing(paint.paint, empty=EMPTY, id="branches-list", block=True)
        yield Panel(self._foot, id="branches-foot")

    # -- what is shown

    @property
    def listing(self) -> Listing:
        """The tree."""
        return self.query_one("#branches-list", Listing)

    @property
    def _rows(self) -> dict[str, BranchRow]:
        return self.cockpit.client.views.branches.get(self._slug, {})

    @property
    def _card(self) -> Card | None:
        return self.cockpit.client.views.cards.get(self._slug)

    @property
    def _now(self) -> int:
        return now_in(self._card, self.cockpit.now)

    @property
    def chosen(self) -> BranchRow | None:
        """The selected branch."""
        found = self.listing.selected
        return found.body.leaf.branch if found is not None and isinstance(found.body, Twig) else None

    def _answer(self, columns: int, rows: int) -> list[Line]:
        line = paint.answer(self._rows, self._goal, self._now, columns)
        return [line, BLANK][:rows]

    def _lid(self, columns: int, rows: int) -> list[Line]:
        metric = self._card.metric if self._card else ""
        listed = list(self._rows.values())
        axis, apart = paint.scale(listed, metric, columns - EDGE), paint.apart(listed, metric)
        under = paint.legend(columns - EDGE, axis) if apart else BLANK
        return [paint.header(columns - EDGE, metric, axis, apart=apart), under][:rows]

    def _foot(self, columns: int, rows: int) -> list[Line]:
        row, card = self.chosen, self._card
        if row is None or card is None:
            return [rule(columns)]
        seen = self._known.get(row.id, Known())
        steps, over = self._steps(row, card), card.state in orders.OVER
        return [rule(columns), *branch_foot.foot(row, seen, steps, self._now, columns, rows - 1, over=over)]

    def _steps(self, row: BranchRow, card: Card) -> list[tuple[str, str]]:
        views = self.cockpit.client.views
        tasks = views.tasks.get(self._slug, {}).values()
        return branch_foot.upcoming(row, tasks, views.attention.values(), card, self._now)

    def show(self, dirty: Dirty | None) -> None:
        """Take in what changed, if anything of it stands here."""
        if dirty is None:
            self._known.clear()
            self._fill()
            self.call_after_refresh(self._read)
            return
        mine = {(kind, name) for kind, name in dirty if name == self._slug or name.startswith(f"{self._slug}/")}
        if any(kind in {"card", "branch", "attention", "task"} for kind, _name in mine):
            changed = {name for kind, name in mine if kind == "branch"}
            for name in changed:
                self._known.pop(name, None)
            self._fill()
            if (row := self.chosen) is not None and row.id in changed:
                self.call_after_refresh(self._read)

    def _fill(self) -> None:
        card = self._card
        rows = self._rows
        shown, folded = leaves(rows, fold=self._fold)
        if (
            not any(row.parent for row in rows.values())
            and len(rows) < 2
            and not any(r.evidence for r in rows.values())
        ):
            shown = []
        asked = frozenset(item.branch for item in self.cockpit.client.views.attention.values())
        found = paint.entries(shown, folded, card, asked, self._now, self._columns) if card else []
        self.listing.fill(found)
        self.redraw()

    @property
    def _columns(self) -> int:
        return max(self.size.width - EDGE, 1)

    def _read(self) -> None:
        """What events tell of the selected branch, and of the contract; not before the first paint."""
        row = self.chosen if self.is_mounted else None
        try:
            if not self._goal.met_when and self._goal.branches is None:
                self._goal = self._contract()
            if row is not None and row.id not in self._known:
                events = self.cockpit.client.events(self._slug, limit=LOOKED, kinds=_TOLD)
                self._known[row.id] = branch_foot.known(events, row.id.rpartition("/")[2])
        except CockpitError as error:
            self.cockpit.say(str(error), severity="error")
            return
        for name in ("#branches-answer", "#branches-foot"):
            self.query_one(name, Panel).redraw()

    def _contract(self) -> Goal:
        found = self.cockpit.client.events(self._slug, limit=1, kinds=_CONTRACT)
        contract = found[-1]["body"].get("contract") if found else None
        if not isinstance(contract, dict):
            return Goal("", None)
        target, budget = contract.get("target"), contract.get("budget")
        met = target.get("met_when") if isinstance(target, dict) else None
        most = budget.get("branches") if isinstance(budget, dict) else None
        return Goal(str(met or ""), most if isinstance(most, int) else None)

    def tick(self) -> None:
        """Deadlines."""
        self._fill()

    def on_resize(self) -> None:
        """Another width has other columns."""
        if self.is_mounted:
            self._fill()

    def point(self, subject: str) -> None:
        """Select a branch."""
        self.listing.select(subject)

    def enter(self) -> None:
        """The tree takes the keys."""
        self.listing.focus(scroll_visible=False)

    # -- what keys do

    def on_listing_moved(self, event: Listing.Moved) -> None:
        """The foot follows the selection; its evidence comes after the paint."""
        event.stop()
        self.query_one("#branches-foot", Panel).redraw()
        self.call_after_refresh(self._read)

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """Show all that is known of it."""
        event.stop()
        row, card = self.chosen, self._card
        if row is None or card is None:
            return
        self._read()
        seen, steps, now = self._known.get(row.id, Known()), self._steps(row, card), self._now
        title: Line = (Run(safe(row.key), "bright", bold=True), Run(f"   {safe(row.id)}", "muted"))
        over = card.state in orders.OVER
        self.app.push_screen(Sheet(title, lambda columns: branch_foot.sheet(row, seen, steps, now, columns, over=over)))

    def action_judge(self, verb: orders.Judging) -> None:
        """Ask for a reason, then keep or prune the selected branch."""
        row, card = self.chosen, self._card
        if row is None or card is None:
            return
        if reason := orders.judgeable(row, card):
            self.cockpit.say(reason, severity="warning")
            return
        about = [row.hypothesis, f"{money(row.spent)} of {money(row.budget or 0)} of its share is spent."]
        about.append(
            "Its open tasks are cancelled, what waits for you is withdrawn, the rest of its share goes back."
            if verb == "prune"
            else "Its verdict is settled by you; its rules are not asked any more."
        )
        dialog = ReasonDialog(f"{verb.capitalize()} {row.key}?", [line for line in about if line], f"{verb} {row.key}")
        self.app.push_screen(dialog, lambda because: self._judged(verb, row, because))

    def _judged(self, verb: orders.Judging, row: BranchRow, because: str | None) -> None:
        if because:
            self.run_worker(self._give(verb, row, because), exit_on_error=False)

    async def _give(self, verb: orders.Judging, row: BranchRow, because: str) -> None:
        try:
            await self.cockpit.give(orders.judged(verb, row, because))
        except CockpitError as error:
            self.cockpit.say(str(error), severity="error")
        else:
            self.cockpit.say(f"{row.key} is {orders.WORDS[verb]}")

    def action_why(self) -> None:
        """What led to its state."""
        if (row := self.chosen) is not None:
            self.app.push_screen(WhySheet(self.cockpit.home, row.id, row.key))

    def action_context(self) -> None:
        """What its workers get to read: of its newest task."""
        row = self.chosen
        tasks = self.cockpit.client.views.tasks.get(self._slug, {}).values()
        own = [task.id for task in tasks if row is not None and task.branch == row.id]
        if own:
            self.leave("context", own[-1])

    def action_fold(self) -> None:
        """Leave out what is past, or show it again."""
        self._fold = not self._fold
        self._fill()
