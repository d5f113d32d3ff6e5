"""Starting a mission: the contract is read once more from the bytes the user gave, and only then becomes one. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.amending.files import MAX_INPUT, by_owner, owners, taken, wrong
from engine.amending.proposal import plain_name
from engine.contract.case import Provided
from engine.contract.lint import lint
from engine.contract.load import load
from engine.contract.model import Assumption, Contract
from engine.ledger import bodies as b
from engine.loop.outcome import RefusedError, refused_contract
from engine.redaction import Redactor
from engine.values import HOME, MissionId, Sha256, canonical, sha256


def source_blobs(body: Mapping[str, Any]) -> tuple[Sha256, ...]:
    """Blobs that a start command names: the contract and its inputs."""
    named = [*body.get("inputs", {}).values(), *body.get("files", {}).values()]
    assumed = (Sha256(str(body["assumed"])),) if body.get("assumed") else ()
    return (Sha256(str(body.get("source", ""))), *assumed, *(Sha256(str(ref.get("sha", ""))) for ref in named))


def create(
    body: Mapping[str, Any],
    contents: Mapping[Sha256, bytes | None],
    taken: Collection[str],
    provided: Provided,
    redactor: Redactor | None = None,
) -> tuple[MissionId, tuple[b.Body, ...]]:
    """The first facts of a mission. Raises RefusedError with the contract's first error, or with what is missing."""
    data = contents.get(Sha256(str(body.get("source", ""))))
    name = str(body.get("name", "contract"))
    if data is None:
        raise RefusedError(f"{name}: its bytes were not given", "ask again: cockpit start FILE")
    loaded = load(data, name, redactor)
    if loaded.contract is None:
        raise refused_contract(loaded.errors[0])
    problems = lint(loaded.contract, loaded.positions, provided=provided)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise refused_contract(errors[0])
    contract = loaded.contract
    if contract.zone is None and (zone := _zone(str(body.get("zone", "")))):
        contract = contract.model_copy(update={"zone": zone})
    if body.get("rehearse") and (known := contents.get(Sha256(str(body.get("assumed", ""))))):
        contract = contract.model_copy(update={"assume": {**contract.assume, **_assumed(known)}})
    slug = _slug(contract, taken)
    created = b.MissionCreated(
        title=contract.mission,
        contract=json.loads(canonical(contract.normalised())),  # in the order in which every replay reads it
        source=sha256(data),
        inputs=_inputs(contract, body, contents),
        files=files_of(contract, body, contents),
        rehearsed=bool(body.get("rehearse")),
        seed=int(body.get("seed", 0)),
    )
    return slug, (created, b.MissionStarted())


def _assumed(known: bytes) -> dict[str, Assumption]:
    """What is known better than the contract assumes, for a rehearsal. Raises ValueError for what is none."""
    body = json.loads(known)
    return {name: Assumption.model_validate(row, context={"stored": True}) for name, row in body.items()}


def _zone(name: str) -> str | None:
    """The user's own time zone, when it is one; cadences of a contract without `zone:` follow it."""
    try:
        return ZoneInfo(name).key if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def files_of(
    contract: Contract, body: Mapping[str, Any], contents: Mapping[Sha256, bytes | None]
) -> tuple[b.FileRef, ...]:
    """The files of tools and skills by hash. Raises RefusedError for what was not given, or is no skill."""
    named = ((str(key), contents.get(Sha256(str(ref.get("sha", ""))))) for key, ref in body.get("files", {}).items())
    given = by_owner({key: data for key, data in named if data is not None})
    needed = owners(contract)
    for owner, path in needed.items():
        if misfit := wrong(owner, path, given.get(owner, {})):
            raise RefusedError(
                f"{owner.replace('/', '.')}: {misfit}", "mend it where the contract says it is, then cockpit start FILE"
            )
    return tuple(ref for owner in sorted(needed) for ref in taken(owner, given[owner]))


def _inputs(
    contract: Contract, body: Mapping[str, Any], contents: Mapping[Sha256, bytes | None]
) -> tuple[b.InputRef, ...]:
    given = body.get("inputs", {})
    refs = []
    for name, declared in contract.inputs.items():
        ref = given.get(name)
        data = contents.get(Sha256(str(ref.get("sha")))) if ref else None
        if data is None:
            raise RefusedError(
                f"inputs.{name}: {declared.path} was not given",
                "put it where the contract says, then cockpit start FILE",
            )
        if len(data) > MAX_INPUT:
            raise RefusedError(
                f"inputs.{name}: {declared.path} is larger than 16 MiB", "give a smaller file, or split it"
            )
        refs.append(
            b.InputRef(
                name=name,
                filename=plain_name(declared.path, name),
                sha=sha256(data),
                bytes=len(data),
                privacy=declared.privacy,
                trust=declared.trust,
            )
        )
    return tuple(refs)


def _slug(contract: Contract, taken: Collection[str]) -> MissionId:
    wanted = (
        contract.id or re.sub(r"[^a-z0-9]+", "-", contract.mission.casefold()).strip("-")[:24].strip("-") or "mission"
    )
    if wanted == HOME or not wanted[0].isalpha():
        wanted = f"m-{wanted}"[:30]
    slug, number = wanted, 1
    while slug in taken or slug == HOME:
        number += 1
        slug = f"{wanted[:26]}-{number}"
    return MissionId(slug)
