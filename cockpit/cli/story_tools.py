"""What events about tools say, one calm line each."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from cockpit.cli.desk import Json
from cockpit.cli.render import safe, span

LONGEST = 110


class Said(NamedTuple):
    """State, words, and whether they are worth a line in a calm telling."""

    state: str
    text: str
    loud: bool = True


def _cut(text: object) -> str:
    told = " ".join(str(text).split())
    return safe(told if len(told) <= LONGEST else f"{told[: LONGEST - 1]}…")


def _what(body: Json) -> str:
    return f"{_cut(body['tool'])} {_cut(body.get('operation', ''))}".strip()


def _because(body: Json) -> str:
    return f": {_cut(body['because'])}" if body.get("because") else ""


def _probed(body: Json) -> Said:
    if not body.get("up"):
        return Said("waiting", f"tool {_cut(body['tool'])} cannot be used{_because(body)}")
    return Said("", f"tool {_cut(body['tool'])} can be used", loud=False)


def _pinned(body: Json) -> Said:
    again = bool(body.get("instead_of"))
    return Said("accepted", f"{_what(body)} {'accepted as it is now' if again else 'pinned'}", loud=again)


def _drifted(body: Json) -> Said:
    if body.get("pin") and body.get("pin") == body.get("now"):
        return Said("accepted", f"{_what(body)} is again what was granted")
    words = {"changed": "is not what was granted", "gone": "is gone", "new": "is new and not granted"}
    return Said("needs you", f"{_what(body)} {words.get(str(body.get('how')), 'drifted')}: it is not used")


def _called(body: Json) -> Said:
    source = f" → {_cut(body['source'])}" if body.get("source") else ""
    took = f" in {span(int(body['latency']))}" if body.get("latency") else ""
    approved = f", approved as {_cut(body['wanted'])}" if body.get("wanted") else ""
    failed = "" if body.get("ok") else " failed"
    return Said("delivered" if body.get("ok") else "failed", f"called {_what(body)}{failed}{source}{took}{approved}")


def _refused(body: Json) -> Said:
    return Said("rejected", f"refused {_what(body)}{_because(body)}")


def _asked(body: Json) -> Said:
    hosts = body.get("hosts") or ()
    to = f" to {_cut(', '.join(map(str, hosts)))}" if isinstance(hosts, (list, tuple)) and hosts else ""
    return Said("needs you", f"{_cut(body['wanted'])} {_what(body)}{to} waits for your approval")


def _wanted(state: str, words: str, *, loud: bool = True) -> Callable[[Json], Said]:
    return lambda body: Said(state, f"{_cut(body['wanted'])} {words}{_because(body)}", loud)


TOLD: dict[str, Callable[[Json], Said]] = {
    "tool.probed": _probed,
    "tool.pinned": _pinned,
    "tool.unpinned": lambda body: Said("cancelled", f"{_what(body)} is granted no more{_because(body)}"),
    "tool.drifted": _drifted,
    "tool.called": _called,
    "tool.refused": _refused,
    "tool.asked": _asked,
    "tool.approved": _wanted("accepted", "approved, for one call", loud=False),
    "tool.rejected": _wanted("rejected", "rejected"),
    "tool.expired": _wanted("failed", "is not asked about any more"),
    "tool.attempting": _wanted("running", "is about to run", loud=False),
}
