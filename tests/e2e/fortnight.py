"""The world of a fortnight: the GTM template with real models over HTTP, a real mail server, and people who answer.

Two providers. The models write a word that people do not want to read, and too much, until a rule says otherwise; a
model that never heard why finds the rule in its package.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
import threading
from email import message_from_bytes, policy
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from engine.contract.template import write as write_template
from engine.home import Home
from tests.e2e.gtm import SECRETS
from tests.e2e.people import People, message
from tests.e2e.vendors import Asked, Sold, Vendor, quoted, said
from tests.mailserver import ImapServer, SmtpSink

NORTH_SMALL = Sold("north-0", "north", "0.07", "0.30", "0.02", "0.40", tier="cheap")
NORTH = Sold("north-1", "north", "0.27", "1.10", "0.07", "1.37")
SOUTH_SMALL = Sold("south-0", "south", "0.09", "0.35", "0.03", "0.45", tier="cheap")
SOUTH = Sold("south-1", "south", "0.55", "2.19", "0.14", "2.71")
EAST = Sold("east-1", "east", "0.83", "3.17", "0.21", "3.33")
WORD = "unlock"
"""What no draft may say after the first rejection."""
WORDS = 25
"""How long a letter may be after the second."""
ANSWERS = {
    "maya@northwind.example": "Yes, please send me the other two.",
    "jonas@fieldnotes.example": "Which two do you mean?",
    "luis@solanum.example": "Yes. Could we talk on Thursday?",
    "hanna@northlake.example": "Yes, I would like to see them.",
    "fatima@sandglass.example": "We have a round of our own, thank you.",
}
"""The first channel is worth a second batch; nobody of the second answers; one of the third does."""


class Fortnight:
    """Servers, vendors and people; `write` lays out the home and the contract."""

    def __init__(self) -> None:
        self.first = Vendor((NORTH_SMALL, NORTH), says=_says)
        self.second = Vendor((SOUTH_SMALL, SOUTH, EAST), says=_says)
        self.imap = ImapServer(user="ada", password=SECRETS["IMAP_PASSWORD"])
        self.people = People(self.imap.put, 0.1, _answers)
        self.smtp = SmtpSink(users={"ada": SECRETS["SMTP_PASSWORD"]}, on_message=self.people.take)
        self.out = threading.Event()
        """Set while the first provider is not there."""
        self._open = contextlib.ExitStack()

    @property
    def vendors(self) -> tuple[Vendor, Vendor]:
        """Both providers."""
        return self.first, self.second

    def __enter__(self) -> Self:
        for server in (self.first.endpoint, self.second.endpoint, self.smtp, self.imap):
            self._open.enter_context(server)
        self._open.callback(self.people.close)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def write(self, home: Home, folder: Path) -> str:
        """config.toml, and the template with a mail server instead of a maildir; the name of the contract's file."""
        home.ensure()
        home.config.write_text(
            self.first.toml("env:FIRST_KEY")
            + self.second.toml("env:SECOND_KEY")
            + '[mail]\nname = "Ada Example"\naddress = "ada@yours.example"\npostal = "1 Example Street"\n\n'
            f'[mail.smtp]\nhost = "127.0.0.1"\nport = {self.smtp.port}\nuser = "ada"\n'
            f'password = "env:SMTP_PASSWORD"\nca_file = "{self.smtp.ca_file}"\ntimeout = "20s"\n\n'
            f'[mail.inbox]\nkind = "imap"\nhost = "127.0.0.1"\nport = {self.imap.port}\nuser = "ada"\n'
            f'password = "env:IMAP_PASSWORD"\nca_file = "{self.imap.ca_file}"\ntimeout = "20s"\n'
        )
        home.config.chmod(0o600)
        file = folder / "gtm.yaml"
        write_template("gtm-channel", file)
        text = file.read_text()
        assert text.count("connector: maildir") == 1
        file.write_text(text.replace("connector: maildir", "connector: smtp"))
        return file.name


def letter(mail: bytes) -> str:
    """What a mail says, without what stands below every mail."""
    text: str = message_from_bytes(mail, policy=policy.default).get_content()
    return text.partition("\n-- ")[0]


def _answers(person: str, mail: bytes) -> bytes | None:
    sent = message_from_bytes(mail, policy=policy.default)
    return message(person, sent, ANSWERS[person]) if person in ANSWERS else None


def _says(asked: Asked) -> tuple[str, str]:
    """What the models of this world say to a package, and what that is the answer to."""
    if asked.kind in {"review", "grade"}:
        return said(asked)
    branch = found[1] if (found := re.search(r"(?m)^Branch (\S+):", asked.package)) else ""
    second = quoted(asked.package, "second")
    leads = list(csv.DictReader(io.StringIO(second or quoted(asked.package, "leads"))))
    title = found[1] if (found := re.search(r"(?m)^T\d+ (.*) \(role", asked.package)) else ""
    if asked.kind == "draft":
        letters = [_letter(row, asked.package) for row in leads if row["channel"] == branch]
        summary = {"summary": f"wrote {len(letters)} letters", "effects": letters}
        return json.dumps(summary), f"draft {branch} {bool(second)}"
    told = {"summary": f"looked at all of it: {title}", "claims": ["most pages name a price"], "decisions": []}
    return json.dumps(told), f"work {branch} {title}"


def _letter(row: dict[str, str], package: str) -> dict[str, Any]:
    """Without the word, and short, once the package says so: whoever writes it."""
    rules = package.lower()
    plain = re.search(rf'["“”*]?{WORD}["“”*]?', rules) is not None
    short = f"at most {WORDS} words" in rules
    ask = "Would the two others be useful?"
    verb = "name" if plain else WORD
    filler = "" if short else " I looked at it with care, as one does who has read a great many of them before."
    body = f"Hi {row['name'].split()[0]},\n\nthe plans on your page {verb} one price for small teams.{filler} {ask}\n"
    effect = {"verb": "send", "to": row["email"], "subject": f"The pricing of {row['company']}", "body": body}
    return {**effect, "fields": ["name", "company", "pricing_page"]}
