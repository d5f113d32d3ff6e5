"""Events as sentences: one calm line each, for `log`, for `start --wait` and for the demo.

A bookkeeping event has a line too, shown only when everything is asked for. Bodies come without their defaults, and
events of later releases are named, never dropped.
"""

from __future__ import annotations

from cockpit.cli import story_mission, story_outward, story_tools, story_work
from cockpit.cli.desk import Json
from cockpit.cli.render import GLYPHS, clock, mark, safe
from cockpit.cli.story_line import Line, Teller, cut


class Names:
    """What the ids of a telling mean, learned from the events as they pass."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}
        self._reviews: set[tuple[str, str]] = set()

    def learn(self, event: Json) -> None:
        """Take the names that an event gives."""
        body, slug = event["body"], event["mission"]
        match event["kind"]:
            case "branch.opened":
                self._known[slug, body["branch"]] = body["key"]
            case "task.added":
                branch = self.of(slug, body["branch"])
                self._known[slug, body["task"]] = body["title"] if branch == "main" else f"{branch}: {body['title']}"
                if body.get("kind", "work") != "work":
                    self._reviews.add((slug, body["task"]))
            case "attempt.dispatched":
                self._known[slug, body["attempt"]] = self.of(slug, body["task"])
                if (slug, body["task"]) in self._reviews:
                    self._reviews.add((slug, body["attempt"]))

    def of(self, slug: str, short: str) -> str:
        """The name of an id, or the id itself."""
        return self._known.get((slug, short), short)

    def review(self, event: Json) -> bool:
        """Whether an event is about the attempt or task of a review, which its verdict tells better."""
        body, slug = event["body"], event["mission"]
        return any((slug, body.get(field)) in self._reviews for field in ("task", "attempt"))


_TOLD_BY_VERDICT = frozenset({"attempt.dispatched", "attempt.delivered", "task.accepted"})


def tell(event: Json, names: Names, *, everything: bool = False) -> str:
    """`Thu 18:02:11  ✓ draft batch 1: accepted`; empty for what is bookkeeping."""
    line = describe(event, names)
    if not (line.loud or everything):
        return ""
    return f"{clock(event['at'])}  {mark(GLYPHS.get(line.state, '·'))} {line.text}"


def describe(event: Json, names: Names) -> Line:
    """What an event says."""
    teller = _TELLERS.get(event["kind"])
    if teller is None:
        return Line("", safe(event["kind"]), loud=False)
    body = event["body"]

    def name(field: str) -> str:
        return cut(names.of(event["mission"], str(body.get(field, ""))))

    try:
        line = teller(body, name, event)
        quiet = event["kind"] in _TOLD_BY_VERDICT and names.review(event)
        return line._replace(loud=False) if quiet else line
    except (KeyError, TypeError, ValueError):
        return Line("", safe(event["kind"]), loud=False)


_TELLERS: dict[str, Teller] = {**story_mission.TOLD, **story_work.TOLD, **story_outward.TOLD, **story_tools.TOLD}
