"""The files of tools and skills that a contract names, by hash: taken when a mission starts, and when it is amended.
Pure, given the bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.contract.model import Contract
from engine.contract.skills import MAIN, BadSkillError, fits, plain, skill_text
from engine.errors import BadInputError
from engine.ledger.bodies import ClauseChange, FileRef
from engine.state.model import MissionState
from engine.values import sha256

MAX_INPUT = 16 * 1024 * 1024
Given = Mapping[str, bytes]
"""Contents by key: `tools/NAME/FILE`, `skills/NAME/PATH`."""


def owners(contract: Contract) -> dict[str, str]:
    """What files belong to, and the path that the contract names: `{"skills/cold": "skills/cold-email"}`."""
    tools = {f"tools/{n}": t.path for n, t in contract.tools.items() if t.path is not None and t.stance != "deny"}
    return tools | {f"skills/{name}": skill.path for name, skill in contract.skills.items()}


def by_owner(given: Given) -> dict[str, dict[str, bytes]]:
    """What was given, by what it belongs to; a path that leads elsewhere is left out."""
    found: dict[str, dict[str, bytes]] = {}
    for key, data in given.items():
        kind, name, path = (*key.split("/", 2), "", "")[:3]
        if plain(path):
            found.setdefault(f"{kind}/{name}", {})[path] = data
    return found


def wrong(owner: str, path: str, files: Mapping[str, bytes]) -> str:
    """What is wrong with the files of a tool or a skill; empty when nothing is."""
    if owner.startswith("tools/"):
        if len(files) != 1:
            return f"{path} was not given"
        return f"{path} is larger than 16 MiB" if any(len(data) > MAX_INPUT for data in files.values()) else ""
    if misfit := fits({name: len(data) for name, data in files.items()}):
        return f"{path}: {misfit}"
    try:
        skill_text(files[MAIN])
    except BadSkillError as error:
        return f"{path}: {error}"
    return ""


def taken(owner: str, files: Mapping[str, bytes]) -> Iterator[FileRef]:
    """Files as they are kept."""
    for path, data in sorted(files.items()):
        yield FileRef(owner=owner, path=path, sha=sha256(data), bytes=len(data))


def amended_files(state: MissionState, contract: Contract, given: Given) -> tuple[FileRef, ...]:
    """The files of an amended contract: those that were given, and those that the mission has where the contract names
    the same path as before. Raises `BadInputError` for what nobody gave, and for what is no skill.
    """
    before, handed = owners(state.terms), by_owner(given)
    found: list[FileRef] = []
    for owner, path in sorted(owners(contract).items()):
        known = [ref for ref in state.files if ref.owner == owner] if before.get(owner) == path else []
        files = handed.get(owner, {})
        if not files and known:
            found += known
            continue
        if misfit := wrong(owner, path, files):
            raise BadInputError(owner.replace("/", "."), misfit, "put it beside the contract")
        found += taken(owner, files)
    return tuple(found)


def changed_files(before: tuple[FileRef, ...], after: tuple[FileRef, ...]) -> Iterator[ClauseChange]:
    """Files of a tool or skill that both contracts name, and whose bytes differ."""
    for owner in dict.fromkeys(ref.owner for ref in before):
        old, new = ({ref.path: ref for ref in refs if ref.owner == owner} for refs in (before, after))
        if new:
            for path in sorted(old.keys() | new.keys()):
                one, other = old.get(path), new.get(path)
                if one is None or other is None or one.sha != other.sha:
                    name = f"{owner.replace('/', '.', 1)}: {path}"
                    yield ClauseChange(path=name, before=_told(one), after=_told(other))


def _told(ref: FileRef | None) -> str:
    return f"{ref.bytes} bytes, {ref.sha[:8]}" if ref is not None else ""
