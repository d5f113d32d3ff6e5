"""A mission's events, written by hand and chained: what receipts and views are tested on."""

from __future__ import annotations

from typing import Any, Literal

from engine.effects.canonical import batch_digest
from engine.ledger import bodies as b
from engine.ledger.chain import link
from engine.ledger.protocol import Event
from engine.receipt.build import build, integrity
from engine.state.fold import fold
from engine.state.model import MissionState
from engine.values import DAY, HOUR, MINUTE, MissionId, Ratio, Tokens, canonical, sha256

START = 1_800_000_000_000
GTM = MissionId("gtm")
BLOB = sha256(b"a blob")

CONTRACT: dict[str, Any] = {
    "mission": "Find a channel",
    "target": {"statement": "Find one channel with enough replies.", "met_when": "mission.branches.kept >= 1"},
    "budget": {"money": 500_000_000, "time": 14 * DAY, "branches": 3},
    "actions": {"allowed": ["draft", "research"], "restricted": ["send"]},
    "evidence": {
        "reply_rate": {"unit": "ratio", "from": "inbox", "min_sample": 4},
        "reply_quality": {"unit": "score", "from": "reviewer", "min_sample": 2},
        "success": {"unit": "ratio", "from": "bench"},
    },
    "roles": {
        "writer": {"tier": "strong"},
        "researcher": {"tier": "cheap"},
        "reviewer": {"tier": "strong"},
    },
    "judge": [{"when": "branch.reply_rate >= 0.08", "then": "keep", "because": "enough replies"}],
    "receipt": ["channels tried", "messages drafted", "cost", "pruned branches", "the weather in Rome"],
}
PLAN = {"verify": ("checks",), "budget": 2_000_000, "criteria": ({"text": "short", "check": "human"},)}


class Story:
    """Events of one mission in order; each `add` chains one more and lets a minute pass."""

    def __init__(self, mission: MissionId = GTM, *, first_seq: int = 11) -> None:
        self.mission, self.events, self.at = mission, list[Event](), START
        self._seq = first_seq

    def add(self, body: b.Body, *, actor: str = "engine", after: int = MINUTE) -> Story:
        self.at += after
        new = body.event(at=self.at, actor=actor)
        plain = dict(new.body)
        prev, height = (self.events[-1].hash if self.events else ""), len(self.events) + 1
        body_hash = sha256(canonical(plain))
        own = link(prev, self.mission, height, new.kind, new.version, self.at, self.at, actor, 1, body_hash)
        self.events.append(
            Event(
                self._seq, self.mission, height, new.kind, new.version, plain, body_hash, prev, own,
                self.at, self.at, actor, 1,
            )
        )  # fmt: skip
        self._seq += 3  # other missions' events lie between
        return self

    def state(self) -> MissionState:
        return fold(self.mission, self.events)

    def receipt(self) -> dict[str, Any]:
        return build(self.state(), integrity(self.events))

    # -- passages

    def created(self, *, rehearsed: bool = False, **contract: Any) -> Story:
        terms = {**CONTRACT, **contract}
        self.add(b.MissionCreated(title=terms["mission"], contract=terms, source=BLOB, rehearsed=rehearsed))
        return self.add(b.BranchOpened(branch="B1", key="main"))

    def branch(self, id_: str, key: str, **more: Any) -> Story:
        return self.add(b.BranchOpened(branch=id_, key=key, parent="B1", hypothesis=f"{key} works", **more))

    def task(self, id_: str, key: str, branch: str = "B1", **more: Any) -> Story:
        given: dict[str, Any] = {"role": "writer", "verb": "draft", "title": key, **PLAN, **more}
        return self.add(b.TaskAdded(task=id_, key=key, branch=branch, **given))

    def attempt(self, task: str, attempt: str, *, model: str = "m-1", reserve: int = 50_000) -> Story:
        added = [e.body for e in self.events if e.kind == "task.added" and e.body["task"] == task]
        role = str(added[-1]["role"]) if added else "writer"
        self.add(b.AttemptDispatched(attempt=attempt, task=task, role=role, worker="model", model=model))
        self.add(b.ChargeReserved(attempt=attempt, micro_usd=reserve))
        return self.add(
            b.PackageCompiled(attempt=attempt, task=task, text=BLOB, manifest=BLOB, tokens=900, budget=4000)
        )

    def settle(self, task: str, attempt: str, branch: str, micro_usd: int, **more: Any) -> Story:
        given: dict[str, Any] = {"role": "writer", "worker": "model", "model": "m-1", "purpose": "work"}
        given |= {"outcome": "useful", "basis": "reported", "tokens": Tokens(input=100, output=20), **more}
        return self.add(b.ChargeSettled(attempt=attempt, task=task, branch=branch, micro_usd=micro_usd, **given))

    def deliver(self, task: str, attempt: str, branch: str, micro_usd: int, *, summary: str = "done") -> Story:
        self.add(b.AttemptDelivered(attempt=attempt, handoff=BLOB, summary=summary, latency=1200))
        self.settle(task, attempt, branch, micro_usd)
        lines = (b.VerdictLine(criterion="short", ok=True),)
        self.add(b.VerdictGiven(task=task, attempt=attempt, stage="checks", by="checks", ok=True, lines=lines))
        return self.add(b.TaskAccepted(task=task, attempt=attempt))

    def propose(self, effects: list[str], task: str, attempt: str, branch: str, *, batch: str = "P1") -> Story:
        for name in effects:
            self.add(
                b.EffectProposed(
                    effect=name, batch=batch, verb="send", connector="maildir", digest=sha256(name.encode()),
                    content=BLOB, body=BLOB, branch=branch, task=task, attempt=attempt, persons=(f"person-{name}",),
                    clauses=BLOB, expires=self.at + DAY,
                )
            )  # fmt: skip
        return self

    def ask_approval(self, attention: str, effects: list[str], task: str, branch: str) -> Story:
        return self.add(
            b.AttentionRaised(
                attention=attention, kind="approve", title=f"send {len(effects)}", branch=branch, task=task,
                refs=tuple(effects), expires=self.at + DAY,
            )
        )  # fmt: skip

    def approve(self, attention: str, effects: list[str], *, actor: str = "human:ada") -> Story:
        shown = batch_digest(sha256(name.encode()) for name in effects)
        self.add(
            b.DecisionMade(attention=attention, what="approve", subject="send", digest=shown, waited=90_000),
            actor=actor,
        )
        for name in effects:
            self.add(
                b.EffectApproved(
                    effect=name, attention=attention, digest=sha256(name.encode()), clauses=BLOB, batch_digest=shown,
                    not_before=self.at + 10_000, expires=self.at + DAY,
                ),
                after=0,
            )  # fmt: skip
        return self.add(b.AttentionResolved(attention=attention, how="approved"))

    def send(self, effects: list[str]) -> Story:
        for name in effects:
            self.add(b.EffectAttempting(effect=name, key=f"k-{name}", n=1, digest=sha256(name.encode())))
            self.add(b.EffectDone(effect=name, reference=f"<{name}@local>"))
        return self


def waiting_for_approval() -> Story:
    """Two branches; on one, a delivered draft whose two messages wait for a human; on the other, work under way."""
    story = Story().created().branch("B2", "cold-email", budget=200_000_000).branch("B3", "communities")
    story.task("T1", "draft", "B2").task("T2", "follow-up", "B2", needs=("T1",)).task("T3", "research", "B3")
    story.add(b.MissionStarted())
    story.attempt("T1", "A1.1").deliver("T1", "A1.1", "B2", 30_000)
    story.propose(["F1", "F2"], "T1", "A1.1", "B2").ask_approval("Q1", ["F1", "F2"], "T1", "B2")
    return story


def finished(*, rehearsed: bool = False) -> Story:
    """A whole mission: one branch kept on its replies, one pruned, money of every kind, everything that can be said."""
    story = Story().created(rehearsed=rehearsed).branch("B2", "cold-email", budget=200_000_000)
    story.branch("B3", "communities", budget=100_000_000)
    story.task("T1", "draft", "B2").task("T2", "research", "B3", role="researcher", verb="research")
    story.task("T3", "review", "B2", kind="review", role="reviewer", verb="review", subject="A1.2")
    story.add(b.MissionStarted())
    story.attempt("T1", "A1.1").add(b.AttemptLost(attempt="A1.1", because="the engine ended"))
    story.settle("T1", "A1.1", "B2", 50_000, outcome="lost", basis="reservation")
    story.add(b.ChargeCorrected(attempt="A1.1", micro_usd=-45_800, because="the provider's bill"))
    story.attempt("T1", "A1.2").deliver("T1", "A1.2", "B2", 30_000, summary="six messages")
    story.attempt("T3", "A3.1", model="m-2")
    story.add(b.AttemptDelivered(attempt="A3.1", handoff=BLOB, latency=500))
    story.settle("T3", "A3.1", "B2", 8_000, purpose="review", model="m-2", role="reviewer")
    story.add(b.TaskAccepted(task="T3", attempt="A3.1"))
    story.add(
        b.ArtifactProduced(
            artifact="R1", name="drafts.md", sha=BLOB, bytes=812, media="text/markdown", task="T1", attempt="A1.2"
        )
    )
    story.add(b.EffectRefused(task="T1", attempt="A1.2", index=7, verb="send", code="suppressed", because="said stop"))
    sent = [f"F{n}" for n in range(1, 7)]
    story.propose(sent, "T1", "A1.2", "B2").ask_approval("Q1", sent, "T1", "B2").approve("Q1", sent).send(sent[:5])
    story.add(b.EffectAttempting(effect="F6", key="k", n=1, digest=sha256(b"F6")))
    story.add(b.EffectDoubted(effect="F6", because="no answer in time"))
    story.add(b.EffectSettled(effect="F6", outcome="not_sent", by="human"))
    story.attempt("T2", "A2.1").add(b.AttemptFailed(attempt="A2.1", because="no result", retryable=False))
    story.settle("T2", "A2.1", "B3", 12_345, outcome="failed", role="researcher")
    story.add(b.TaskFailed(task="T2", because="no result"))
    kinds: tuple[Literal["reply", "bounce", "auto"], ...] = ("reply", "reply", "bounce", "auto")
    for number, kind in enumerate(kinds, start=1):
        story.add(
            b.EvidenceRecorded(
                evidence=f"E{number}", metric="reply_rate", branch="B2", source="inbox", grade="external",
                about=f"F{number}", person=sha256(str(number).encode()), message=kind, key=f"m{number}",
            ),
            after=HOUR,
        )  # fmt: skip
    for number, value in ((5, "0.5"), (6, "0.75")):
        story.add(
            b.EvidenceRecorded(
                evidence=f"E{number}",
                metric="reply_quality",
                branch="B2",
                source="reviewer",
                grade="checked",
                value=value,
            )
        )
    story.add(
        b.EvidenceRecorded(
            evidence="E7", metric="success", branch="B3", source="bench", grade="checked", value=Ratio(k=0, n=40)
        )
    )
    story.add(b.ItemRecorded(item="D1", kind="question", text="Which price page?", branch="B2", attempt="A1.2"))
    story.add(b.ItemRecorded(item="D2", kind="assumption", text="hidden", branch="B2", privacy="secret"))
    story.add(b.LearningRecorded(learning="L1", text="Short mails get answers", branch="B2", evidence=("E1",)))
    story.add(b.RuleAdopted(rule="R1", text="Never mention prices", origin="a rejection"))
    story.add(
        b.ConditionEvaluated(
            clause="judge[0]", branch="B2", expression="branch.reply_rate >= 0.08", facts={"branch.reply_rate": "2/4"},
            outcome="true",
        )
    )  # fmt: skip
    story.add(b.BranchKept(branch="B2", because="enough replies", clause="judge[0]"))
    story.add(b.BranchPruned(branch="B3", because="off-topic", clause="judge[1]", released=99_000_000))
    return story.add(b.MissionFinished(because="a channel was kept", clause="target.met_when"))
