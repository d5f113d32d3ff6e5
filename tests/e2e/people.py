"""Whoever is written to: some answer, some ask to be left alone, one address bounces, one is away.

A mail that arrives at the sink is answered some time later, into an IMAP folder or a maildir.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple

from tests.mailserver import Taken

WHO = """\
Maya Northwind, Tom Lumenpay, Aiko Papercrane, Jonas Fieldnotes, Priya Brightloop,
Samuel Cartwheel, Elena Quietdesk, Noah Harborlog, Ingrid Fjordworks, Mateo Tilewise,
Fatima Sandglass, Wei Kiteboard, Grace Pinecrest, Luis Solanum, Hanna Northlake,
Omar Deltaform, Chloe Inkwell, Viktor Plumbline, Amara Sunbarge, Kenji Stonepath,
Lucia Vellum, Peter Tallyho, Zara Copperline, Henrik Driftwood, Sofia Larkspur"""
"""First names and companies."""
OBSERVED = 13
"""So many of the leads are written to by the first branch, the others by the second."""


class Lead(NamedTuple):
    """One row of leads.csv."""

    name: str
    company: str
    email: str
    channel: str
    page: str


def leads() -> list[Lead]:
    """Twenty-five people at twenty-five domains; nobody is in both branches."""
    rows = []
    for place, pair in enumerate(WHO.replace("\n", " ").split(", ")):
        first, company = pair.split()
        domain = f"{company.lower()}.example"
        channel = "observation" if place < OBSERVED else "introduction"
        rows.append(Lead(f"{first} Example", company, f"{first.lower()}@{domain}", channel, f"https://{domain}/plans"))
    return rows


def table() -> str:
    """leads.csv."""
    return "\n".join(",".join(row) for row in [Lead._fields, *leads()]) + "\n"


BOUNCES = "aiko@papercrane.example"
AWAY = "priya@brightloop.example"
ANSWERS = {
    "samuel@cartwheel.example": "Yes, please send it to me.",
    "noah@harborlog.example": "Which others do you mean?",
    "fatima@sandglass.example": "Could you call me about it?",
    "chloe@inkwell.example": "We look at this once a year.",
}
STOPS = {
    "elena@quietdesk.example": "Please stop writing to me.",
    "omar@deltaform.example": "",  # the button of a mail program: a subject and nothing else
}


class People:
    """Answers everybody, `delay_s` after the mail arrived. `deliver` brings a message to where answers come in.

    `says` is what somebody answers to a mail; None for silence.
    """

    def __init__(
        self, deliver: Callable[[bytes], None], delay_s: float, says: Callable[[str, bytes], bytes | None] | None = None
    ) -> None:
        self._deliver, self._delay_s, self._says = deliver, delay_s, says or answer
        self.received: Counter[str] = Counter()
        self._under_way: list[threading.Timer] = []

    def take(self, taken: Taken) -> None:
        """A mail has arrived."""
        person = taken.rcpt_to[0]
        self.received[person] += 1
        if (said := self._says(person, taken.body)) is not None:
            timer = threading.Timer(self._delay_s, self._deliver, (said,))
            timer.daemon = True
            self._under_way.append(timer)
            timer.start()

    def close(self) -> None:
        """Nobody answers any more."""
        for timer in self._under_way:
            timer.cancel()
            timer.join()


def answer(person: str, mail: bytes) -> bytes | None:
    """What somebody answers to a mail; None from whoever says nothing."""
    sent = message_from_bytes(mail, policy=policy.default)
    if person == BOUNCES:
        return _report(person, str(sent["Message-ID"]))
    if person == AWAY:
        return message(person, sent, "I am away until Monday.", {"Auto-Submitted": "auto-replied"})
    if person in STOPS:
        text = STOPS[person]
        return message(person, sent, text) if text else message(person, None, " ", {}, subject="unsubscribe")
    return message(person, sent, ANSWERS[person]) if person in ANSWERS else None


def message(
    person: str, to: EmailMessage | None, text: str, more: dict[str, str] | None = None, *, subject: str = ""
) -> bytes:
    message = EmailMessage()
    message["From"] = person
    message["Subject"] = subject or f"Re: {to['Subject'] if to else ''}"
    message["Message-ID"] = f"<answer-of-{person.replace('@', '-at-')}@their.example>"
    if to is not None:
        message["In-Reply-To"] = str(to["Message-ID"])
    for name, value in (more or {}).items():
        message[name] = value
    message.set_content(text)
    return message.as_bytes(policy=policy.SMTP)


def _report(person: str, message_id: str) -> bytes:
    """A delivery report (RFC 3464)."""
    return "\r\n".join(
        [
            "From: MAILER-DAEMON@mx.example",
            "Subject: Undelivered mail",
            "MIME-Version: 1.0",
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b1",
            "",
            "--b1",
            "Content-Type: text/plain",
            "",
            "Nobody is called so here.",
            "--b1",
            "Content-Type: message/delivery-status",
            "",
            "Reporting-MTA: dns; mx.example",
            "",
            f"Final-Recipient: rfc822; {person}",
            "Action: failed",
            "Status: 5.1.1",
            "",
            "--b1",
            "Content-Type: text/rfc822-headers",
            "",
            f"Message-ID: {message_id}",
            "",
            "--b1--",
            "",
        ]
    ).encode()


def into_maildir(box: Path) -> Callable[[bytes], None]:
    """Delivery into a maildir, which is made."""
    for folder in ("cur", "new", "tmp"):
        (box / folder).mkdir(parents=True, exist_ok=True)
    turn = threading.Lock()

    def deliver(message: bytes) -> None:
        with turn:
            name = f"{len(list((box / 'new').iterdir()))}.answer"
            draft = box / "tmp" / name
            draft.write_bytes(message)
            draft.rename(box / "new" / name)

    return deliver
