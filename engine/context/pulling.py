"""What a worker asks for beside its package: one thing by its id, or what fits some words, through the gates of a
package. Pure: the same state, wish, index and room give the same bytes.

What does not hold is told with that said; what was taken back, belongs elsewhere or is secret is not told, and why. The
room of an attempt is bounded, so that asking cannot become a second transcript.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from engine.context.candidates import BASE, branches_of, evidence_line, gate, lexical, pruned_line
from engine.context.fence import fence, visible
from engine.context.floor import item_part
from engine.context.found import NOTHING, Found, passage_of, passages, verbatim
from engine.context.tokens import tokens
from engine.redaction.patterns import matches
from engine.state.model import Item, MissionState
from engine.values import Sha256, sha256

MOST = 6_000
"""Estimated tokens that all answers to one attempt may have together."""
ANSWER = 1_500
"""Estimated tokens of one answer."""
CALLS = 12
"""How often an attempt may ask, where its contract does not say."""
HITS, HITS_MOST = 8, 20
"""Things that one search tells when nothing is said, and at most."""
LOOKED = 64
"""So many hits of the index are looked at."""
QUERY_CAP, ID_CAP = 400, 80
KINDS = (*(kind for kind in BASE if kind not in {"evidence", "pruned", "passage"}), "passage")
"""What a search may be narrowed to."""
_FLAGGED = frozenset({"superseded", "suspect", "expired", "contested"})
"""What does not hold is told when it is asked for by its id, with that said."""
_NAMED = 10
"""Ids of what is not told that are named."""
_SAID = 200
"""Characters of a reason that are told."""
_FRAME = 90
"""Estimated tokens of an answer that are kept for the lines around what it tells."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked: `get` an id, or `search` for words, of one kind or of all."""

    operation: Literal["get", "search"]
    id: str = ""
    query: str = ""
    kind: str = ""
    limit: int = HITS


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that an answer tells. `form`: `full`, `brief`, `known` (it stands in the package)."""

    id: str
    kind: str
    form: Literal["full", "brief", "known"]
    text: str
    status: str = ""

    @property
    def tokens(self) -> int:
        """Estimated tokens of it."""
        return tokens(self.text)

    @property
    def sha(self) -> Sha256:
        """Digest of what is told of it."""
        return sha256(self.text.encode())


@dataclass(frozen=True, slots=True)
class Untold:
    """One thing that is not told: a code, and the reason in words."""

    id: str
    kind: str
    code: str
    detail: str

    @property
    def line(self) -> str:
        """It as it is said."""
        return f"- {visible(self.id[:ID_CAP])}: not told ({self.code}): {visible(self.detail[:_SAID])}"


@dataclass(frozen=True, slots=True)
class Pulled:
    """An answer: its text, and what it tells and does not."""

    text: str
    items: tuple[Told, ...]
    untold: tuple[Untold, ...]

    @property
    def tokens(self) -> int:
        """Estimated tokens of the whole answer."""
        return tokens(self.text)


def wish_of(operation: str, arguments: Mapping[str, object]) -> Wish:
    """A wish from the arguments of a call that were checked already. Raises ValueError for one that is none."""
    if operation == "get":
        return Wish("get", id=str(arguments["id"]).strip())
    if operation != "search":
        raise ValueError(operation)
    limit = arguments.get("limit", HITS)
    assert isinstance(limit, int)
    return Wish("search", query=str(arguments["query"]), kind=str(arguments.get("kind", "")), limit=limit)


def needed(state: MissionState, attempt: str, wish: Wish, found: Found) -> frozenset[Sha256]:
    """Blobs whose content `pull` will ask for."""
    names = {_plain(state, wish.id).partition("#")[0]} if wish.operation == "get" else found.sources()
    shas = {sha for name, (_branch, sha) in verbatim(state).items() if name in names}
    made = state.attempts.get(attempt)
    return frozenset(shas | {made.manifest} if made is not None and made.manifest else shas)


def pull(
    state: MissionState,
    attempt: str,
    wish: Wish,
    *,
    found: Found = NOTHING,
    contents: Mapping[Sha256, bytes],
    room: int = MOST,
    withheld: Collection[str] = (),
) -> Pulled:
    """The answer to a wish of an attempt. `found` is what the index gave for it, `room` the estimated tokens that the
    attempt may still be told, `withheld` the ids of what is known to hold a secret of this installation.
    """
    answer = _Answer(state, attempt, contents, min(room, ANSWER) - _FRAME, frozenset(withheld))
    head = answer.get(_plain(state, wish.id)) if wish.operation == "get" else answer.search(wish, found)
    text = "\n".join([*head, *answer.lines()])
    left = max(0, room - tokens(text) - _FRAME // 2)
    return Pulled(f"{text}\n[{left} tokens are left for asking]", tuple(answer.items), tuple(answer.untold))


def _plain(state: MissionState, name: str) -> str:
    return name.removeprefix(f"{state.id}/")


class _Answer:
    """An answer that is being made."""

    def __init__(
        self,
        state: MissionState,
        attempt: str,
        contents: Mapping[Sha256, bytes],
        room: int,
        withheld: frozenset[str],
    ) -> None:
        made = state.attempts[attempt]
        self._state, self._contents, self._room, self._withheld = state, contents, room, withheld
        self._task = state.tasks[made.task]
        self._near = branches_of(state, self._task)
        self._known = _whole(contents.get(made.manifest)) if made.manifest else frozenset()
        self._kept = verbatim(state)
        self.items: list[Told] = []
        self.untold: list[Untold] = []
        self._beyond: list[str] = []
        """Ids of what fits and is not told for want of room, or because it is not among the best."""

    def get(self, name: str) -> tuple[str, ...]:
        """One thing by its id."""
        source = name.partition("#")[0]
        evidence, branch = self._state.evidence.get(source), self._state.branches.get(name)
        if (item := self._state.items.get(name)) is not None:
            self._asked(item)
        elif source in self._kept:
            for one in self._passages_of(name):
                self._passage(one)
        elif evidence is not None and evidence.message:
            self._not(name, "passage", "missing", "its words were erased, or are not kept")
        elif evidence is not None and source == name and evidence.branch != self._task.branch:
            self._not(name, "evidence", "other-branch", f"belongs to {evidence.branch}")
        elif evidence is not None and source == name:
            self._tell(name, "evidence", (("full", evidence_line(evidence)),))
        elif branch is not None and branch.state == "pruned":
            self._tell(name, "pruned", (("full", pruned_line(branch)),))
        else:
            self._not(name, "", "unknown", "the record tells nothing under this id")
        return ()

    def search(self, wish: Wish, found: Found) -> tuple[str, ...]:
        """What fits, the best first."""
        scores = lexical(found)
        names = sorted({*found.curated, *found.verbatim}, key=lambda name: (-scores[name], name))
        names = [name for name in names if wish.kind in {"", self._kind(name)}]
        for name in names:
            if len(self.items) >= wish.limit:
                self._beyond.append(name)
            elif (item := self._state.items.get(name)) is None:
                self._passage(name)
            elif (failed := gate(self._state, self._task, item, self._near)) is not None:
                self._not(name, item.kind, *failed)
            else:
                self._item(item)
        kind = f" of kind {wish.kind}" if wish.kind else ""
        return (f"{len(names)}{kind} found, {len(self.items)} told; the record as it stands at #{self._state.height}",)

    def lines(self) -> Iterator[str]:
        """What is told, what is not and why, and what there is besides."""
        yield from (told.text for told in self.items)
        yield from (one.line for one in self.untold[:_NAMED])
        if self._beyond:
            more = " …" if len(self._beyond) > _NAMED else ""
            yield f"{len(self._beyond)} more: {', '.join(self._beyond[:_NAMED])}{more}; ask by id, or more narrowly"

    # -- one thing

    def _asked(self, item: Item) -> None:
        """An item that is asked for by its id: one that does not hold with that said, and what holds in its place."""
        failed = gate(self._state, self._task, item, self._near)
        code, detail = failed or ("", "")
        if code in _FLAGGED:
            failed = gate(self._state, self._task, item, self._near, standing=False)
        if failed is not None:
            self._not(item.id, item.kind, *failed)
            return
        self._item(item, f" [does not hold: {code}, {visible(detail)}]" if code else "")
        if (current := self._state.standing.current(item.id)) not in {"", item.id}:
            instead = self._state.items[current]
            if gate(self._state, self._task, instead, self._near) is None:
                self._item(instead)

    def _item(self, item: Item, note: str = "") -> None:
        if item.id in self._known and not note:
            self._add(Told(item.id, item.kind, "known", f"- {item.id}: in your package", item.status))
            return
        forms = [(form, text) for form, text in item_part(item, "", note).forms if form != "pointer"]
        rests = ", ".join(dict.fromkeys(name for part in item.supports for name in part))
        forms[0] = ("full", f"{forms[0][1]} (rests on {visible(rests)})" if rests else forms[0][1])
        self._tell(item.id, item.kind, tuple(forms), item.status)

    def _passages_of(self, name: str) -> list[str]:
        source, _, number = name.partition("#")
        content = self._contents.get(self._kept[source][1])
        if number or content is None:
            return [name]
        return [f"{source}#{n}" for n in range(1, len(passages(content.decode("utf-8", "replace"))) + 1)]

    def _passage(self, name: str) -> None:
        source = name.partition("#")[0]
        branch, sha = self._kept.get(source, ("", Sha256("")))
        content = self._contents.get(sha)
        text = passage_of(name, content) if content is not None else ""
        if branch and branch not in self._near:
            self._not(name, "passage", "other-branch", f"belongs to {branch}")
        elif not text:
            self._not(name, "passage", "missing", "its words were erased, or are not kept")
        elif matches(text.encode("utf-8", "replace"), certain_only=True):
            self._not(name, "passage", "secret-pattern", "it holds what looks like a secret")
        elif {name, source} & self._known:
            self._add(Told(name, "passage", "known", f"- {name}: in your package"))
        else:
            label = "received, private, untrusted" if source in self._state.evidence else "made here, untrusted"
            self._tell(name, "passage", (("full", fence(name, text, label=label)),))

    def _tell(self, name: str, kind: str, forms: tuple[tuple[str, str], ...], status: str = "") -> None:
        """In the largest form that has room."""
        if name in self._withheld:
            self._not(name, kind, "secret", "it holds a secret of this installation")
            return
        for form, text in forms:
            if tokens(text) + 1 <= self._room:
                self._add(Told(name, kind, "full" if form == "full" else "brief", text, status))
                return
        self._beyond.append(name)

    def _add(self, told: Told) -> None:
        self.items.append(told)
        self._room -= told.tokens + 1

    def _not(self, name: str, kind: str, code: str, detail: str) -> None:
        one = Untold(name, kind, code, detail)
        self._room -= tokens(one.line) + 1 if len(self.untold) < _NAMED else 0
        self.untold.append(one)

    def _kind(self, name: str) -> str:
        item = self._state.items.get(name)
        return item.kind if item is not None else "passage"


def _whole(manifest: bytes | None) -> frozenset[str]:
    """Ids of what a package tells whole."""
    told = json.loads(manifest or b"{}").get("included", ())
    return frozenset(str(row["id"]).partition(" ")[0] for row in told if row["form"] == "full")
