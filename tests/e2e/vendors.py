"""Scripted model providers that work on what they are sent: they read the package in the prompt as a model would.

What an answer uses depends on what was asked alone, never on when, so that a disturbed run may be compared with an
undisturbed one. Every call that was answered is remembered with its usage: the other side of every receipt.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.values import Price
from tests.endpoint import Answer, ScriptedEndpoint, Usage, messages_of

Kind = Literal["work", "draft", "review", "grade"]
MENDING = "Your answer cannot be used"


@dataclass(frozen=True, slots=True)
class Sold:
    """A model as its provider sells it. Prices are dollars per million tokens, as they stand in config.toml."""

    name: str
    family: str
    input: str
    output: str
    cache_read: str
    reasoning: str
    tier: str = "strong"

    @property
    def price(self) -> Price:
        """Micro-dollars per million tokens, reckoned without the engine's settings."""

        def micro(dollars: str) -> int:
            whole, _, part = dollars.partition(".")
            return int(whole + part.ljust(6, "0"))

        told = (micro(self.input), micro(self.output), micro(self.cache_read), micro(self.reasoning))
        return Price(input=told[0], output=told[1], cache_read=told[2], cache_write=told[0], reasoning=told[3])

    def toml(self, url: str, key: str) -> str:
        """Its table in config.toml."""
        return (
            f'[models.{self.name}]\nmodel = "openai/{self.name}"\nendpoint = "{url}"\nkey = "{key}"\n'
            f'family = "{self.family}"\ntier = "{self.tier}"\n'
            f"price = {{ input = {self.input}, output = {self.output}, cache_read = {self.cache_read}, "
            f"reasoning = {self.reasoning} }}\n\n"
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """One call as a model sees it."""

    number: int
    model: str
    kind: Kind
    system: str
    package: str
    """The first user message: the work package."""
    mends: bool

    @property
    def sha(self) -> str:
        """The digest of the package as it came."""
        return hashlib.sha256(self.package.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Told:
    """A call that was answered, and what the answer used."""

    asked: Asked
    usage: Usage


@dataclass(slots=True)
class Vendor:
    """A provider: its endpoint, its models, and what goes wrong there.

    `fault` may answer instead of the model; `gate` may hold an answer back; both are asked at every call.
    """

    models: tuple[Sold, ...]
    fault: Callable[[Asked], Answer | None] = lambda asked: None
    gate: Callable[[Asked], threading.Event | None] = lambda asked: None
    pause_s: float = 0.0
    says: Callable[[Asked], tuple[str, str]] | None = None
    """What its models say, and what that is the answer to; None: what `said` says."""
    told: list[Told] = field(default_factory=list)
    refused: list[Asked] = field(default_factory=list)
    endpoint: ScriptedEndpoint = field(init=False)

    def __post_init__(self) -> None:
        self.endpoint = ScriptedEndpoint(self._answer)

    def price(self, model: str) -> Price:
        """What one of its models costs."""
        return next(sold.price for sold in self.models if sold.name == model)

    def toml(self, key: str) -> str:
        """Its models in config.toml."""
        return "".join(sold.toml(self.endpoint.url, key) for sold in self.models)

    def _answer(self, number: int, body: dict[str, Any]) -> Answer:
        asked = heard(number, body)
        if (wrong := self.fault(asked)) is not None:
            self.refused.append(asked)
            return wrong
        text, identity = (self.says or said)(asked)
        usage = used(identity, text)
        self.told.append(Told(asked, usage))
        answer = Answer.text(text, usage.prompt, usage.completion, cached=usage.cached, reasoning=usage.reasoning)
        held = self.gate(asked)
        return (answer.after(held) if held is not None else answer).slowly(self.pause_s)


def heard(number: int, body: Mapping[str, Any]) -> Asked:
    """What a request asks for."""
    system, package, *rest = (str(message["content"]) for message in messages_of(body))
    kind: Kind = "review" if '"verdicts"' in system else "draft" if '"effects"' in system else "work"
    if kind == "work" and '"evidence"' in system:
        kind = "grade"
    return Asked(number, str(body["model"]), kind, system, package, bool(rest) and rest[-1].startswith(MENDING))


def used(identity: str, text: str) -> Usage:
    """Usage with odd counts: a part of the prompt from a cache, a part of the answer thought."""
    mark = hashlib.sha256(identity.encode()).digest()
    prompt = 1_200 + 37 * mark[0] + mark[1]
    thought = 7 + mark[2] % 101
    return Usage(prompt, len(text) // 5 + 3 + thought, cached=prompt * (mark[3] % 3) // 7, reasoning=thought)


def said(asked: Asked) -> tuple[str, str]:
    """What a model says to a package, and what that is the answer to, in words that no accident of order changes."""
    branch = _one(r"^Branch (\S+):", asked.package)
    if asked.kind == "review":
        count = len(re.findall(r"(?m)^\d+\. ", asked.system.partition("Give exactly one verdict")[2]))
        verdicts = [{"criterion": n, "ok": True, "detail": "as it should be"} for n in range(1, count + 1)]
        title = _one(r"^T\d+ (review .*) \(role", asked.package)
        return json.dumps({"summary": "looked at all of it", "verdicts": verdicts}), f"review {branch} {title}"
    if asked.kind == "grade":
        asks = quoted(asked.package, r"E\d+")
        value = "0.83" if "?" in asks or "yes" in asks.lower() else "0.21"
        metric = _one(r"(?m)^- (\w+): a number from 0 to 1", asked.system)
        evidence = [{"metric": metric, "value": value, "note": "what it asks"}]
        return json.dumps({"summary": "weighed the reply", "evidence": evidence}), f"grade {branch} {asks}"
    leads = list(csv.DictReader(io.StringIO(quoted(asked.package, "leads"))))
    if asked.kind == "draft":
        effects = [_letter(row) for row in leads if row["channel"] == branch]
        return json.dumps({"summary": f"wrote {len(effects)} letters", "effects": effects}), f"draft {branch}"
    if not asked.mends:  # an answer with a key that nobody knows: it is sent back once
        return json.dumps({"summary": "looked at their pages", "notes": ["much to say"]}), "enrich, broken"
    notes = "\n".join(f"- {row['company']}: {row['page']} names three plans" for row in leads)
    files = [{"name": "notes.md", "media": "text/markdown", "text": notes}]
    claims = [f"{len(leads)} pages name a price"]
    return json.dumps({"summary": "looked at their pages", "claims": claims, "artifacts": files}), "enrich, mended"


def _letter(row: Mapping[str, str]) -> dict[str, Any]:
    body = (
        f"Hi {row['name'].split()[0]},\n\nyour plans at {row['page']} put the smallest team first. "
        f"Would a short note on how others price that be useful to {row['company']}?\n"
    )
    to, subject = row["email"], f"A question about the plans of {row['company']}"
    return {"verb": "send", "to": to, "subject": subject, "body": body, "fields": ["name", "company", "page"]}


def quoted(package: str, name: str) -> str:
    """What a package quotes under a name; "" when it does not."""
    found = re.search(rf"(?ms)^\[begin {name} · [^\n]* · ([0-9a-f]{{16}})\]\n(.*?)\n\[end \1\]$", package)
    return "" if found is None else "\n".join(line.removeprefix("| ") for line in found[2].splitlines())


def _one(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.MULTILINE)
    return found[1] if found else ""
