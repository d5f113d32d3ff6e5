"""A batch of mails, a queue and a past, of the size and kind that the pane is designed for."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from engine.effects.canonical import EffectBytes, Envelope, batch_digest
from engine.values import MissionId
from tests.cockpit.ledger import Ledger

PEOPLE = (
    ("ines", "cadenza"),
    ("leo", "parcelworks"),
    ("maya", "northwind"),
    ("tom", "brightfold"),
    ("aiko", "lumenbase"),
    ("raf", "quillstack"),
    ("sara", "openharbor"),
    ("info", "meridian"),
    ("jonas", "fieldnote"),
    ("priya", "kestrelhq"),
    ("dana", "plumbline"),
    ("omar", "tessera"),
    ("clara", "nightowl"),
    ("hugo", "stackwise"),
    ("mei", "paperplane"),
    ("nils", "tideline"),
    ("eva", "copperleaf"),
    ("ben", "roundtrip"),
    ("lucia", "greyfin"),
    ("karl", "anvilworks"),
    ("zoe", "sundialapp"),
    ("amir", "latchkey"),
    ("nora", "foxglove"),
    ("paul", "gridhouse"),
    ("yuki", "softharbor"),
)
SEEN = (
    "Your cheapest plan\nhas no name and sits under the fold",
    "Annual discounts\ncome in a footnote that phones cut off",
    "The Team plan\nonly shows up after you switch the toggle to yearly",
    "The trial\nasks for a card before it says what follows",
)
SUBJECTS = (
    "One name is missing",
    "A footnote on your phone page",
    "Your pricing page hides the team plan",
    "A question about your trial",
)
TEXT = """Hi {name},

I read {company}.example/pricing the way a buyer would. {seen}, so anyone who
looks at the monthly view thinks it jumps from ${low} straight to
Enterprise.

I make a small tool that replays how visitors read a pricing page.
Would it help if I sent you the recording for yours? It is two
minutes, no call needed.

If this is not for you, reply "no" and I will not write again.

-- 
Jonas Weber
example.com · Weserstr. 9, 12047 Berlin
"""  # noqa: W291 (the separator of a signature ends in a blank)
CONTRACT: dict[str, Any] = {
    "mission": "Find a GTM channel with real signal",
    "actions": {"allowed": ["draft"], "restricted": ["send", "contact"]},
    "approvals": {"send": {"undo": 10_000}},
    "lawful": {"country": "DE", "basis": "business contact", "source": "apollo.io"},
    "inputs": {"leads": {"path": "leads.csv"}, "pages": {"path": "pages", "privacy": "public"}},
}
CHECKS = (
    "names their page",
    "under 120 words",
    "asks one question",
    "has an opt-out line",
    "own domain only",
    "no claim",
)
NOW = 1_795_356_120_000


def text_of(place: int) -> str:
    """The text of one mail of the batch."""
    name, company = PEOPLE[place % len(PEOPLE)]
    text = TEXT.format(name=name.title(), company=company, seen=SEEN[min(place, 3)], low=9 + place)
    if name == "hugo":
        text = text.replace("minutes, no call needed.", "minutes: https://example.com/r and https://example.com/s")
    if name == "zoe":
        text = text.replace(f"${9 + place} straight", "nothing straight")
    return text


def mail(to: str, subject: str, text: str, *, more: str = "") -> bytes:
    """A message as the engine writes one."""
    head = (
        f"From: Jonas Weber <jonas@example.com>\r\nTo: {to}\r\nReply-To: jonas@example.com\r\nSubject: {subject}\r\n"
        'MIME-Version: 1.0\r\nContent-Type: text/plain; charset="utf-8"\r\n'
        f"Content-Transfer-Encoding: 8bit\r\n{more}\r\n"
    )
    return head.encode() + text.replace("\n", "\r\n").encode()


def propose(
    ledger: Ledger, short: str, to: str, message: bytes, *, slug: str = "gtm", verb: str = "send", **more: Any
) -> str:
    """One proposed effect with its blobs; its digest. `sha` among `more` names another body than is stored."""
    sha = more.pop("sha", hashlib.sha256(message).hexdigest())
    said = EffectBytes(
        mission=MissionId(slug),
        effect=f"{slug}/{short}",
        verb=verb,
        connector="smtp",
        envelope=Envelope(mail_from="jonas@example.com", rcpt_to=(to,)),
        body_sha256=sha,
    )
    content = said.canonical()
    body = {
        "effect": short,
        "batch": "G2",
        "verb": verb,
        "connector": "smtp",
        "digest": said.digest(),
        "content": ledger.blob(content),
        "body": ledger.blob(message),
        "branch": "B2",
        "task": "T2",
        "attempt": "A2.1",
        "fields": ["company", "email", "name"],
        "source": "leads",
    }
    ledger.event(slug, "effect.proposed", {**body, **more})
    return said.digest()


def mission(ledger: Ledger, slug: str = "gtm", **more: Any) -> None:
    """A mission with a branch that has a figure, and the attempt that wrote the batch."""
    base = {"attention": 1, "attention_ms": 42 * 60_000, "attention_budget_ms": 270 * 60_000, "now": NOW}
    ledger.mission(slug, **{**base, **more})
    ledger.event(slug, "mission.created", {"title": "Find a channel", "contract": CONTRACT, "rev": 2})
    rate = {"metric": "reply_rate", "unit": "ratio", "k": 4, "n": 22, "value": "", "count": 4, "known": True}
    ledger.view("branch", f"{slug}/B2", slug, {
        "id": f"{slug}/B2", "key": "cold-email", "parent": f"{slug}/B1", "hypothesis": "founders answer a teardown",
        "state": "waiting", "reason": "", "spent_micro_usd": 4_120_000, "until": NOW + 7_200_000,
        "evidence": [rate]})  # fmt: skip
    ledger.view("task", f"{slug}/T2", slug, {"id": f"{slug}/T2", "branch": f"{slug}/B2", "key": "draft",
        "title": "draft batch 2", "role": "writer", "kind": "work", "state": "accepted",
        "spent_micro_usd": 4_120_000})  # fmt: skip
    ledger.event(slug, "attempt.dispatched", {"attempt": "A2.1", "task": "T2", "role": "writer", "worker": "model",
        "model": "north/heron"})  # fmt: skip
    manifest = {"included": [{"id": "leads", "kind": "input"}, {"id": "pages", "kind": "input"}]}
    ledger.event(slug, "package.compiled", {"attempt": "A2.1", "task": "T2", "tokens": 3812, "budget": 12_000,
        "text": ledger.blob(b"package"), "manifest": ledger.blob(json.dumps(manifest).encode())})  # fmt: skip
    lines = [{"criterion": check, "ok": True} for check in CHECKS]
    for stage, by, part in (("checks", "engine", lines[:2]), ("review", "reviewer · south/ocean", lines[2:])):
        ledger.event(slug, "verdict.given", {"task": "T2", "attempt": "A2.1", "stage": stage, "by": by, "ok": True,
            "lines": part})  # fmt: skip


def batch(ledger: Ledger, count: int = 25, *, short: str = "Q4", first: int = 1, **more: Any) -> str:
    """An approval of so many mails, in a mission that is there; its digest."""
    items = []
    verb = more.get("verb", "send")
    for place in range(count):
        name, company = PEOPLE[place % len(PEOPLE)]
        to = f"{name}@{company}.example"
        message = mail(to, SUBJECTS[min(place, 3)], text_of(place))
        digest = propose(ledger, f"F{first + place}", to, message, verb=verb)
        items.append({"id": f"gtm/F{first + place}", "digest": digest, "preview": "send via smtp"})
    digest = str(batch_digest(item["digest"] for item in items))
    noun = "mail" if count == 1 else "mails"
    shown = {"digest": digest, "items": items, "title": f"{verb} {count} {noun} via smtp", "verb": verb,
        "branch": "gtm/B2", "task": "gtm/T2", "raised_at": NOW - 3_600_000, "expires_at": NOW + 23 * 3_600_000,
        "holds": 3, "takes_minutes": 4, "rank": 55, "why": "holds 3 tasks (30) · expires in 23h (25)"}  # fmt: skip
    ledger.question("gtm", short, **{**shown, **more})
    return digest


def others(ledger: Ledger) -> None:
    """Three more items, and decisions of today."""
    ledger.question("gtm", "Q1", kind="answer", digest="", items=[], title="which p95 counts?", branch="gtm/B1",
        choices=["keep", "prune", "extend"], detail="every judge rule is false or unknown", rank=50, holds=5,
        takes_minutes=1, raised_at=NOW - 60_000, why="holds 5 tasks (50)")  # fmt: skip
    ledger.question("gtm", "Q2", kind="answer", digest="", items=[], title="who signs the announcement?",
        branch="gtm/B1", rank=20, holds=2, takes_minutes=2, raised_at=NOW, why="holds 2 tasks (20)")  # fmt: skip
    ledger.question("gtm", "Q3", kind="tool", digest="", items=[], title="browser tool drifted", branch="gtm/B1",
        rank=10, holds=1, takes_minutes=2, raised_at=NOW, choices=["stop", "try again"])  # fmt: skip
    for hours, what, text in ((3, "approve", ""), (2, "answer", "founders only"), (1, "reject", "DM: too long")):
        made = {"attention": "Q0", "what": what, "subject": "Q0", "text": text, "focus_ms": 120_000}
        ledger.event("gtm", "decision.made", made, at=NOW - hours * 1_000_000)
