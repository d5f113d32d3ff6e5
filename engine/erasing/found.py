"""What of a ledger is about a person: effects to them, what they wrote, and whatever names their address. Pure.

What is theirs alone goes without a trace; what holds others too (an input, an artifact, a handoff) goes on as a copy
without them; a package is only a record of what was told, and goes whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from engine.erasing.redact import without
from engine.ledger import bodies as b
from engine.ledger.named import named
from engine.ledger.protocol import Event
from engine.values import HOME, MissionId, Sha256, sha256

_KEPT = frozenset({"input", "artifact", "handoff", "contract"})
"""Content that a mission goes on with, as a copy."""

Load = Callable[[Sha256], bytes | None]


@dataclass(frozen=True, slots=True)
class Part:
    """One content that is erased: what it is, and the copy that goes on in its place."""

    blob: Sha256
    what: str
    instead: Sha256 | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Everything about one person, by the stream that names it; what no stream names stands under `home`."""

    person: str
    parts: Mapping[MissionId, tuple[Part, ...]] = field(default_factory=dict)
    copies: Mapping[Sha256, bytes] = field(default_factory=dict)
    told: int = 0
    """Events whose own words hold the address: events are never rewritten."""
    leaving: tuple[str, ...] = ()
    """Effects to this person that are being sent just now."""

    @property
    def blobs(self) -> tuple[Sha256, ...]:
        """What is erased."""
        return tuple(dict.fromkeys(part.blob for parts in self.parts.values() for part in parts))


def theirs(person: str, events: Iterable[Event]) -> list[Sha256]:
    """What a person wrote, as far as it was kept."""
    bodies = (b.decode(event) for event in events if event.kind == b.EvidenceRecorded.KIND)
    return [e.blob for e in bodies if isinstance(e, b.EvidenceRecorded) and e.person == person and e.blob]


def look(
    person: str, words: tuple[bytes, ...], events: Iterable[Event], holding: Iterable[Sha256], load: Load
) -> Found:
    """What is about a person. `words` are their address and what they wrote, `holding` the blobs that hold any of it;
    `load` gives the content of one.
    """
    own, labels, told, state = _read(person, words, events)
    wanted = dict.fromkeys([*own, *holding])
    parts: dict[MissionId, list[Part]] = {}
    copies: dict[Sha256, bytes] = {}
    moved: dict[str, str] = {}
    order = sorted(wanted, key=lambda sha: any(what.startswith("handoff") for _m, what in labels.get(sha, ())))
    for sha in order:  # handoffs last: they name artifacts by their hash
        content = load(sha)
        if content is None:
            continue
        places = labels.get(sha) or [(HOME, "content")]
        copy = _copy(sha, own, places, content, words, moved, copies)
        if copy is not None:
            moved[sha] = copy
        for mission, what in places:
            parts.setdefault(mission, []).append(Part(sha, what, copy))
    leaving = tuple(name for name, status in state.items() if status == "attempting")
    return Found(person, {mission: tuple(found) for mission, found in parts.items()}, copies, told, leaving)


def _copy(
    sha: Sha256,
    own: Mapping[Sha256, None],
    places: Iterable[tuple[MissionId, str]],
    content: bytes,
    words: tuple[bytes, ...],
    moved: Mapping[str, str],
    copies: dict[Sha256, bytes],
) -> Sha256 | None:
    if sha in own or not any(what.partition(" ")[0] in _KEPT for _mission, what in places):
        return None
    left = without(content, words, moved)
    name = sha256(left)
    copies[name] = left
    return name


def _read(
    person: str, words: tuple[bytes, ...], events: Iterable[Event]
) -> tuple[dict[Sha256, None], dict[Sha256, list[tuple[MissionId, str]]], int, dict[str, str]]:
    own: dict[Sha256, None] = {}
    labels: dict[Sha256, list[tuple[MissionId, str]]] = {}
    state: dict[str, str] = {}
    told = 0
    for event in events:
        body = b.decode(event)
        told += _names(event, words)
        if isinstance(body, b.EffectProposed) and person in body.persons:
            own |= dict.fromkeys((body.content, body.body))
            state[f"{event.mission}/{body.effect}"] = "proposed"
        elif isinstance(body, b.EvidenceRecorded) and body.person == person and body.blob:
            own[body.blob] = None
        elif (name := f"{event.mission}/{getattr(body, 'effect', '')}") in state:
            state[name] = event.kind.partition(".")[2]
        for path, sha in named(event):
            place = (event.mission, _label(body, path))
            if place not in labels.setdefault(Sha256(sha), []):
                labels[Sha256(sha)].append(place)
    return own, labels, told, state


def _names(event: Event, words: tuple[bytes, ...]) -> bool:
    text = repr(event.body).lower()
    return any(word.decode("utf-8", "replace").lower() in text for word in words)


def _label(body: b.Body, path: str) -> str:
    match body:
        case b.EffectProposed():
            return f"effect {body.effect}"
        case b.EvidenceRecorded():
            return f"reply {body.evidence}"
        case b.PackageCompiled():
            return f"package of {body.attempt}"
        case b.AttemptDelivered():
            return f"handoff of {body.attempt}"
        case b.AttemptFailed():
            return f"answer of {body.attempt}"
        case b.ArtifactProduced():
            return f"artifact {body.name}"
        case b.MissionCreated() | b.ContractAmended():
            return "contract" if path == "source" else "input"
        case b.ContactSuppressed():
            return "address on the do-not-contact list"
        case b.BlobErased():
            return f"{body.what or 'content'}"
    return path
