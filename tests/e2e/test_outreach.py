"""A mission that is not rehearsed, from a command's drafts over an approval to replies: real files and mail."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from engine.effects.mail import undated
from engine.values import sha256
from tests.e2e.contracts import CONFIG, LEADS, WRITE
from tests.e2e.stage import Stage, until

OUTREACH = """\
mission: Write to three people and wait for an answer
id: out
target: {statement: Somebody answers., met_when: "mission.branches.kept >= 1 && mission.branches.alive == 0"}
budget: {money: 1 USD, time: 1d, branches: 1}
actions: {allowed: [draft], restricted: [send]}
approvals: {send: {expires: 1d, undo: 0s, batch: 10}}
lawful: {country: US, basis: business contact, source: leads.csv}
inputs:
  write: {path: write.py, privacy: public, trust: trusted}
  leads: leads.csv
evidence:
  reply_rate: {unit: ratio, from: inbox, min_sample: 1}
cadence:
  - {check: reply_rate, every: 1s, after: send, for: 1h}
tools: {mail: {need: required, stance: ask, verbs: [send], connector: maildir}}
roles: {writer: {worker: command, command: ["{python}", "{input.write}", "{input.leads}"]}}
judge:
  - {when: branch.reply_rate >= 0.5, then: keep, because: people answer}
stop:
  - {when: mission.exhausted, then: stop, because: the budget is exhausted}
plan:
  branches: [{id: mail, hypothesis: People answer a short question.}]
  tasks:
    - id: write
      each: branch
      role: writer
      verb: draft
      context: [write, leads]
      proposes: [send]
      criteria: [{text: under 60 words, check: {max_words: 60}}]
"""


def _reply(box: Path, name: str, to: EmailMessage, text: str) -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = str(to["To"]), f"Re: {to['Subject']}"
    message["In-Reply-To"] = str(to["Message-ID"])
    message.set_content(text)
    for folder in ("cur", "new", "tmp"):
        (box / folder).mkdir(parents=True, exist_ok=True)
    draft = box / "tmp" / name
    draft.write_bytes(message.as_bytes())
    draft.rename(box / "new" / name)


def _prepare(stage: Stage, slug: str) -> str:
    stage.home.ensure()
    stage.home.config.write_text(CONFIG)
    stage.write("write.py", WRITE)
    stage.write("leads.csv", LEADS)
    return stage.write(f"{slug}.yaml", OUTREACH.replace("id: out", f"id: {slug}")).name


def test_drafts_are_approved_sent_once_as_approved_and_answered(stage: Stage) -> None:
    stage.engine()
    stage.fine("start", _prepare(stage, "out"))
    item = until(
        lambda: next((i for i in stage.items() if i["kind"] == "approve"), None), "the batch to be asked about"
    )
    assert len(item["items"]) == 3
    assert not stage.mails()
    stage.decide("approve", item["id"], "--digest", item["digest"])
    until(lambda: len(stage.mails()) == 3, "three mails in the outbox")

    bodies = {event["body"]["body"] for event in stage.events("out", kinds=["effect.proposed"])}
    sent = [path.read_bytes() for path in stage.mails()]
    assert {sha256(undated(message)) for message in sent} == bodies
    mails = [message_from_bytes(message, policy=policy.default) for message in sent]
    assert all(mail["From"] == "Ada Example <ada@yours.example>" and mail["List-Unsubscribe"] for mail in mails)

    maya, tom, _ada = sorted(mails, key=lambda mail: str(mail["To"]), reverse=False)[1:] + mails[:1]
    _reply(stage.home.inbox, "1", maya, "Yes, please call me.")
    _reply(stage.home.inbox, "2", tom, "Please stop writing to me.")
    until(lambda: stage.card("out")["state"] == "finished", "the branch to be kept")
    receipt = stage.json("receipt", "out")
    assert receipt["mission"]["because"] == "the target is met"
    assert {e["message"] for e in receipt["evidence"]["entries"] if e.get("message")} == {"reply", "stop"}
    assert len(stage.events("home", kinds=["contact.suppressed"])) == 1
    assert len(stage.mails()) == 3

    stage.fine("start", _prepare(stage, "again"))
    until(lambda: stage.events("again", kinds=["effect.refused"]), "the second mission's letters to be refused")
    refused = stage.events("again", kinds=["effect.refused"])
    assert len(refused) == 3
    assert sum("do-not-contact" in event["body"]["because"] for event in refused) == 1
    assert len(stage.mails()) == 3
