"""A fortnight of the GTM template: three channels, two rejections, an outage, a pruned and a kept branch, a receipt.

Everything is real but the days: models over HTTP, SMTP, IMAP, the commands that a person types. The engine's clocks run
ahead whenever nothing happens before the next timer.
"""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path

from engine.ledger.reader import Reader
from tests.e2e.audit import billed, check_mails, check_packages, of_kind
from tests.e2e.fortnight import WORD, WORDS, Fortnight, letter
from tests.e2e.gtm import SECRETS
from tests.e2e.stage import Hurried, Json, until
from tests.e2e.test_gtm_real import check_routes
from tests.endpoint import Answer

DAY = 86_400_000
QUIET_S = 0.7


class Founder:
    """Who reads what waits: rejects two drafts with a reason, approves the others, and lets time pass."""

    def __init__(self, stage: Hurried, world: Fortnight) -> None:
        self.stage, self.world = stage, world
        self.rejected: list[str] = []
        self._head, self._since = 0, 0.0

    def act(self) -> bool:
        """Do the next thing that a person or time does; whether the mission is over."""
        card = self.stage.card("gtm")
        if card.get("state") in ("finished", "stopped"):
            return True
        for row in self.stage.items():
            self.decide(row)
        if self.rests(card):
            self.stage.pass_(max(0, card["next_wake"] - self.stage.now + 50))
        return False

    def rests(self, card: Json) -> bool:
        """Whether nothing has happened for a while, and nothing will before the next timer."""
        with Reader.open(self.stage.home.ledger, busy_ms=5_000) as reader:
            head = reader.head("gtm")["height"]
        if head != self._head:
            self._head, self._since = head, time.monotonic()
        quiet = time.monotonic() - self._since > QUIET_S
        return quiet and card.get("phase") == "waiting" and bool(card.get("next_wake")) and not self.stage.items()

    def decide(self, row: Json) -> None:
        """One item of the queue."""
        if row["kind"] == "approve":
            bodies = self.bodies(row)
            if any(WORD in body for body in bodies):
                self.reject(row, f"banned word: {WORD}")
            elif any(len(body.split()) > WORDS for body in bodies):
                self.reject(row, "too long", "--check", f"max_words={WORDS}")
            else:
                self.stage.decide("approve", row["id"], "--digest", row["digest"])
        elif row["kind"] == "answer":
            self.stage.decide("answer", row["id"], "prune")
        else:
            raise AssertionError(f"{row['kind']}: {row['title']}")

    def bodies(self, row: Json) -> list[str]:
        """What the mails of an item say, without what is below every mail."""
        ids = {item["id"].rpartition("/")[2] for item in row["items"]}
        proposed = of_kind(self.stage.events("gtm", kinds=["effect.proposed"]), "effect.proposed")
        with Reader.open(self.stage.home.ledger, busy_ms=5_000) as reader:
            return [letter(reader.blob(e["body"]) or b"") for e in proposed if e["effect"] in ids]

    def reject(self, row: Json, because: str, *more: str) -> None:
        """With a rule for all of the mission; from then on the provider of the writer is not there."""
        self.world.out.set()
        said = self.stage.decide("reject", row["id"], "--because", because, "--rule", "mission", *more)
        if said.code != 0:  # a rule that was made meanwhile has taken it back already
            assert "is not open" in said.err, said.err
            return
        self.rejected.append(because)


ELEVEN = {
    *("mission", "contract", "work", "workforce", "spend", "artifacts", "evidence", "pruned", "learnings"),
    *("decisions", "next"),
}


def test_a_fortnight_with_real_models_and_real_mail(tmp_path: Path) -> None:
    stage = Hurried(tmp_path)
    try:
        with Fortnight() as world:
            world.first.fault = lambda asked: Answer.failing(503) if world.out.is_set() else None
            file = world.write(stage.home, stage.folder)
            stage.engine(SECRETS)
            stage.fine("start", file)
            founder = Founder(stage, world)
            until(founder.act, "the end of the mission", 400)
            receipt: Json = stage.json("receipt", "gtm")
            check_course(stage, receipt, founder)
            check_drafts(stage, world)
            check_receipt(stage, world, receipt)
    finally:
        stage.close()


def check_course(stage: Hurried, receipt: Json, founder: Founder) -> None:
    """What became of the mission, its channels and the human's two reasons."""
    assert (receipt["mission"]["state"], receipt["mission"]["because"]) == ("finished", "the target is met")
    assert 10 * DAY < stage.ahead < 20 * DAY
    branches = {one["key"]: (one["state"], one["reason"]) for one in receipt["work"]["branches"] if one["parent"]}
    assert branches["cold-email"] == ("kept", "enough qualified replies")
    assert branches["partner-intros"] == ("pruned", "almost nobody answers")
    assert branches["community"][0] == "pruned"
    second = [
        task for task in receipt["work"]["tasks"] if task["key"] == "second-batch" and task["state"] == "accepted"
    ]
    assert [task["branch"] for task in second] == ["gtm/B2"], "the channel that was kept has a second batch"
    assert founder.rejected == [f"banned word: {WORD}", "too long"]


def check_drafts(stage: Hurried, world: Fortnight) -> None:
    """Each rejection changed what another model wrote, and the outage moved work to another vendor."""
    events = stage.events("gtm")
    model = {body["attempt"]: body["model"] for body in of_kind(events, "attempt.dispatched")}
    writers = [model[body["attempt"]] for body in of_kind(events, "attempt.delivered") if body.get("effects")]
    assert "north-1" in writers
    assert {"south-1", "east-1"} & set(writers), "other vendors wrote later drafts"
    failed = of_kind(events, "attempt.failed")
    assert {body["fault"] for body in failed} == {"provider_error"}
    assert all(model[body["attempt"]].startswith("north") for body in failed)
    assert all(world.people.received[person] == 1 for person in world.people.received)
    for mail in world.smtp.messages:
        text = letter(mail.body)
        assert WORD not in text
        assert len(text.split()) <= WORDS
    letters = list(csv.DictReader(io.StringIO((stage.folder / "second-batch.csv").read_text())))
    second = {row["email"] for row in letters if row["channel"] == "cold-email"}
    others = {row["email"] for row in letters} - second
    assert second <= set(world.people.received)
    assert not others & set(world.people.received), "nobody of a channel that was pruned is written to again"
    check_routes(stage)


def check_receipt(stage: Hurried, world: Fortnight, receipt: Json) -> None:
    """It answers the eleven questions, adds up to what the providers bill, and its decisions come out again."""
    assert set(receipt) >= ELEVEN
    assert all(receipt[key] for key in ELEVEN - {"artifacts"})
    bill = billed(world, stage.events("gtm"))
    assert receipt["spend"]["total_micro_usd"] == bill.total > 0
    assert receipt["spend"]["unattributed"] == 0
    check_mails(stage, world, "gtm")
    check_packages(stage, world, "gtm")
    rules = [row for row in receipt["learnings"] if row["kind"] == "rule"]
    assert [row["scope"] for row in rules] == ["mission", "mission"]
    assert all(row["checked"] >= row["violated"] == row["fixed"] > 0 for row in rules)
    stage.write("receipt.json", stage.fine("receipt", "gtm", "--json").out)
    stage.fine("receipt", "verify", "receipt.json")
    stage.fine("doctor", "--replay", environ=SECRETS)
