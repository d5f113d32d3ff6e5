"""What a mission knows, from its events: decisions, assumptions, questions, evidence, artifacts, rules, learnings.

Whether an item still holds is worked out by the engine's own rule; `explained` says why it stands as it does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cockpit.cli.desk import Json
from cockpit.cli.story_line import value
from engine.ledger.reader import Reader
from engine.state.knowledge import Item
from engine.state.standing import Standing, rank

KINDS = (
    "item.recorded",
    "item.retracted",
    "item.adopted",
    "item.expired",
    "context.pulled",
    "task.accepted",
    "verdict.given",
    "evidence.recorded",
    "artifact.produced",
    "rule.adopted",
    "rule.retired",
    "learning.recorded",
    "learning.promoted",
    "learning.dismissed",
)
SECTIONS = ("decision", "assumption", "question", "claim", "learning", "rule", "evidence", "artifact")


class Curation:
    """Everything that is known, kept up to date from events of `KINDS` in their order."""

    def __init__(self) -> None:
        self.standing = Standing()
        self._rows: dict[str, Json] = {}
        self._pulled: dict[str, list[Json]] = {}

    def take(self, event: Json) -> None:
        """Take one event in."""
        body, height = event["body"], int(event.get("height", 0))
        match event["kind"]:
            case "item.recorded":
                known = {name: body[name] for name in ("trust", "privacy", "subject", "value") if body.get(name)}
                self._put(event, body["item"], body["kind"], body["text"], origin=body.get("origin", "worker"), **known)
                self.standing.record(_item(body, body["item"], event["at"]), height)
            case "item.retracted":
                self.standing.retract(body["item"], body["because"], height)
            case "item.adopted":
                self.standing.adopt(body["item"], body["because"], height)
            case "item.expired":
                self.standing.expire(body["item"], height)
            case "context.pulled":
                said = {name: body[name] for name in ("call", "attempt", "operation", "arguments")}
                for name in dict.fromkeys(one["id"].partition("#")[0] for one in body.get("items", ())):
                    self._pulled.setdefault(name, []).append(said)
            case "task.accepted":
                self.standing.accept(body.get("attempt", ""), height)
            case "verdict.given":
                if not body.get("ok", True):
                    self.standing.refuse(body["attempt"], f"{body['attempt']} was not accepted", height)
            case "evidence.recorded":
                text = f"{body['metric']} = {value(body)}"
                about = [body["about"]] if body.get("about") else []
                self._put(
                    event, body["evidence"], "evidence", text,
                    origin=body["source"], grade=body["grade"], rests_on=about, note=body.get("note", ""),
                )  # fmt: skip
            case "artifact.produced":
                text = f"{body['name']} ({body['bytes']} bytes)"
                file = {name: body[name] for name in ("sha", "name", "media", "bytes")}
                self._put(event, body["artifact"], "artifact", text, **file)
            case "rule.adopted":
                rests = [body["origin"]] if body.get("origin") else []
                origin = body.get("source") or body.get("origin", "")
                self._put(event, body["rule"], "rule", body["text"], origin=origin, rests_on=rests)
                for old in body.get("supersedes", []):
                    self._over(old, "superseded", f"by {body['rule']}")
            case "rule.retired":
                self._over(body["rule"], "retired", body["because"])
            case "learning.recorded":
                self._put(event, body["learning"], "learning", body["text"], origin=body.get("source", ""))
                told = {**body, "kind": "learning", "supports": [body.get("evidence", [])]}
                told["proposed"] = body.get("status") == "proposed"
                self.standing.record(_item(told, body["learning"], 0), height)
            case "learning.promoted":
                self.standing.adopt(body["learning"], body.get("because", ""), height)
            case "learning.dismissed":
                self.standing.retract(body["learning"], body.get("because", ""), height)

    def _over(self, short: str, status: str, because: str) -> None:
        if short in self._rows:
            self._rows[short] |= {"status": status, "because": because}

    def _put(self, event: Json, short: str, kind: str, text: str, **more: Any) -> None:
        body, slug = event["body"], event["mission"]
        branch = f"{slug}/{body['branch']}" if body.get("branch") else ""
        made = {name: f"{slug}/{body[name]}" for name in ("task", "attempt") if body.get(name)}
        self._rows[short] = {
            "id": f"{slug}/{short}",
            "kind": kind,
            "text": text,
            "branch": branch,
            "at": event["at"],
            "height": int(event.get("height", 0)),
            "status": "active",
            "because": "",
            **made,
            **more,
        }

    def row(self, short: str) -> Json | None:
        """One thing that is known, with its standing."""
        row, item = self._rows.get(short), self.standing.items.get(short)
        if row is None or item is None:
            return row
        rests = list(dict.fromkeys(name for part in item.supports for name in part))
        more: Json = {"rests_on": rests} if rests else {}
        more |= {"alternatives": [list(part) for part in item.supports]} if len(item.supports) > 1 else {}
        more |= {"scope": list(item.scope)} if item.scope else {}
        more |= {"since": item.since, "cause": item.cause} if item.status != "active" else {}
        return row | {"status": item.status, "because": _because(item)} | more

    def rows(self) -> Iterator[tuple[str, Json]]:
        """Everything, oldest first, by its short id."""
        for short in self._rows:
            if (row := self.row(short)) is not None:
                yield short, row

    def pulled(self, short: str) -> list[Json]:
        """Who asked for something beside their package: `{call, attempt, operation, arguments}`, oldest first."""
        return self._pulled.get(short, [])

    def carries(self, short: str) -> list[str]:
        """What rests on something, by short ids."""
        given = [name for name, row in self._rows.items() if short in row.get("rests_on", ())]
        return list(dict.fromkeys([*self.standing.uses.get(short, ()), *given]))

    def chain(self, short: str) -> list[Json]:
        """Why an item stands as it does: it, then the item it fell under, to the one where it began."""
        found: list[Json] = []
        item = self.standing.items.get(short)
        while item is not None and all(step["id"] != item.id for step in found):
            found.append(
                {"id": item.id, "status": item.status, "since": item.since, "cause": item.cause, "why": self._why(item)}
            )
            item = self.standing.items.get(item.cause)
        return found

    def _why(self, item: Item) -> str:
        cause = self.standing.items.get(item.cause)
        match item.status:
            case "superseded" if cause is not None:
                if item.id in cause.supersedes:
                    return f"{cause.id} names it as replaced"
                if cause.order < item.order:
                    better = "it is about an older time" if rank(cause) <= rank(item) else "its word counts for more"
                    return f"{cause.id} holds on the same subject, {cause.subject}: {better}"
                return f"{cause.id} is the later word on the same subject, {cause.subject}"
            case "suspect":
                return f"it rests on {item.cause}, and that does not hold any more"
            case "contested":
                return f"it contradicts {item.cause}, which a human said: you are asked"
            case "proposed" if item.kind == "learning":
                return "no human has promoted it yet"
            case "proposed":
                return f"its work, {item.attempt}, is not accepted yet"
            case "expired":
                return "its time is over"
            case "retracted":
                return item.because
            case _:
                return item.because or "nothing has replaced it or what it rests on"


def _because(item: Item) -> str:
    match item.status:
        case "superseded":
            return f"by {item.cause}"
        case "suspect":
            return f"since {item.cause} fell"
        case "contested":
            return f"against {item.cause}"
        case _:
            return item.because


def _item(body: Json, name: str, at: int) -> Item:
    """An item of an event, as far as its shape can be trusted: what is shown must not fail."""
    kind, text, branch, task, attempt, origin = (
        str(body.get(key) or "") for key in ("kind", "text", "branch", "task", "attempt", "origin")
    )
    item = Item(name, kind, text, branch, task, attempt, origin or "worker", "", "", at)
    item.subject, item.supersedes = str(body.get("subject", "")), tuple(body.get("supersedes", ()))
    item.scope = tuple(body.get("scope", ()))
    item.supports = tuple(tuple(part) for part in body.get("supports", ()) if part)
    item.holds_from, item.expires = int(body.get("holds_from", 0)), int(body.get("expires", 0))
    item.status = "proposed" if body.get("proposed") else "active"
    return item


def curated(reader: Reader, slug: str) -> Curation:
    """What a mission knows now."""
    found = Curation()
    for event in reader.events(slug, kinds=KINDS):
        found.take(event)
    return found
