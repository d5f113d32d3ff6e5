"""Forgetting a person: the list first, then a fact for every content that goes, then the content, then its traces.

Harmless to repeat: an engine that died in between finds the command again, and erases at its start whatever a fact
says is erased.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.effects.addresses import person as person_of
from engine.erasing.found import Found, look, theirs
from engine.erasing.redact import ERASED, quotes_of, words_of
from engine.ledger import bodies as b
from engine.ledger.protocol import Answer, Answered, Command, Event, Store
from engine.loop.enact import Step
from engine.loop.homestream import HomeStream
from engine.loop.outcome import RefusedError
from engine.loop.runner import Runner
from engine.values import HOME, MissionId, Sha256

BECAUSE = "asked to be forgotten"


async def search(store: Store, address: str) -> tuple[Found, tuple[bytes, ...]]:
    """What a ledger holds about a person, and the words it was found by."""
    events: list[Event] = [event async for event in store.read()]
    who = person_of(address)
    replies = [await store.blob(sha) for sha in theirs(who, events)]
    words = (*words_of(address), *(quote for reply in replies if reply for quote in quotes_of(reply)))
    holding = await store.holding(words)
    contents: dict[Sha256, bytes | None] = {}
    first = look(who, words, events, holding, lambda _sha: b"")
    for sha in first.blobs:
        contents[sha] = await store.blob(sha)
    return look(who, words, events, holding, contents.get), words


async def forget(store: Store, home: HomeStream, runners: Mapping[MissionId, Runner], command: Command) -> None:
    """Forget the person that a command names by a blob. Raises RefusedError."""
    named = Sha256(str(command.body.get("address", "")))
    content = await store.blob(named)
    if content is None:
        if named in home.state.erased:  # this engine, or the one before, came as far as that
            await _done(store, home, command, ())
            return
        raise RefusedError("the address was not given", "ask again: cockpit forget ADDRESS")
    address = content.decode("utf-8", "surrogatepass")
    who = person_of(address)
    if command.body.get("person") != who:
        raise RefusedError("the address is not that of the person", "ask again: cockpit forget ADDRESS")
    found, words = await search(store, address)
    if found.leaving:
        names = ", ".join(found.leaving)
        raise RefusedError(f"{names} is being sent to this person just now", "ask again in a moment")
    await store.put_blobs(found.copies)
    facts: list[b.Body] = [*_facts(found, HOME, home.state.erased)]
    if who not in home.state.suppressed:
        facts.insert(0, b.ContactSuppressed(person=who, because=BECAUSE, source=command.actor))
    facts += [] if named in found.blobs else [b.BlobErased(blob=named, what="address", because=BECAUSE)]
    await home.append(facts, command.actor)
    for mission, runner in runners.items():
        bodies = tuple(_facts(found, mission, frozenset(runner.state.erased)))
        if bodies:
            await runner.commit(Step(bodies), actor=command.actor)
    await store.erase([*found.blobs, named], epoch=home.epoch)
    await store.scrub(words, ERASED, epoch=home.epoch)
    await _done(store, home, command, (who, str(len(found.blobs))))


async def _done(store: Store, home: HomeStream, command: Command, ids: tuple[str, ...]) -> None:
    gone = await store.let_go()
    said = () if gone else ("a reader holds the file: its log is cut when that ends",)
    await home.append((), command.actor, answers=(Answered(command.key, Answer("done", ids=(*ids, *said))),))


def _facts(found: Found, stream: MissionId, known: frozenset[str]) -> list[b.BlobErased]:
    return [
        b.BlobErased(blob=part.blob, what=part.what, because=BECAUSE, instead=part.instead)
        for part in found.parts.get(stream, ())
        if part.blob not in known
    ]


async def sweep(store: Store, home: HomeStream, runners: Mapping[MissionId, Runner]) -> None:
    """Erase whatever a fact says is erased and is still there: an engine died between the two."""
    gone = [Sha256(sha) for sha in home.state.erased]
    gone += [Sha256(sha) for runner in runners.values() for sha in runner.state.erased]
    left = [sha for sha in dict.fromkeys(gone) if await store.blob(sha) is not None]
    if left:
        await store.erase(left, epoch=home.epoch)
        await store.let_go()
