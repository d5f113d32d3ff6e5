"""A mission played by hand, whose contract is amended."""

from __future__ import annotations

from engine.amending.proposal import Proposal, propose
from engine.ledger import bodies as b
from engine.ledger.protocol import Answer, Command
from engine.loop.amending import amend
from engine.values import Sha256
from tests.builders import EVERYTHING, LEADS, Play


def previewed(play: Play, text: str, *, leads: bytes | None = LEADS) -> Proposal:
    """What a human would be shown."""
    inputs = {} if leads is None else {"leads": leads}
    return propose(play.state(), text.encode(), "gtm.mission.yaml", inputs, play.at, provided=EVERYTHING)


def give(play: Play, text: str, digest: str, *, leads: bytes | None = LEADS, because: str = "") -> Answer:
    """The command `amend` as a front end gives it, its answer, and what follows."""
    source = play.keep(text.encode())
    inputs = {} if leads is None else {"leads": {"sha": play.keep(leads)}}
    body = {"source": source, "name": "gtm.mission.yaml", "inputs": inputs, "digest": digest, "because": because}
    command = Command("k", "amend", play.mission, body, "human:ada")
    contents: dict[Sha256, bytes | None] = dict(play.contents)
    outcome = amend(play.state(), command, play.at, contents=contents, provided=EVERYTHING)
    play.record(*outcome.bodies, actor="human:ada")
    return outcome.answer


def amended(play: Play, text: str, *, leads: bytes | None = LEADS, because: str = "") -> list[str]:
    """Amend as was previewed; the consequences that were shown."""
    proposal = previewed(play, text, leads=leads)
    assert proposal.amendment is not None, [str(problem) for problem in proposal.errors]
    answer = give(play, text, proposal.amendment.digest, leads=leads, because=because)
    assert answer.state == "done", answer.error
    recorded = [event.kind for event in play.events[-len(proposal.amendment.bodies) :]]
    assert recorded == [body.KIND for body in proposal.amendment.bodies]
    return [one.text for one in proposal.amendment.consequences]


def last(play: Play, kind: type[b.Body]) -> b.Body:
    """The newest event of a kind."""
    found = [b.decode(event) for event in play.events if event.kind == kind.KIND]
    return found[-1]
