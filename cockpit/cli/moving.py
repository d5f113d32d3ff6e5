"""`cockpit export` and `cockpit import`: one mission as one file, and taking it over where it is not yet."""

from __future__ import annotations

import io
import os
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cockpit.cli.authority import author
from cockpit.cli.desk import Json, card_of, home_of, open_reader
from cockpit.cli.inbox import Order, nonce, submit
from cockpit.cli.render import columns, emit, money, safe, say
from engine.errors import BadInputError, CockpitError, SaysNoError
from engine.ledger.reader import Reader

if TYPE_CHECKING:
    from engine.ledger.archive import Archive
    from engine.ledger.protocol import Event

PAUSED = "; would be paused until you resume it"
LARGEST = 2**30
"""Bytes of a file that is read into memory."""


def export(args: Namespace) -> int:
    """Write one mission, alone and whole, into a file."""
    from engine.ledger.archive import write

    target = Path(args.file).expanduser()
    if target.exists():
        raise BadInputError(str(target), "is there already", "choose another name; an export never replaces a file")
    with open_reader(home_of(args)) as reader:
        card_of(reader, args.mission)
        manifest, events, blobs = gathered(reader, args.mission)
    content = io.BytesIO()
    write(content, manifest, events, blobs)
    _write(target, content.getvalue())
    if args.json:
        told = {"height": len(events), "head_hash": events[-1].hash, "blobs": len(blobs)}
        emit({"file": str(target), **told, "missing": manifest["missing"]})
        return 0
    size = len(content.getvalue()) // 1024
    say(f"wrote {safe(target)}: {safe(args.mission)}, {len(events)} events, {len(blobs)} blobs, {size} kB")
    say(f"head {events[-1].hash}")
    if manifest["missing"]:
        say(f"{len(manifest['missing'])} blobs are missing: erased, or lost (cockpit doctor)")
    say("", "it holds the mission's inputs and everything that was written for it: keep it as private as they are")
    return 0


def gathered(reader: Reader, slug: str) -> tuple[Json, list[Event], dict[str, bytes]]:
    """What an export of a mission holds: what its manifest says beside the counts, its events, its blobs."""
    from cockpit import __version__
    from cockpit.cli.receipt import build, events_of
    from engine.ledger.archive import wanted
    from engine.ledger.named import hashes, named
    from engine.state.fold import fold
    from engine.state.home import HomeState, evolve_home
    from engine.values import MissionId, digest

    events = events_of(reader, slug)
    needed = {sha for event in events for _field, sha in named(event)}
    asked = needed | {sha for event in events for sha in hashes(dict(event.body))}
    handoffs = (reader.blob(str(event.body["handoff"])) for event in events if event.kind == "attempt.delivered")
    asked |= wanted(content for content in handoffs if content is not None)
    blobs = {sha: content for sha in sorted(asked) if (content := reader.blob(sha)) is not None}
    home = HomeState()
    for event in events_of(reader, "home"):
        evolve_home(home, event)
    state = fold(MissionId(slug), events)
    persons = sorted({person for effect in state.effects.values() for person in effect.persons})
    manifest = {
        "mission": slug,
        "title": state.title,
        "written_by": __version__,
        "missing": sorted(needed - blobs.keys()),
        "suppressed": [
            {"person": person, "because": home.suppressed[person].because}
            for person in persons
            if person in home.suppressed
        ],
        "receipt_sha256": digest(build(reader, slug)),
    }
    return manifest, events, blobs


def import_(args: Namespace) -> int:
    """Say what taking a mission over would mean; with --yes, do it."""
    home = home_of(args)
    who = author(home)
    archive = load(Path(args.file).expanduser())
    told = _told(archive)
    with open_reader(home) as reader:
        known = reader.head(archive.mission)
        same = reader.query(
            "SELECT hash FROM events WHERE mission = ? AND height = ?", archive.mission, len(archive.events)
        )
    if known["height"]:
        if not same or same[0][0] != archive.head:
            what = f"there is a mission {archive.mission} already, and its history is another one"
            raise SaysNoError(args.file, what, "import it into another home: --home DIR")
        if args.json:
            emit({"done": False, "here": True, **told})
        else:
            more = known["height"] - len(archive.events)
            say(f"{archive.mission} is here already{f', and has gone on by {more} events' if more else ''}")
        return 0
    if not args.yes:
        if args.json:
            emit({"done": False, "here": False, **told})
        else:
            say(*_shown(archive, told), "", "nothing was changed; with --yes it is taken over as it stands here.")
        return 0
    from engine.ledger.archive import lines
    from engine.values import sha256

    events = lines(archive.events)
    body = {"events": sha256(events), "head": archive.head, "suppressed": list(archive.manifest.get("suppressed", ()))}
    blobs = {str(sha): content for sha, content in archive.blobs.items()} | {str(sha256(events)): events}
    order = Order(f"import:{archive.mission}:{archive.head}:{nonce()}", "import", "home", body)
    submit(home, order, who, blobs=blobs, start_engine=not args.no_engine)
    with open_reader(home) as reader:
        accounted = _same_receipt(reader, archive)
    if args.json:
        emit({"done": True, "here": True, "receipt_same": accounted, **told})
        return 0
    say(f"{archive.mission} is here now: {told['events']} events, {told['blobs']} blobs")
    if accounted is not None:
        say("its receipt is the one it had" if accounted else "this release accounts for it differently")
    if told["becomes"] == "paused":
        say(f"it is paused; look what happened since, then: cockpit resume {archive.mission}")
    return 0


def load(path: Path) -> Archive:
    """An archive from a file, verified. Raises `BadInputError`."""
    from engine.ledger.archive import read

    try:
        if path.stat().st_size > LARGEST:
            raise BadInputError(str(path), "is larger than an archive that can be read here", "name another file")
        data = path.read_bytes()
    except OSError as error:
        raise BadInputError(
            str(path), (error.strerror or "cannot be read").lower(), "name a file that cockpit export wrote"
        ) from error
    return read(data, str(path))


def _told(archive: Archive) -> Json:
    """What is in an archive and what would become of it."""
    from engine.state.fold import fold
    from engine.state.model import OVER

    try:
        state = fold(archive.mission, archive.events)
    except (CockpitError, LookupError, ValueError, TypeError, AttributeError) as error:
        raise BadInputError(archive.mission, f"its events cannot be followed ({error})", "export it again") from error
    counted: dict[str, int] = {}
    for effect in state.effects.values():
        counted[effect.state] = counted.get(effect.state, 0) + 1
    return {
        "mission": archive.mission,
        "title": state.title,
        "state": state.status,
        "becomes": state.status if state.status in OVER else "paused",
        "events": len(archive.events),
        "head_hash": archive.head,
        "blobs": len(archive.blobs),
        "missing": list(archive.manifest.get("missing", ())),
        "spent_micro_usd": state.spent,
        "effects": dict(sorted(counted.items())),
        "approvals_void": counted.get("approved", 0),
        "doubts_raised": counted.get("attempting", 0),
        "suppressed": len(archive.manifest.get("suppressed", ())),
        "not_understood": state.opaque,
    }


def _shown(archive: Archive, told: Json) -> list[str]:
    effects = ", ".join(f"{count} {state}" for state, count in told["effects"].items()) or "none"
    rows: list[list[str]] = [
        ["mission", f"{safe(told['mission'])}: {safe(told['title'])}"],
        ["state", f"{safe(told['state'])}{'' if told['becomes'] == told['state'] else PAUSED}"],
        ["history", f"{told['events']} events, {told['blobs']} blobs; every one verifies, head {archive.head[:12]}"],
        ["spent", money(told["spent_micro_usd"])],
        ["effects", effects],
    ]
    if told["approvals_void"]:
        rows.append(["approvals", f"{told['approvals_void']} do not travel: they are asked for again"])
    if told["doubts_raised"]:
        rows.append(["in flight", f"{told['doubts_raised']} become doubts that you settle"])
    if told["suppressed"]:
        rows.append(["contacts", f"{told['suppressed']} people go onto the do-not-contact list"])
    if told["missing"]:
        rows.append(["missing", f"{len(told['missing'])} blobs were not there when it was exported"])
    if told["not_understood"]:
        rows.append(["unknown", f"{told['not_understood']} events are of a later release: kept, shown, not understood"])
    return columns(rows)


def _same_receipt(reader: Reader, archive: Archive) -> bool | None:
    """Whether the receipt at the exported height is the one it had; None where none was named."""
    from cockpit.cli.receipt import events_of
    from engine.receipt.build import build, integrity
    from engine.state.fold import fold
    from engine.values import digest

    named: Any = archive.manifest.get("receipt_sha256")
    if not named:
        return None
    events = events_of(reader, archive.mission)[: len(archive.events)]
    return bool(digest(build(fold(archive.mission, events), integrity(events))) == named)


def _write(target: Path, content: bytes) -> None:
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except OSError as error:
        draft.unlink(missing_ok=True)
        what = (error.strerror or "cannot be written").lower()
        raise BadInputError(str(target), what, "choose another place") from error
