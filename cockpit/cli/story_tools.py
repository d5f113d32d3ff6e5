"""What events about tools say, one calm line each."""

from __future__ import annotations

from cockpit.cli.desk import Json
from cockpit.cli.render import span
from cockpit.cli.story_line import Line, Namer, Teller, because, cut


def _what(body: Json) -> str:
    return f"{cut(body['tool'])} {cut(body.get('operation', ''))}".strip()


def _probed(body: Json, _name: Namer, _event: Json) -> Line:
    if not body.get("up"):
        return Line("waiting", f"tool {cut(body['tool'])} cannot be used{because(body)}")
    return Line("", f"tool {cut(body['tool'])} can be used", loud=False)


def _pinned(body: Json, _name: Namer, _event: Json) -> Line:
    if body.get("source") == "home":
        return Line("", f"{_what(body)} is pinned as other missions know it", loud=False)
    again = bool(body.get("instead_of"))
    return Line("accepted", f"{_what(body)} {'accepted as it is now' if again else 'pinned'}", loud=again)


def _drifted(body: Json, _name: Namer, _event: Json) -> Line:
    if body.get("pin") and body.get("pin") == body.get("now"):
        return Line("accepted", f"{_what(body)} is again what was granted")
    words = {"changed": "is not what was granted", "gone": "is gone", "new": "is new and not granted"}
    return Line("needs you", f"{_what(body)} {words.get(str(body.get('how')), 'drifted')}: it is not used")


def _called(body: Json, _name: Namer, _event: Json) -> Line:
    source = f" → {cut(body['source'])}" if body.get("source") else ""
    took = f" in {span(int(body['latency']))}" if body.get("latency") else ""
    approved = f", approved as {cut(body['wanted'])}" if body.get("wanted") else ""
    failed = "" if body.get("ok") else " failed"
    return Line("delivered" if body.get("ok") else "failed", f"called {_what(body)}{failed}{source}{took}{approved}")


def _refused(body: Json, _name: Namer, _event: Json) -> Line:
    return Line("rejected", f"refused {_what(body)}{because(body)}")


def _asked(body: Json, _name: Namer, _event: Json) -> Line:
    hosts = body.get("hosts") or ()
    to = f" to {cut(', '.join(map(str, hosts)))}" if isinstance(hosts, (list, tuple)) and hosts else ""
    return Line("needs you", f"{cut(body['wanted'])} {_what(body)}{to} waits for your approval")


def _wanted(state: str, words: str, *, loud: bool = True) -> Teller:
    return lambda body, _name, _event: Line(state, f"{cut(body['wanted'])} {words}{because(body)}", loud)


def _unanswered(body: Json, _name: Namer, _event: Json) -> Line:
    return Line("in_doubt", f"called {_what(body)} ({cut(body['call'])}), unknown outcome{because(body)}")


def _pulled(body: Json, _name: Namer, _event: Json) -> Line:
    told = [str(one["id"]) for one in body.get("items", ())]
    said = f"was told {cut(', '.join(told))}" if told else "was told nothing"
    codes = ", ".join(f"{one['id']} {one['code']}" for one in body.get("untold", ()))
    return Line(
        "", f"{said} of the record ({body['tokens']} tokens)" + (f"; not {cut(codes)}" if codes else ""), loud=False
    )


TOLD: dict[str, Teller] = {
    "context.pulled": _pulled,
    "tool.begun": lambda body, _name, _event: Line("running", f"calls {_what(body)}", loud=False),
    "tool.unanswered": _unanswered,
    "tool.probed": _probed,
    "tool.pinned": _pinned,
    "tool.unpinned": lambda body, _name, _event: Line("cancelled", f"{_what(body)} is granted no more{because(body)}"),
    "tool.drifted": _drifted,
    "tool.called": _called,
    "tool.refused": _refused,
    "tool.asked": _asked,
    "tool.approved": _wanted("accepted", "approved, for one call", loud=False),
    "tool.rejected": _wanted("rejected", "rejected"),
    "tool.expired": _wanted("failed", "is not asked about any more"),
    "tool.attempting": _wanted("running", "is about to run", loud=False),
}
