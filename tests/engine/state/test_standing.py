"""What holds, however it came about: the incremental rule gives what counting from scratch gives, after every step."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.state.knowledge import Item
from engine.state.standing import FALLEN, RANK, Standing

GRAVITY = ("active", "suspect", "expired", "superseded", "retracted")


@dataclass(frozen=True)
class Step:
    """One thing that happens: `record` (`proposed` or not), `accept`, `refuse`, `adopt`, `retract`, `expire`."""

    what: str
    item: int = 0
    subject: str = ""
    scope: tuple[str, ...] = ()
    supports: tuple[tuple[str, ...], ...] = ()
    supersedes: tuple[str, ...] = ()
    holds_from: int = 0
    origin: str = "worker"
    kind: str = "decision"
    proposed: bool = False


def made(step: Step, at: int) -> Item:
    name = f"D{step.item}"
    item = Item(name, step.kind, name, "B1", "", name, step.origin, step.origin, "private", at)
    item.subject, item.scope, item.supports = step.subject, step.scope, step.supports
    item.supersedes, item.holds_from = step.supersedes, step.holds_from
    item.status = "proposed" if step.proposed else "active"
    return item


def played(steps: list[Step]) -> Standing:
    standing = Standing()
    for height, step in enumerate(steps, 1):
        take(standing, step, height)
    return standing


def take(standing: Standing, step: Step, height: int) -> None:
    name = f"D{step.item}"
    match step.what:
        case "record":
            standing.record(made(step, height), height)
        case "accept":
            standing.accept(name, height)
        case "refuse":
            standing.refuse(name, "not accepted", height)
        case "adopt":
            standing.adopt(name, "a human said so", height)
        case "retract":
            standing.retract(name, "it was a guess", height)
        case _:
            standing.expire(name, height)


class Plain:
    """The same rules, counted from scratch at every question: what fell and why is a set, suspicion a fixpoint."""

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}
        self.fell: dict[str, set[str]] = {}
        self.pending: dict[str, str] = {}
        self.upheld: set[str] = set()
        self.last: dict[object, str] = {}

    def status(self) -> dict[str, str]:
        found = {
            name: self.pending.get(name) or max(self.fell[name] | {"active"}, key=GRAVITY.index) for name in self.items
        }
        for name in self.pending:
            if self.fell[name]:
                found[name] = max(self.fell[name], key=GRAVITY.index)
        moved = True
        while moved:
            moved = False
            for name, item in self.items.items():
                broken = [any(found.get(s, "") in FALLEN for s in part) for part in item.supports]
                if found[name] == "active" and broken and all(broken):
                    found[name], moved = "suspect", True
        return found

    def rank(self, name: str) -> int:
        return 3 if name in self.upheld else RANK[self.items[name].origin]

    def take(self, step: Step, height: int) -> None:
        name = f"D{step.item}"
        if step.what == "record":
            self.items[name], self.fell[name] = made(step, height), set()
            if step.proposed:
                self.pending[name] = "proposed"
            else:
                self.enter(name)
        elif step.what == "accept" and self.pending.get(name) == "proposed" and not self.fell[name]:
            del self.pending[name]
            self.enter(name)
        elif step.what == "refuse" and self.pending.get(name) == "proposed" and not self.fell[name]:
            self.fell[name].add("retracted")
        elif step.what == "adopt" and name in self.pending and not self.fell[name]:
            del self.pending[name]
            self.upheld.add(name)
            self.enter(name)
        elif step.what == "retract" and name in self.items:
            self.fell[name].add("retracted")
        elif step.what == "expire" and name in self.items and (name not in self.pending or self.fell[name]):
            self.fell[name].add("expired")

    def enter(self, name: str) -> None:
        item, now = self.items[name], self.status()
        seats = {"decision": "decision", "assumption": "belief", "claim": "belief", "question": "question"}
        seat = (seats[item.kind], item.subject, item.scope)
        holder = self.last.get(seat) if item.subject else None
        order = list(self.items).index
        when = (item.holds_from or item.at, order(name))
        late = False
        rivals = [old for old in item.supersedes if old in self.items]
        if holder is not None and holder not in item.supersedes:
            held = self.items[holder]
            late = when < (held.holds_from or held.at, order(holder))
            rivals += [] if late else [holder]
        above = [r for r in rivals if now[r] in {"active", "suspect"} and self.rank(r) > self.rank(name)]
        if above and self.rank(above[0]) == 3:
            self.pending[name] = "contested"
            return
        if above:
            self.fell[name].add("superseded")
            return
        for rival in rivals:
            self.fell[rival].add("superseded")
        if late:
            self.fell[name].add("superseded")
        elif item.subject:
            self.last[seat] = name


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    steps: list[Step] = []
    known = 0
    for _ in range(draw(st.integers(1, 18))):
        what = draw(st.sampled_from(["record"] * 5 + ["accept", "refuse", "adopt", "retract", "expire"]))
        if what != "record":
            steps.append(Step(what, draw(st.integers(1, known + 1))))
            continue
        earlier = st.sampled_from([f"D{n}" for n in range(1, known + 1)]) if known else st.nothing()
        names = st.lists(earlier, max_size=2, unique=True).map(tuple) if known else st.just(())
        some = st.lists(earlier, min_size=1, max_size=2, unique=True).map(tuple)
        supports = st.lists(some, max_size=2).map(tuple) if known else st.just(())
        known += 1
        steps.append(
            Step(
                "record",
                known,
                draw(st.sampled_from(["", "price", "tone"])),
                draw(st.sampled_from([(), (), ("audience:founders",)])),
                draw(supports),
                draw(st.one_of(st.just(()), st.just(()), names)),
                draw(st.sampled_from([0, 0, 0, 1, 3])),
                draw(st.sampled_from(["worker", "worker", "tool", "human"])),
                draw(st.sampled_from(["decision", "decision", "assumption", "claim", "question"])),
                draw(st.booleans()),
            )
        )
    return steps


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_every_step_gives_what_counting_from_scratch_gives(steps: list[Step]) -> None:
    standing, plain = Standing(), Plain()
    for height, step in enumerate(steps, 1):
        take(standing, step, height)
        plain.take(step, height)
        assert {name: item.status for name, item in standing.items.items()} == plain.status()
    for item in standing.items.values():
        if item.status == "suspect":
            assert standing.items[item.cause].status in FALLEN
            assert any(item.cause in part for part in item.supports)
        current = standing.current(item.id)
        assert not current or standing.items[current].status == "active"


def say(n: int, **more: object) -> Step:
    return Step("record", n, **more)  # type: ignore[arg-type]


def statuses(*steps: Step) -> dict[str, str]:
    return {name: item.status for name, item in played(list(steps)).items.items()}


def test_a_later_word_on_the_same_subject_takes_the_place_of_the_earlier_one() -> None:
    found = played([say(1, subject="Price"), say(2, subject=" price ")])
    assert (found.items["D1"].status, found.items["D1"].cause) == ("superseded", "D2")
    assert found.current("D1") == "D2"


def test_another_scope_is_an_exception_and_another_kind_another_matter() -> None:
    assert set(
        statuses(
            say(1, subject="price"),
            say(2, subject="price", scope=("audience:founders",)),
            say(3, subject="price", kind="claim"),
            say(4, subject="price", kind="question"),
        ).values()
    ) == {"active"}


def test_late_news_about_an_older_time_replaces_nothing() -> None:
    assert statuses(say(1, subject="price"), say(2, subject="price", holds_from=1), say(3)) == {
        "D1": "superseded",
        "D2": "active",
        "D3": "active",
    }
    steps = [say(1), say(2), say(3, subject="price"), say(4, subject="price", holds_from=2)]
    assert statuses(*steps)["D3"] == "active"
    assert statuses(*steps)["D4"] == "superseded"


def test_suspicion_spreads_along_what_rests_on_what_and_stops_where_an_alternative_stands() -> None:
    steps = [
        say(1),
        say(2),
        say(3, supports=(("D1",),)),
        say(4, supports=(("D1", "D2"),)),
        say(5, supports=(("D1",), ("D2",))),
        say(6, supports=(("D3",),)),
        Step("retract", 1),
    ]
    found = played(steps)
    assert [found.items[f"D{n}"].status for n in range(1, 7)] == [
        "retracted",
        "active",
        "suspect",
        "suspect",
        "active",
        "suspect",
    ]
    assert (found.items["D6"].cause, found.items["D6"].since) == ("D3", 7)
    assert statuses(*steps, Step("expire", 2))["D5"] == "suspect"


def test_what_is_born_on_a_fallen_item_is_suspect_at_once() -> None:
    assert statuses(say(1), Step("retract", 1), say(2, supports=(("D1",),)))["D2"] == "suspect"


def test_taking_back_the_current_value_revives_no_older_one() -> None:
    assert statuses(say(1, subject="price"), say(2, subject="price"), Step("retract", 2)) == {
        "D1": "superseded",
        "D2": "retracted",
    }


def test_a_worker_never_overrules_a_human_and_a_measurement_no_word() -> None:
    steps = [say(1, subject="price", origin="human"), say(2, subject="price")]
    assert statuses(*steps) == {"D1": "active", "D2": "contested"}
    assert list(played(steps).contested) == ["D2"]
    assert statuses(*steps, Step("adopt", 2)) == {"D1": "superseded", "D2": "active"}
    assert statuses(*steps, Step("retract", 2)) == {"D1": "active", "D2": "retracted"}
    assert statuses(say(1, subject="price", origin="tool"), say(2, subject="price")) == {
        "D1": "active",
        "D2": "superseded",
    }


def test_what_is_proposed_holds_once_its_work_is_accepted() -> None:
    steps = [say(1, subject="price"), say(2, subject="price", proposed=True)]
    assert statuses(*steps) == {"D1": "active", "D2": "proposed"}
    assert statuses(*steps, Step("accept", 2)) == {"D1": "superseded", "D2": "active"}
    assert statuses(*steps, Step("refuse", 2)) == {"D1": "active", "D2": "retracted"}
