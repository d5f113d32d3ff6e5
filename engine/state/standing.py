"""What of a mission's curated items still holds: derived from what was recorded, accepted, taken back and expired.

Nothing is edited. An item falls when another one takes its place, when it is taken back or when its time is over, and
whatever rests on a fallen item is suspect. Each step costs what it touches, however much is known besides.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.state.knowledge import Item

STANDS = frozenset({"active"})
"""States of an item that may be told as a fact."""
PENDING = frozenset({"proposed", "contested"})
"""Not in force yet: its work is not accepted, or a human has said otherwise."""
_GRAVITY = {
    "proposed": 0, "contested": 0, "active": 0, "suspect": 1, "expired": 2, "superseded": 3, "retracted": 4,
}  # fmt: skip
"""A graver state replaces a lighter one, never the other way round, so that the order of events makes no difference."""
FALLEN = frozenset({"suspect", "expired", "superseded", "retracted"})
RANK = {"human": 3, "tool": 2, "worker": 1}
"""Whose word counts for more."""
_SEAT = {"decision": "decision", "assumption": "belief", "claim": "belief", "question": "question"}
"""Which items may take each other's place: a claim settles an assumption, and never overrules a decision."""

Seat = tuple[str, str, str, tuple[str, ...]]
"""What is said, of which subject, in which branch, in which scope: one item at a time holds it."""


def seat_of(item: Item) -> Seat | None:
    """The place that an item takes; None for one without a subject."""
    subject = " ".join(item.subject.casefold().split())
    return (_SEAT.get(item.kind, item.kind), subject, item.branch, item.scope) if subject else None


@dataclass(slots=True)
class Standing:
    """Every item of a mission and how it stands. Whoever folds owns it; everybody else only reads."""

    items: dict[str, Item] = field(default_factory=dict)
    holders: dict[Seat, str] = field(default_factory=dict)
    """Who was said last about a subject, whether it still holds or not."""
    uses: dict[str, list[str]] = field(default_factory=dict)
    """From an item, evidence or artifact to the items that rest on it."""
    branches: dict[str, list[str]] = field(default_factory=dict)
    """Items by the branch they belong to, oldest first."""
    pinned: list[str] = field(default_factory=list)
    contested: dict[str, None] = field(default_factory=dict)
    """Items that wait for a human, because a human had said otherwise."""
    timed: dict[str, None] = field(default_factory=dict)
    """Items whose time will be over."""
    suspect: dict[str, None] = field(default_factory=dict)
    vacant: dict[Seat, str] = field(default_factory=dict)
    """Subjects of which nothing holds any more, and what was said of them last."""
    learnings: list[str] = field(default_factory=list)
    waiting: dict[str, list[str]] = field(default_factory=dict)
    """Items of attempts that are not accepted yet, by attempt."""

    # -- what happens to items

    def record(self, item: Item, height: int) -> None:
        """Take an item down. It is in force at once, unless it is proposed."""
        self.items[item.id] = item
        item.order, item.height = len(self.items), height
        self.branches.setdefault(item.branch, []).append(item.id)
        for justification in item.supports:
            for name in justification:
                self.uses.setdefault(name, []).append(item.id)
        if item.pin:
            self.pinned.append(item.id)
        if item.kind == "learning":
            self.learnings.append(item.id)
        if item.expires:
            self.timed[item.id] = None
        if item.status == "proposed":
            if item.kind != "learning":  # which waits for a human, not for the acceptance of its work
                self.waiting.setdefault(item.attempt, []).append(item.id)
        else:
            self._enter(item, height)

    def accept(self, attempt: str, height: int) -> None:
        """The work of an attempt is accepted, and what it proposed is in force."""
        for name in self.waiting.pop(attempt, ()):
            item = self.items[name]
            if item.status == "proposed":
                item.status = "active"
                self._enter(item, height)

    def refuse(self, attempt: str, because: str, height: int) -> None:
        """The work of an attempt is not accepted, and neither is what it proposed."""
        for name in self.waiting.pop(attempt, ()):
            if self.items[name].status == "proposed":
                self._fall(self.items[name], "retracted", "", because, height)

    def adopt(self, name: str, because: str, height: int) -> None:
        """A human says that a contested or proposed item is in force; from now on it counts as theirs."""
        item = self.items.get(name)
        if item is None or item.status not in PENDING:
            return
        item.upheld, item.status, item.cause, item.because = True, "active", "", because
        self.contested.pop(name, None)
        self._enter(item, height)

    def retract(self, name: str, because: str, height: int) -> None:
        """An item is taken back; what it replaced does not come back for that."""
        if (item := self.items.get(name)) is not None:
            self.contested.pop(name, None)
            self._fall(item, "retracted", "", because, height)

    def expire(self, name: str, height: int) -> None:
        """The time of an item is over."""
        if (item := self.items.get(name)) is not None and item.status not in PENDING:
            self._fall(item, "expired", "", "", height)
        self.timed.pop(name, None)

    # -- what follows from it

    def _enter(self, item: Item, height: int) -> None:
        rivals = [self.items[name] for name in item.supersedes if name in self.items]
        seat, held = seat_of(item), None
        if seat is not None and (name := self.holders.get(seat)) is not None:
            held = self.items[name]
        later = held is None or held.id in item.supersedes or _moment(item) > _moment(held)
        if held is not None and later and held.id not in item.supersedes:
            rivals.append(held)
        above = next((one for one in rivals if one.status in {"active", "suspect"} and rank(one) > rank(item)), None)
        if above is not None and rank(above) == RANK["human"]:
            item.status, item.cause, item.since = "contested", above.id, height
            self.contested[item.id] = None
            return
        if above is not None:  # a measurement is not overruled by a word
            self._fall(item, "superseded", above.id, "", height)
            return
        for rival in rivals:
            self._fall(rival, "superseded", item.id, "", height)
        if seat is not None and later:
            self.holders[seat] = item.id
            self.vacant.pop(seat, None)
        elif held is not None:  # late news about an older time
            self._fall(item, "superseded", held.id, "", height)
        if item.status == "active" and (cause := self.shaken(item)):
            self._fall(item, "suspect", cause, "", height)

    def _fall(self, item: Item, status: str, cause: str, because: str, height: int) -> None:
        stack = [(item, status, cause, because)]
        while stack:
            one, to, by, why = stack.pop()
            if _GRAVITY[to] <= _GRAVITY[one.status]:
                continue
            stood = one.status not in FALLEN
            one.status, one.cause, one.because, one.since = to, by, why or by, height
            if to == "suspect":
                self.suspect[one.id] = None
            else:
                self.suspect.pop(one.id, None)
                self.timed.pop(one.id, None)
            if to in {"retracted", "expired"} and (seat := seat_of(one)) and self.holders.get(seat) == one.id:
                self.vacant[seat] = one.id
            if stood:
                users = (self.items[name] for name in self.uses.get(one.id, ()))
                stack += [
                    (user, "suspect", one.id, "") for user in users if user.status == "active" and self.shaken(user)
                ]

    def shaken(self, item: Item) -> str:
        """A fallen item that an item rests on, when no justification of it stands whole; "" while one does."""
        found = ""
        for justification in item.supports:
            fallen = next((name for name in justification if self._fallen(name)), "")
            if not fallen:
                return ""
            found = found or fallen
        return found

    def _fallen(self, name: str) -> bool:
        item = self.items.get(name)
        return item is not None and item.status in FALLEN

    # -- what is asked of it

    def current(self, name: str) -> str:
        """The active end of the chain of what replaced an item; "" when it ends in nothing that holds."""
        seen: set[str] = set()
        item = self.items.get(name)
        while item is not None and item.status == "superseded" and item.id not in seen:
            seen.add(item.id)
            item = self.items.get(item.cause)
        return item.id if item is not None and item.status == "active" else ""

    def holder(self, item: Item, branch: str) -> str:
        """The active item of a branch that says otherwise about the subject of a mission-wide one: an exception."""
        seat = seat_of(item)
        found = self.holders.get((seat[0], seat[1], branch, seat[3])) if seat is not None else None
        return found if found is not None and self.items[found].status == "active" else ""


def rank(item: Item) -> int:
    """Whose word an item is."""
    return RANK["human"] if item.upheld else RANK.get(item.origin, 0)


def _moment(item: Item) -> tuple[int, int]:
    return (item.holds_from or item.at, item.order)
