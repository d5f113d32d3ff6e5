"""The commands that settle an item, from the row that was on screen: every front end gives these and no others. Pure.

A row is what `Reader.views("attention")` returns; of it only `id`, `mission`, `digest` and `choices` are read.
"""

from __future__ import annotations

import hashlib

from cockpit.cli.desk import Json
from cockpit.cli.inbox import Order, nonce
from engine.errors import BadInputError

MOST = 10
"""So many items may be approved with one key; more ask for the code."""
GRAVE = frozenset({"spend", "publish", "deploy", "merge", "delete"})
"""Verbs that ask for the code however few they are."""


def approval(row: Json, excepted: list[str], opened: int | None = None) -> Order:
    """The command that approves what a row shows; `opened`: how many of its items were looked at."""
    without = f":minus {','.join(excepted)}" if excepted else ""
    short = row["id"].rpartition("/")[2]
    body: dict[str, object] = {"attention": short, "digest": row["digest"], "except": excepted}
    if opened is not None:
        body["opened"] = opened
    key, several = f"approve:{row['id']}:{row['digest']}{without}", row.get("people", 1) > 1
    return Order(key, "approve", row["mission"], body, personal=several)


def confirmation(digest: str, excepted: list[str]) -> str:
    """The four characters to type; leaving an item out changes them."""
    if not excepted:
        return digest[:4]
    return hashlib.sha256(f"{digest} {' '.join(excepted)}".encode()).hexdigest()[:4]


def asks_for_code(verb: str, count: int) -> str:
    """Why approving so many items of a verb asks for the code; empty when one key is enough."""
    if verb in GRAVE:
        return f"because it is to {verb}"
    return f"because it is more than {MOST}" if count > MOST else ""


def rejection(row: Json, because: str, ruling: Json | None = None) -> Order:
    """The command that rejects what a row shows; `ruling` is what it says of the rule: its scope, its check."""
    short = row["id"].rpartition("/")[2]
    key = f"reject:{row['id']}:{row.get('digest') or ''}:{_sha(because)}"
    return Order(key, "reject", row["mission"], {"attention": short, "because": because, **(ruling or {})})


def refusal(mission: str, effect: str, because: str, ruling: Json | None = None) -> Order:
    """The command that rejects one effect."""
    body = {"effect": effect, "because": because, **(ruling or {})}
    return Order(f"reject:{mission}/{effect}:{_sha(because)}", "reject", mission, body)


def taken_back(row: Json) -> Order:
    """The command that takes the last decision about an item back: the item waits again."""
    return Order(f"undo:{row['id']}:{nonce()}", "undo", row["mission"], {"attention": row["id"].rpartition("/")[2]})


def reply(row: Json, text: str) -> Order:
    """The command that answers an item; the number of a choice stands for the choice. Raises `BadInputError`."""
    listed = list(row.get("choices") or [])
    if text.strip().isdecimal() and text.strip() not in listed and 1 <= int(text) <= len(listed):
        text = listed[int(text) - 1]
    if not text.strip():
        raise BadInputError(row["id"], "an answer needs a text", "type it, or the number of a choice")
    short = row["id"].rpartition("/")[2]
    return Order(f"answer:{row['id']}:{_sha(text)}", "answer", row["mission"], {"attention": short, "text": text})


def withdrawal(mission: str, effect: str) -> Order:
    """The command that takes back an effect that has not left."""
    return Order(f"withdraw:{mission}/{effect}:{nonce()}", "withdraw", mission, {"effect": effect})


def takeback(mission: str, batch: str) -> Order:
    """The command that takes back whatever has not left of a batch."""
    return Order(f"withdraw:{mission}/{batch}:{nonce()}", "withdraw", mission, {"batch": batch})


def focused(order: Order, focus_ms: int) -> Order:
    """The same command with the human time that it took, in milliseconds."""
    return order._replace(body={**order.body, "focus_ms": focus_ms}) if focus_ms > 0 else order


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
