"""A proposal becomes the exact bytes of an effect: mail by `mail`, everything else here, by the kind of its connector.

From a worker come the body, and for a file its path. Where it goes comes from configuration (`Destination`) and is part
of the canonical bytes, so that an approval binds to it. Pure and total: same input, same bytes.
"""

from __future__ import annotations

import json
import re

from engine.contract.units import parse_money
from engine.effects import mail
from engine.effects.canonical import EffectBytes, Envelope, effect_digest
from engine.effects.mail import Composed, Identity, Refusal
from engine.effects.protocol import Destination
from engine.values import MissionId, Sha256, canonical, digest, sha256
from engine.workers.protocol import EffectOut

__all__ = ["LARGEST", "Composed", "Refusal", "compose", "counted", "path_fault", "rewritten", "setup_mark"]

LARGEST = 2_000_000
"""Bytes of a body that is no mail."""
_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,79}")
_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json\b")


def setup_mark(identity: Identity | None, destination: Destination) -> str:
    """What an effect notes of how it would leave, to notice when that is another way: sender, or configuration."""
    if destination.kind != "mail":
        return destination.setup
    return mail.identity_mark(identity) if identity is not None else ""


def compose(
    proposal: EffectOut,
    *,
    effect: str,
    mission: str,
    connector: str,
    destination: Destination,
    identity: Identity | None,
    artifact: bytes | None = None,
) -> Composed | Refusal:
    """The one effect that a proposal gives. `artifact`: the content of the artifact that the proposal names."""
    if destination.kind == "mail":
        if identity is None:
            return Refusal("no-identity", "no sender identity is configured")
        return mail.compose(proposal, effect=effect, mission=mission, connector=connector, identity=identity)
    body = _body(proposal, destination, artifact)
    if isinstance(body, Refusal):
        return body
    amount = _amount(proposal)
    if isinstance(amount, Refusal):
        return amount
    url = _url(proposal, destination)
    if isinstance(url, Refusal):
        return url
    try:
        said = EffectBytes(
            mission=MissionId(mission),
            effect=effect,
            verb=proposal.verb,
            connector=connector,
            envelope=Envelope(url=url, micro_usd=amount),
            body_sha256=sha256(body),
            fields=tuple(sorted(set(proposal.fields))),
        )
        return _composed(said, body, destination)
    except ValueError:
        return Refusal("proposal", "the proposal's verb or fields cannot be written down")


def rewritten(old: EffectBytes, text: str, *, effect: str, destination: Destination) -> Composed | Refusal:
    """The effect that another text makes in the place of one that is no mail: whatever else it says stays."""
    body = _body(EffectOut(verb=old.verb), destination, text.encode("utf-8", "surrogatepass"))
    if isinstance(body, Refusal):
        return body
    made = old.model_copy(update={"effect": effect, "body_sha256": sha256(body)})
    return _composed(made, body, destination)


def counted(url: str, count: int) -> str:
    """`3 mails`, `1 file`, `2 calls`: so many effects, by where they go."""
    noun = "mail" if not url else "call" if url.startswith(("http:", "https:", "command:", "mcp:")) else "file"
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _composed(said: EffectBytes, body: bytes, destination: Destination) -> Composed:
    written = said.canonical()
    return Composed(
        canonical=written,
        digest=effect_digest(written),
        body=body,
        body_sha=Sha256(said.body_sha256),
        persons=(),
        domains=(),
        address="",
        subject="",
        message_id="",
        template=digest(["cockpit.template.v1", said.verb, said.connector, destination.setup]),
        url=said.envelope.url,
        host=destination.host,
        micro_usd=said.envelope.micro_usd,
    )


def _body(proposal: EffectOut, destination: Destination, artifact: bytes | None) -> bytes | Refusal:
    if proposal.artifact and artifact is None:
        return Refusal("body", f"there is no artifact {proposal.artifact[:80]}")
    if proposal.artifact and proposal.body:
        return Refusal("body", "the body is either a text or an artifact, not both")
    body = artifact if artifact is not None else proposal.body.encode("utf-8", "surrogatepass")
    if not body.strip():
        return Refusal("body", "the body is empty")
    if len(body) > LARGEST:
        return Refusal("body", f"the body is larger than {LARGEST // 1_000_000} MB")
    if destination.kind == "mcp":
        return _arguments(body)
    if _JSON.match(destination.media):
        try:
            json.loads(body)
        except (ValueError, RecursionError):
            return Refusal("body", "the body is not JSON, which its connector sends")
    return body


def _arguments(body: bytes) -> bytes | Refusal:
    """The arguments of a tool: one JSON object, in the one form that is called."""
    try:
        told = json.loads(body, object_pairs_hook=_once)
        if isinstance(told, dict):
            return canonical(told)
    except (ValueError, RecursionError, TypeError):
        return Refusal("body", "the arguments are not JSON that has one form only: no repeated keys, no fractions")
    return Refusal("body", "the arguments of a tool are one JSON object")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    told = dict(pairs)
    if len(told) != len(pairs):
        raise ValueError("a key stands twice")
    return told


def _amount(proposal: EffectOut) -> int | Refusal:
    if not proposal.amount:
        return Refusal("amount", "to spend needs an amount") if proposal.verb == "spend" else 0
    try:
        return parse_money(proposal.amount)
    except ValueError:
        return Refusal("amount", "the amount is not written as 12.50 USD")


def _url(proposal: EffectOut, destination: Destination) -> str | Refusal:
    if destination.kind != "files":
        return destination.url
    path = proposal.path or proposal.artifact
    if fault := path_fault(path):
        return Refusal("path", f"the path {fault}")
    return destination.url + path


def path_fault(path: str) -> str:
    """What is wrong with the path of a file that is to be published, below its folder; empty when nothing is."""
    if not path:
        return "is missing"
    parts = path.split("/")
    if len(path) > 200 or len(parts) > 8:
        return "is too long"
    if not all(_SEGMENT.fullmatch(part) for part in parts):
        return "must be made of plain names, such as variants/plain-words.html"
    return ""
