"""What the providers and the mail server saw, held against what the home says: money, packages, mail, secrets.

Nothing here asks the engine how it reckons. A provider bills what it answered; an attempt is charged once, rounded up
once, for all of its calls.
"""

from __future__ import annotations

import base64
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from engine.effects.mail import undated
from engine.ledger.reader import Reader
from engine.values import Tokens, sha256
from tests.e2e.fortnight import Fortnight
from tests.e2e.gtm import SECRETS, Gtm
from tests.e2e.stage import Json, Stage
from tests.e2e.vendors import Told

World = Gtm | Fortnight


@dataclass(frozen=True, slots=True)
class Billed:
    """Micro-dollars: what the providers bill for calls whose usage came back, and what stands for the others."""

    reported: int
    reserved: int

    @property
    def total(self) -> int:
        """What a receipt has to say."""
        return self.reported + self.reserved


def of_kind(events: Iterable[Json], *kinds: str) -> list[Json]:
    """The bodies of events of these kinds, in order."""
    return [event["body"] for event in events if event["kind"] in kinds]


def billed(world: World, events: Sequence[Json]) -> Billed:
    """Explain every charge by calls that the providers know, or by a reservation, and every call by a charge."""
    calls: dict[str, list[Told]] = defaultdict(list)
    for vendor in world.vendors:
        for told in vendor.told:
            calls[told.asked.sha].append(told)
    package = {body["attempt"]: body["text"] for body in of_kind(events, "package.compiled")}
    reserved = {body["attempt"]: body["micro_usd"] for body in of_kind(events, "charge.reserved")}
    assert set(calls) <= set(package.values()), "a provider was sent what no package says"
    reported = lost = 0
    unexplained: Counter[str] = Counter()
    for charge in of_kind(events, "charge.settled"):
        attempt = charge["attempt"]
        if charge.get("basis", "reported") == "reservation":
            assert charge["micro_usd"] == reserved[attempt] > 0
            lost += charge["micro_usd"]
            unexplained[package[attempt]] += 1
            continue
        used = Tokens.model_validate(charge.get("tokens", {}))
        taken = _calls_of(calls[package[attempt]], charge["model"], used)
        price = next(v.price(charge["model"]) for v in world.vendors for s in v.models if s.name == charge["model"])
        assert charge.get("basis", "reported") == "reported"
        assert charge.get("micro_usd", 0) == price.cost(used), attempt
        for told in taken:
            calls[package[attempt]].remove(told)
        reported += charge.get("micro_usd", 0)
    assert not of_kind(events, "charge.corrected")
    for sha, left in calls.items():
        assert len(left) <= 2 * unexplained[sha], f"{len(left)} calls that nobody was charged for"
    return Billed(reported, lost)


def _calls_of(known: list[Told], model: str, used: Tokens) -> list[Told]:
    """The calls that used exactly so much: none, one, or one and the one that mended it."""
    if used == Tokens():
        return []
    own = [told for told in known if told.asked.model == model]
    for told in own:
        if told.usage.tokens == used:
            return [told]
    for first, second in pairwise(own):
        if second.asked.mends and first.usage.tokens + second.usage.tokens == used:
            return [first, second]
    raise AssertionError(f"no call of {model} used {used}")


def check_packages(stage: Stage, world: World, mission: str) -> None:
    """Every request holds a stored package, byte for byte, and the command line shows the same."""
    compiled = of_kind(stage.events(mission, kinds=["package.compiled"]), "package.compiled")
    with Reader.open(stage.home.ledger, busy_ms=5_000) as reader:
        stored = {body["text"]: reader.blob(body["text"]) for body in compiled}
    sent: set[bytes] = set()
    for vendor in world.vendors:
        for request in vendor.endpoint.requests:
            user = next(m for m in request.body["messages"] if m["role"] == "user")["content"].encode()
            assert stored[sha256(user)] == user
            sent.add(user)
    assert sent
    for body in compiled[::4]:
        shown = stage.json("context", mission, body["attempt"])
        assert shown["digest"] == body["text"]
        assert shown["text"].encode() == stored[body["text"]]


def check_keys(world: World) -> None:
    """Each key went to its own provider, in the header that is for it."""
    for vendor, name in zip(world.vendors, ("FIRST_KEY", "SECOND_KEY"), strict=True):
        assert vendor.endpoint.keys == {SECRETS[name]}
        for request in vendor.endpoint.requests:
            rest = {key: value for key, value in request.headers.items() if key != "authorization"}
            assert not any(secret in f"{rest}{request.raw!r}{request.path}" for secret in SECRETS.values())


def check_mails(stage: Stage, world: World, *missions: str) -> None:
    """What arrived is what was approved: once each, over TLS and logged in, envelope and body to the byte."""
    approved: dict[str, Json] = {}
    for mission in missions:
        events = stage.events(mission, kinds=["effect.proposed", "effect.approved"])
        wanted = {body["effect"] for body in of_kind(events, "effect.approved")}
        approved |= {e["body"]: e for e in of_kind(events, "effect.proposed") if e["effect"] in wanted}
    arrived = Counter(sha256(undated(mail.body)) for mail in world.smtp.messages)
    assert arrived == Counter(approved.keys())
    with Reader.open(stage.home.ledger, busy_ms=5_000) as reader:
        for mail in world.smtp.messages:
            content = reader.blob(approved[sha256(undated(mail.body))]["content"])
            said: dict[str, Any] = json.loads(content or b"{}")
            envelope = {key: value for key, value in said["envelope"].items() if value}
            assert envelope == {"mail_from": mail.mail_from, "rcpt_to": list(mail.rcpt_to)}
            assert mail.mail_from == "ada@yours.example"
            assert mail.tls
            assert mail.user == "ada"


def leaks(stage: Stage, *shown: str) -> list[str]:
    """Where a secret stands that must stand nowhere: files of the home, or what was shown."""
    forms = [form for secret in SECRETS.values() for form in _forms(secret)]
    files = {str(path): path.read_bytes() for path in stage.home.root.rglob("*") if path.is_file()}
    texts = {f"shown {place}": text.encode() for place, text in enumerate(shown)}
    assert stage.home.ledger.stat().st_size > 0
    return [where for where, data in {**files, **texts}.items() if any(form in data for form in forms)]


def _forms(secret: str) -> list[bytes]:
    """A secret as it is, and as a login sends it."""
    packed = base64.b64encode(f"\0ada\0{secret}".encode())
    return [secret.encode(), base64.b64encode(secret.encode()), packed, secret[::-1].encode()]


def approve_all(stage: Stage, *more: str) -> list[str]:
    """Approve what waits for approval; what the commands said."""
    said = []
    for row in stage.items():
        if row["kind"] == "approve":
            done = stage.decide("approve", row["id"], "--digest", row["digest"], *more)
            said.append(done.out + done.err)
    return said


def is_over(stage: Stage, mission: str = "gtm") -> bool:
    """Whether a mission has ended."""
    return stage.card(mission).get("state") in ("finished", "stopped")
