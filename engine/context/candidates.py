"""What may be told besides the floor: candidates by index, hard gates in their order, integer scores. Pure.

Nobody looks at everything: candidates are the newest of the task's branches, what the full-text index gave, what the
floor rests on, learnings, evidence of the branch and one line for each pruned branch. The first gate that fails is
the reason why a candidate stays out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from engine.context.fence import fence, visible
from engine.context.floor import Excluded, item_part, main_of
from engine.context.found import Found, passage_of, terms_of, verbatim
from engine.context.parts import Part
from engine.redaction.patterns import matches
from engine.state.model import Branch, Evidence, Item, MissionState, Task
from engine.values import Sha256, measured, money

NEWEST = 256
"""Where a mission has no more items, all of them are candidates, so that each has its line."""
EVIDENCE = 128
FRESH, OWN_FRESH = 12, 48
"""So many of the newest items of a branch, and of the task's own, are told whether or not a word of them fits."""
FITTING = 20
"""So many of the best that the index gave are taken to fit, and those besides whose whole subject the task names."""
BASE = {
    "decision": 300,
    "learning": 260,
    "assumption": 250,
    "evidence": 220,
    "claim": 200,
    "question": 180,
    "pruned": 140,
    "passage": 0,
}
SAME_BRANCH, SCOPE_HIT, SUPPORTS_FLOOR = 120, 150, 300
PULLED, PULLS = 100, 3
"""What it is worth that an attempt of the same role and branch had to ask for an item, for so many attempts at most."""
LISTS = (("verbatim", 120), ("curated", 100), ("near", 70))
"""What a place in each list of the full-text index is worth: weight * 600 // (60 + place)."""


def branches_of(state: MissionState, task: Task) -> tuple[str, ...]:
    """The branch of a task and those above it, the mission's last."""
    found, name = [], task.branch
    while name and name not in found:
        found.append(name)
        name = state.branches[name].parent if name in state.branches else ""
    return tuple(dict.fromkeys((*found, main_of(state))))


class Candidates:
    """The candidates of one task: the items of its floor first, then everything else."""

    def __init__(
        self,
        state: MissionState,
        task: Task,
        contents: Mapping[Sha256, bytes],
        found: Found,
        excluded: Excluded,
        *,
        lacked: bool = True,
    ) -> None:
        """Without `lacked` it counts for nothing what earlier packages lacked."""
        self._state, self._task, self._contents, self._found = state, task, contents, found
        self._lacked = _lacked(state, task) if lacked else {}
        self._excluded = excluded
        self._near = branches_of(state, task)
        self._lexical = lexical(found)
        named = [name for name in found.curated if self._named_by(name, terms_of(found.query))]
        self._sure = frozenset((*named, *self._lacked))
        self._fitting = frozenset((*named, *found.curated[:FITTING], *found.verbatim[:FITTING]))
        standing = state.standing
        self._fresh = set(standing.learnings[-FRESH:])
        for branch in self._near:
            self._fresh.update(standing.branches.get(branch, ())[-(OWN_FRESH if branch == task.branch else FRESH) :])
        best = (state.items[name] for name in named)
        self._refs = dict.fromkeys(name for item in best for part in item.supports for name in part)
        """What the floor rests on, and what is known of the subjects that the task names."""
        self.seen: set[str] = set()
        """Items that were looked at."""

    def _named_by(self, name: str, terms: Sequence[str]) -> bool:
        """Whether the task names the whole subject of an item."""
        item = self._state.items.get(name)
        words = terms_of(item.subject) if item is not None else ()
        return bool(words) and set(words) <= set(terms)

    def mandatory(self, names: Sequence[str], reason: str) -> Iterator[Part]:
        """Items of the floor, as far as they pass the gates."""
        for name in names:
            item = self._state.items[name]
            if name in self.seen:
                continue
            self.seen.add(name)
            if (failed := gate(self._state, self._task, item, self._near)) is not None:
                self._exclude(item.id, item.kind, *failed)
                continue
            self._refs |= dict.fromkeys(rests for part in item.supports for rests in part)
            yield item_part(item, reason)

    def __iter__(self) -> Iterator[Part]:
        """Every candidate that passes the gates, scored; the others are noted as excluded."""
        yield from self._items()
        yield from self._doubts()
        yield from self._evidence()
        yield from self._passages()
        yield from self._pruned()

    # -- items

    def _named(self) -> Iterator[str]:
        standing = self._state.standing
        if len(standing.items) <= NEWEST:
            yield from standing.items
            return
        yield from self._refs
        yield from self._lacked
        yield from (name for name in self._found.curated if name in self._fitting)
        for branch in self._near:
            newest = standing.branches.get(branch, ())[-NEWEST:]
            yield from (name for name in newest if name in self._fresh or standing.items[name].scope)
        yield from standing.learnings[-FRESH:]

    def _items(self) -> Iterator[Part]:
        items = self._state.items
        for name in self._named():
            if name in self.seen or name not in items:
                continue
            self.seen.add(name)
            item = items[name]
            if (failed := gate(self._state, self._task, item, self._near)) is not None:
                self._exclude(item.id, item.kind, *failed)
                if item.status == "superseded" and (current := self._state.standing.current(name)):
                    yield from self._swapped(current, name)
                continue
            if self._related(item):
                yield self._scored(item, name)
            else:
                said = "no word of it fits the task, and it is not among the newest of its branch"
                self._exclude(item.id, item.kind, "unrelated", said)

    def _related(self, item: Item) -> bool:
        """Whether something speaks for telling an item: its words, what rests on it, its scope, or that it is new."""
        told = item.id in self._fitting or item.id in self._refs or item.id in self._lacked
        return told or bool(item.scope) or item.id in self._fresh

    def _swapped(self, current: str, hit: str) -> Iterator[Part]:
        """What took the place of an item that was found, in its stead."""
        if current in self.seen or hit not in self._lexical:
            return
        self.seen.add(current)
        item = self._state.items[current]
        if (failed := gate(self._state, self._task, item, self._near)) is not None:
            self._exclude(item.id, item.kind, *failed)
        else:
            yield self._scored(item, hit)

    def _scored(self, item: Item, hit: str) -> Part:
        standing = self._state.standing
        users = [self._state.items[name].status for name in standing.uses.get(item.id, ())]
        helpful, harmful = users.count("active"), users.count("retracted")
        points = {
            "kind": BASE[item.kind],
            "branch": SAME_BRANCH if item.branch == self._task.branch else 0,
            "scope": SCOPE_HIT if item.scope else 0,
            "supports": SUPPORTS_FLOOR if item.id in self._refs else 0,
            "words": self._lexical.get(item.id, 0) or self._lexical.get(hit, 0),
            "recent": max(0, 100 - 10 * (len(standing.items) - item.order + 1).bit_length()),
            "useful": 100 * (helpful + 1) // (helpful + harmful + 2) - 50,
            "lacked": PULLED * min(PULLS, self._lacked.get(item.id, 0)),
        }
        note = " (proposed)" if item.status == "proposed" else ""
        reason = f"offered: {item.source}" if item.source else f"{item.kind}, in scope"
        sure = item.id in self._sure or item.id in self._refs or bool(item.scope)
        return replace(_ranked(item_part(item, reason, note), points), sure=sure)

    def _doubts(self) -> Iterator[Part]:
        """One question for each item in scope that is suspect, and for each subject of which nothing holds."""
        state = self._state
        for name in state.standing.suspect:
            item = state.items[name]
            if item.kind != "question" and gate(state, self._task, item, self._near, standing=False) is None:
                line = f"- re-verify {item.id} ({fallen(state, item)}): {visible(item.short)}"
                yield self._question(f"re-verify {item.id}", line, item)
        for seat, name in state.standing.vacant.items():
            item = state.items[name]
            if item.kind != "question" and gate(state, self._task, item, self._near, standing=False) is None:
                line = f"- what is {visible(seat[1])} now? {item.id} was {item.status}: {visible(item.because)}"
                yield self._question(f"again {item.id}", line.rstrip(": "), item)

    def _question(self, name: str, line: str, item: Item) -> Part:
        own = item.branch == self._task.branch
        points = {"kind": BASE["question"], "branch": SAME_BRANCH if own else 0}
        part = Part(
            name, "question", "Open questions", (("full", line),), f"{item.id} is {item.status}", cap="question"
        )
        return _ranked(part, points)

    # -- evidence, passages, branches

    def _evidence(self) -> Iterator[Part]:
        here = [e for e in self._state.evidence.values() if e.branch == self._task.branch and not e.message]
        for found in here[-EVIDENCE:]:
            line = evidence_line(found)
            part = Part(found.id, "evidence", "Evidence", (("full", line),), "evidence of this branch", cap="evidence")
            points = {"kind": BASE["evidence"], "branch": SAME_BRANCH}
            points |= {"supports": SUPPORTS_FLOOR if found.id in self._refs else 0}
            yield _ranked(part, points)

    def _passages(self) -> Iterator[Part]:
        kept = verbatim(self._state)
        for name in dict.fromkeys((*self._found.verbatim, *self._found.near)):
            source = name.partition("#")[0]
            branch, sha = kept.get(source, ("", Sha256("")))
            content = self._contents.get(sha)
            text = passage_of(name, content) if content is not None else ""
            if not text:
                self._exclude(name, "passage", "missing", "it was erased, or is not kept any more")
            elif branch not in self._near:
                self._exclude(name, "passage", "other-branch", f"belongs to {branch}")
            elif matches(text.encode("utf-8", "replace"), certain_only=True):
                self._exclude(name, "passage", "secret-pattern", "it holds what looks like a secret")
            else:
                label = "received, private, untrusted" if source in self._state.evidence else "made here, untrusted"
                full = fence(name, text, label=label)
                forms = (("full", full), ("pointer", f"- {name}: a passage of {len(text)} characters, not told here"))
                part = Part(name, "passage", "Passages", forms, "its words fit the task", cap="evidence", body=text)
                yield _ranked(part, {"kind": BASE["passage"], "words": self._lexical.get(name, 0)})

    def _pruned(self) -> Iterator[Part]:
        for branch in self._state.branches.values():
            if branch.state == "pruned" and branch.id != self._task.branch:
                forms, why = (("full", pruned_line(branch)),), "pruned: one line is kept"
                part = Part(branch.id, "pruned", "Pruned branches", forms, why, cap="pruned")
                yield _ranked(part, {"kind": BASE["pruned"]})

    def _exclude(self, name: str, kind: str, code: str, detail: str) -> None:
        self._excluded.append({"id": name, "kind": kind, "code": code, "detail": detail})

    def others(self) -> dict[str, int]:
        """How many items were not looked at, by why that is."""
        near, counted = set(self._near), Counter[str]()
        for item in self._state.items.values():
            if item.id not in self.seen:
                counted[
                    item.status if item.status != "active" else "unrelated" if item.branch in near else "other-branch"
                ] += 1
        return dict(sorted(counted.items()))


def _ranked(part: Part, points: Mapping[str, int]) -> Part:
    return replace(part, score=sum(points.values()), points={name: value for name, value in points.items() if value})


def evidence_line(found: Evidence) -> str:
    """A measurement as it is told."""
    shown = "None" if found.value is None else measured(found.value)
    return f"- {found.id} {found.metric} = {visible(shown)} ({found.grade}, from {visible(found.source)})"


def pruned_line(branch: Branch) -> str:
    """What is kept of a pruned branch."""
    return f"- {branch.id} {branch.key}: {visible(branch.because)} ({money(branch.spent)})"


def _lacked(state: MissionState, task: Task) -> dict[str, int]:
    """Items that attempts of the same role and branch had to ask for, each with how many did."""
    asked: dict[str, set[str]] = {}
    for one in state.pulls.values():
        if (one.role, one.branch) == (task.role, task.branch):
            for name in one.items:
                asked.setdefault(name, set()).add(one.attempt)
    return {name: len(attempts) for name, attempts in asked.items() if name in state.items}


def lexical(found: Found) -> dict[str, int]:
    """What the words of everything that was found are worth, by id."""
    scores: dict[str, int] = {}
    for name, weight in LISTS:
        for place, id_ in enumerate(getattr(found, name)):
            scores[id_] = scores.get(id_, 0) + weight * 600 // (60 + place)
    return scores


def gate(
    state: MissionState, task: Task, item: Item, near: Sequence[str], *, standing: bool = True
) -> tuple[str, str] | None:
    """The first gate that an item fails: its code and what it says; None for one that passes. Without `standing` it is
    not asked whether it holds.
    """
    if standing and item.status != "active" and not _reviewed(state, task, item):
        return _fallen(state, item)
    if item.privacy == "secret":
        return "privacy", "secret items are never told"
    if item.scope and (lacking := outside(state, task, item.scope)):
        return "scope", f"only for {lacking}"
    if item.branch != task.branch and (exception := state.standing.holder(item, task.branch)):
        return "scope", f"{exception} says otherwise in this branch"
    if item.branch not in near and item.kind != "learning":
        return "other-branch", f"belongs to {item.branch}"
    if matches(item.text.encode("utf-8", "replace"), certain_only=True):
        return "secret-pattern", "it holds what looks like a secret"
    if item.pin and item.trust == "untrusted":
        return "untrusted-instruction", "what comes from outside is quoted, never pinned"
    return None


def _reviewed(state: MissionState, task: Task, item: Item) -> bool:
    """Whether an item is proposed by the very attempt that a task judges."""
    return item.status == "proposed" and bool(item.attempt) and item.attempt == task.subject and bool(state.attempts)


def _fallen(state: MissionState, item: Item) -> tuple[str, str]:
    match item.status:
        case "superseded":
            current = state.standing.current(item.id)
            holds = f"; {current} holds now" if current not in {"", item.cause} else ""
            return "superseded", f"by {item.cause}{holds}"
        case "suspect":
            return "suspect", fallen(state, item)
        case "contested":
            return "contested", f"a human said otherwise: {item.cause}"
        case "proposed":
            return "proposed", item.because or f"{item.attempt} is not accepted yet"
        case _:
            return item.status, item.because or f"since #{item.since}"


def fallen(state: MissionState, item: Item) -> str:
    """`S7, which it rests on, was superseded by S14 at #812`."""
    cause = state.items.get(item.cause)
    if cause is None:
        return f"{item.cause}, which it rests on, does not hold"
    by = f" by {cause.cause}" if cause.status == "superseded" else ""
    word = {"suspect": "became suspect", "expired": "expired"}.get(cause.status, f"was {cause.status}")
    return f"{cause.id}, which it rests on, {word}{by} at #{cause.since}"


def outside(state: MissionState, task: Task, scope: Sequence[str]) -> str:
    """The first entry of a scope that a task does not meet; "" for one that meets them all."""
    params = {**state.branches[task.branch].params, **task.params}
    known = {"role": {task.role}, "verb": {task.verb}, "branch": {task.branch, state.branches[task.branch].key}}
    known["tool"] = set(task.tools)
    for entry in scope:
        key, _, value = entry.partition(":")
        if value not in known.get(key, {params.get(key, "")}):
            return entry
    return ""
