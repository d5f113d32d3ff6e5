"""`verify(receipt, events)`: is this receipt what the ledger says? Rebuilds it and names every difference. Pure.

A receipt verifies when it adds up by itself, the mission's chain is whole to the receipt's height and ends in its head
hash, and the fold of those events gives the same receipt. It proves that neither was changed since the other was
written down; it does not prove that what was recorded is true.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from engine.errors import CockpitError
from engine.ledger.chain import faults
from engine.ledger.protocol import Event
from engine.receipt.account import reconcile
from engine.receipt.build import build, integrity, policies
from engine.receipt.shape import check, reading
from engine.state.fold import fold
from engine.values import MissionId

MOST = 100
"""So many differences are named."""
LATER = (("spend", "waste"), ("spend", "usage"), ("spend", "limits"))
"""What receipts of earlier releases do not have: where it is missing, nothing is compared."""


def verify(receipt: dict[str, Any], events: Iterable[Event]) -> list[str]:
    """What speaks against a receipt, in words with paths; empty when it verifies.

    `events` may go on beyond the receipt's height and may hold other missions' events. Raises `BadInputError` when the
    receipt is not one of this schema.
    """
    check(receipt)
    with reading(receipt):
        mission, height = str(receipt["mission"]["id"]), int(receipt["integrity"]["height"])
        head = receipt["integrity"]["head_hash"]
    own = [event for event in events if event.mission == mission and event.height <= height]
    out = reconcile(receipt)
    if not own:
        return [*out, f"mission.id: the ledger has no events of {_shown(mission)} to height {height}"]
    broken = list(islice((f"ledger: {fault}" for fault in faults(own)), MOST))
    if len(own) != height:
        broken.append(f"integrity.height: receipt says {height}, the ledger has {len(own)} events up to there")
    if own[-1].hash != head:
        broken.append(f"integrity.head_hash: receipt says {_shown(head)}, ledger says {_shown(own[-1].hash)}")
    if not broken:
        broken = _compare(receipt, MissionId(mission), own)
    return [*dict.fromkeys(out + broken)]


def _compare(receipt: dict[str, Any], mission: MissionId, own: list[Event]) -> list[str]:
    """The receipt against the one that these events give."""
    try:
        rebuilt = build(fold(mission, own), integrity(own))
    except CockpitError as error:
        return [f"ledger: {error}"]
    place = receipt["integrity"]
    if isinstance(place, dict):  # until 0.1.0 receipts told numbers of one ledger, which a mission that moved loses
        place = {name: value for name, value in place.items() if name not in {"first_seq", "last_seq"}}
    for section, name in LATER:
        if name not in receipt[section]:
            rebuilt[section].pop(name, None)
    found = list(islice(differences({**receipt, "integrity": place}, rebuilt), MOST + 1))
    if len(found) > MOST:
        found[MOST:] = [f"and more than {MOST} differences in all"]
    if found and receipt["integrity"].get("policies") != policies():
        found.insert(0, "integrity.policies: another release computed this receipt; the differences may come from that")
    return found


def differences(said: object, told: object, path: str = "") -> Iterator[str]:
    """Where two JSON values differ, as `path: receipt says A, ledger says B`. A bool is not a number."""
    if isinstance(said, dict) and isinstance(told, dict):
        for key in {**told, **said}:
            place = f"{path}.{_key(key)}" if path else _key(key)
            if key not in said:
                yield f"{place}: receipt lacks it, ledger says {_shown(told[key])}"
            elif key not in told:
                yield f"{place}: receipt says {_shown(said[key])}, ledger knows nothing of it"
            else:
                yield from differences(said[key], told[key], place)
    elif isinstance(said, list) and isinstance(told, list):
        for index, (one, other) in enumerate(zip(said, told, strict=False)):
            yield from differences(one, other, f"{path}[{index}]")
        if len(said) != len(told):
            yield f"{path}: receipt lists {len(said)}, ledger lists {len(told)}"
    elif type(said) is not type(told) or said != told:
        yield f"{path}: receipt says {_shown(said)}, ledger says {_shown(told)}"


def _key(key: object) -> str:
    text = str(key)
    return text if text.isascii() and text.replace("_", "").replace("/", "").isalnum() else _shown(text)


def _shown(value: object) -> str:
    """A value in a few ASCII characters, whatever it holds."""
    text = json.dumps(value, default=str)
    return text if len(text) <= 80 else f"{text[:76]}..."
