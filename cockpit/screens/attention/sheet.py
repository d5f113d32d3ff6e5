"""An item as it must be known before it is decided: from events and stored bytes to one frozen value. Pure."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cockpit.cli.exact import Seen
from cockpit.screens.attention.artifact import Artifact, artifact
from cockpit.screens.attention.asked import Asked, Read, asked
from cockpit.screens.attention.odd import Letter as Compared
from cockpit.screens.attention.odd import stands_out
from cockpit.screens.attention.strict import hidden
from cockpit.screens.attention.unique import Spans, only_here
from engine.views.models import AttentionRow

Json = Mapping[str, Any]
UNDO_MS = 10_000
"""What a contract that says nothing about it gives, as `engine.contract.model.ApprovalTerms`."""
WINDOW_MS = 7 * 86_400_000
"""How long a window stays open where its cadence says no `for`, as `engine.loop.decide.timing`."""
DIFF_LINES = 2_000


@dataclass(frozen=True, slots=True)
class Material:
    """What was read for an item, and nothing concluded from it yet."""

    row: AttentionRow
    effects: tuple[Seen, ...] = ()
    contract: Json = field(default_factory=dict)
    rev: int = 1
    attempt: str = ""
    """The attempt that wrote it, `A2.1`."""
    dispatched: Json = field(default_factory=dict)
    compiled: Json = field(default_factory=dict)
    summary: str = ""
    manifest: bytes | None = None
    verdicts: tuple[Json, ...] = ()
    artifacts: tuple[tuple[Json, bytes | None], ...] = ()
    earlier: Seen | None = None
    """An effect of the last batch that was approved in this branch."""
    written: Mapping[str, Seen] = field(default_factory=dict)
    """Of each effect that a human has edited: what its worker wrote."""
    sent: int = 0
    """Contacts of the last 24 hours."""
    per_day: int = 0
    read: Read = field(default_factory=Read)
    """What a question's task is about."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One effect as it will leave, and what sets it apart from the others."""

    effect: Seen
    digest: str
    own: Spans
    """What of its text no other item has."""
    own_subject: Spans
    own_to: bool
    odd: str
    """Why it stands out; empty for most."""
    hidden: int
    """Characters that nobody would see."""
    written: Seen | None = None
    """What its worker wrote, where a human has edited it."""

    @property
    def short(self) -> str:
        """Its id within the mission, `F3`."""
        return self.effect.effect


@dataclass(frozen=True, slots=True)
class Check:
    """One criterion or rule that a verdict has looked at."""

    text: str
    ok: bool
    detail: str
    by: str


@dataclass(frozen=True, slots=True)
class Review:
    """One verdict in short."""

    stage: str
    ok: bool
    held: int
    of: int
    by: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that the pane shows of an item. `digest` is what a decision is bound to on this screen."""

    row: AttentionRow
    digest: str
    letters: tuple[Letter, ...] = ()
    restricted: tuple[str, ...] = ()
    rev: int = 1
    batch: str = ""
    undo_ms: int = UNDO_MS
    lawful: str = ""
    role: str = ""
    model: str = ""
    attempt: str = ""
    tokens: int | None = None
    summary: str = ""
    """What its worker said about it."""
    reviews: tuple[Review, ...] = ()
    checks: tuple[Check, ...] = ()
    fields: tuple[str, ...] = ()
    inputs: tuple[tuple[str, str, str], ...] = ()
    """Name, privacy and trust of each input that the writer had received."""
    micro_usd: int = 0
    sent: int = 0
    per_day: int = 0
    artifacts: tuple[Artifact, ...] = ()
    earlier: Seen | None = None
    asked: Asked | None = None
    """The task of a question; None for an approval."""
    window_ms: int = 0
    """How long the evidence window is that opens after acting; 0 for none."""

    @property
    def call(self) -> bool:
        """Whether it is about a call of a tool, which runs at once when it is approved."""
        return any("wanted" in letter.effect.event for letter in self.letters)

    @property
    def broken(self) -> tuple[str, ...]:
        """Ids of what cannot be approved, because its bytes are not those of its digest."""
        return tuple(letter.short for letter in self.letters if not letter.effect.intact)

    @property
    def odd(self) -> tuple[int, ...]:
        """Places of the items that stand out."""
        return tuple(place for place, letter in enumerate(self.letters) if letter.odd)


def on_screen(row: AttentionRow) -> str:
    """What stands for a row while somebody looks at it: its digest, or a hash of all that it asks and offers."""
    told = [row.id, row.kind, row.title, row.digest, row.detail, list(row.choices), [i.digest for i in row.items]]
    shown = hashlib.sha256(json.dumps(told).encode("utf-8", "surrogatepass")).hexdigest()
    return f"{row.digest}:{shown}" if row.digest else shown


def as_row(row: AttentionRow) -> dict[str, Any]:
    """The row as `cockpit.cli.orders` and `cockpit.cli.exact` read it."""
    items = [{"id": item.id, "digest": item.digest} for item in row.items]
    return {
        "id": row.id,
        "mission": row.mission,
        "digest": row.digest,
        "people": row.people,
        "said_yes": list(row.said_yes),
        "choices": list(row.choices),
        "items": items,
    }


def build(material: Material) -> Sheet:
    """The sheet of an item. Takes a while for a large batch: not on the loop that draws."""
    row, contract = material.row, material.contract
    terms = _table(_table(contract.get("approvals")).get(row.verb))
    restricted = _table(contract.get("actions")).get("restricted") or ()
    lawful = _table(contract.get("lawful"))
    effects = material.effects
    return Sheet(
        row=row,
        digest=on_screen(row),
        letters=_letters(row, effects, material.written),
        restricted=tuple(str(verb) for verb in restricted),
        rev=material.rev,
        batch=next((str(effect.event["batch"]) for effect in effects if effect.event.get("batch")), ""),
        undo_ms=int(terms.get("undo", UNDO_MS)),
        lawful=" · ".join(str(lawful[key]) for key in ("country", "basis", "source") if lawful.get(key)),
        role=str(material.dispatched.get("role") or ""),
        model=str(material.dispatched.get("model") or material.dispatched.get("worker") or ""),
        attempt=f"{row.mission}/{material.attempt}" if material.attempt else "",
        tokens=material.compiled.get("tokens"),
        summary=material.summary,
        reviews=tuple(_review(verdict) for verdict in material.verdicts if verdict.get("lines")),
        checks=tuple(_checks(material.verdicts)),
        fields=tuple(sorted({str(name) for effect in effects for name in effect.event.get("fields", ())})),
        inputs=_inputs(contract, material.manifest, effects),
        micro_usd=sum(effect.micro_usd for effect in effects),
        sent=material.sent,
        per_day=material.per_day,
        artifacts=tuple(artifact(body, content) for body, content in material.artifacts),
        earlier=material.earlier,
        asked=asked(material.read, contract),
        window_ms=_window(contract, row.verb),
    )


def _table(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}


def _window(contract: Json, verb: str) -> int:
    """The evidence window that the contract opens once something was done, as `engine.loop.decide.timing` finds it."""
    cadence = contract.get("cadence")
    for told in cadence if isinstance(cadence, Sequence) else ():
        if verb and isinstance(told, Mapping) and told.get("after") == verb:
            return int(told.get("for") or WINDOW_MS)
    return 0


def _letters(row: AttentionRow, effects: Sequence[Seen], written: Mapping[str, Seen]) -> tuple[Letter, ...]:
    digests = {item.id.rpartition("/")[2]: item.digest for item in row.items}
    own = only_here([effect.text.replace("\r\n", "\n") for effect in effects])
    subjects = only_here([effect.subject for effect in effects])
    addresses = [effect.to for effect in effects]
    odd = stands_out([Compared(e.to, e.sender, e.subject, e.text, e.addressed, e.intact) for e in effects])
    return tuple(
        Letter(
            effect=effect,
            digest=digests.get(effect.effect, ""),
            own=own[place],
            own_subject=subjects[place],
            own_to=len(effects) > 1 and addresses.count(effect.to) == 1,
            odd=odd[place],
            hidden=sum(hidden(text) for text in (effect.sender, effect.to, effect.subject, effect.text)),
            written=written.get(effect.effect),
        )
        for place, effect in enumerate(effects)
    )


def _review(verdict: Json) -> Review:
    lines = verdict.get("lines", ())
    held = sum(bool(line.get("ok")) for line in lines)
    return Review(str(verdict.get("stage")), bool(verdict.get("ok")), held, len(lines), str(verdict.get("by")))


def _checks(verdicts: Sequence[Json]) -> list[Check]:
    """Every criterion once, as it was judged last; those that do not hold first."""
    found: dict[str, Check] = {}
    for verdict in verdicts:
        for line in verdict.get("lines", ()):
            text = str(line.get("criterion"))
            by = str(line.get("by") or verdict.get("by") or "")
            held = bool(line.get("ok")) and not line.get("span")  # a should that is broken sends nothing back
            found[text] = Check(text, held, str(line.get("detail") or ""), by)
    return sorted(found.values(), key=lambda check: check.ok)


def _inputs(contract: Json, manifest: bytes | None, effects: Sequence[Seen]) -> tuple[tuple[str, str, str], ...]:
    """The declared inputs that the package carried, or that an effect names as the source of its address."""
    try:
        included = json.loads(manifest or b"{}").get("included", [])
        names = [part["id"] for part in included if part.get("kind") == "input"]
    except (ValueError, KeyError, TypeError, AttributeError):
        names = []
    names += [effect.event["source"] for effect in effects if effect.event.get("source")]
    declared = _table(contract.get("inputs"))
    out = []
    for name in dict.fromkeys(map(str, names)):
        said = _table(declared.get(name))
        out.append((name, str(said.get("privacy") or "private"), str(said.get("trust") or "untrusted")))
    return tuple(out)


def difference(old: str, new: str) -> list[tuple[str, str]]:
    """What became of a text: `+`, `-` or a blank, and the line."""
    before, after = (text.replace("\r\n", "\n").split("\n")[:DIFF_LINES] for text in (old, new))
    return [
        (line[0], line[2:]) for line in difflib.ndiff(before, after, linejunk=None, charjunk=None) if line[0] in "+- "
    ]
