"""What a check finds: answers in the inbox of this home, or the simulated ones of a rehearsal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.effects.mail import person
from engine.evidence.inbound import Inbound, inbound
from engine.evidence.sources import Inbox, matched, read_inbox, rehearsed
from engine.settings import MailInbox
from engine.values import PPM, sha256

SENT_AT = 1_800_000_000_000
MESSAGE_ID = "<m1@yours.example>"
REPLY = (
    "From: Bob <bob@post.example>\r\nTo: ada@yours.example\r\nSubject: Re: Hello\r\n"
    f"In-Reply-To: {MESSAGE_ID}\r\nMessage-ID: <r1@post.example>\r\nDate: Fri, 15 Jan 2027 10:00:00 +0000\r\n\r\n"
    "Yes, tell me more.\r\n"
)


def check(**more: Any) -> dict[str, Any]:
    sent = {"effect": "F1", "branch": "B2", "message_id": MESSAGE_ID, "persons": [person("bob@post.example")]}
    body = {"check": "K1", "rehearsed": False, "seed": 1, "known": [], "reply_ppm": 0, "now": SENT_AT, "until": 0}
    return body | {"sent": [sent | {"at": SENT_AT, "digest": "d"}]} | more


def messages(*raw: str) -> list[Inbound]:
    return [inbound(text.encode()) for text in raw]


def test_a_reply_is_matched_to_what_it_answers_and_its_text_is_kept() -> None:
    found, blobs = matched(messages(REPLY), check())
    (one,) = found
    assert (one["effect"], one["branch"], one["kind"], one["person"]) == (
        "F1",
        "B2",
        "reply",
        person("bob@post.example"),
    )
    assert b"tell me more" in blobs[one["blob"]]
    assert blobs[one["address"]] == b"bob@post.example"


def test_what_is_known_or_answers_nothing_is_passed_over() -> None:
    known = [sha256(REPLY.encode())]
    assert matched(messages(REPLY), check(known=known)) == ([], {})
    stranger = REPLY.replace("bob@post.example", "eve@else.example").replace(MESSAGE_ID, "<other@x>")
    assert matched(messages(stranger), check()) == ([], {})
    assert matched(messages(REPLY), check(sent=[])) == ([], {})


async def test_a_home_without_an_inbox_has_no_messages(tmp_path: Path) -> None:
    assert await read_inbox(tmp_path / "nowhere") == []
    assert await Inbox(tmp_path / "nowhere")(check()) == ([], {}, "")


async def test_a_rehearsal_never_reads_the_inbox(tmp_path: Path) -> None:
    async def never(_path: Path) -> list[Inbound]:
        raise AssertionError("a rehearsal reads no inbox")

    assert await Inbox(tmp_path, never)(check(rehearsed=True)) == ([], {}, "")


def drawn(count: int, ppm: int, seed: int = 1, **more: int) -> list[dict[str, Any]]:
    sent = [{"effect": f"F{n}", "branch": "B2", "persons": [f"p{n}"], "digest": f"d{n}"} for n in range(count)]
    found, blobs = rehearsed({"seed": seed, "sent": sent, "known": [], "reply_ppm": ppm, **more})
    assert all(text.startswith(b"[rehearsed]") for text in blobs.values())
    return found


@pytest.mark.parametrize(("ppm", "least", "most"), [(0, 0, 0), (PPM, 200, 200), (PPM // 4, 25, 75)])
def test_as_many_reply_as_the_contract_assumes(ppm: int, least: int, most: int) -> None:
    assert least <= len(drawn(200, ppm)) <= most


def test_who_replies_follows_from_the_seed_alone() -> None:
    assert drawn(100, PPM // 2) == drawn(100, PPM // 2)
    assert drawn(100, PPM // 2) != drawn(100, PPM // 2, seed=2)


def test_as_many_say_stop_or_bounce_as_the_contract_assumes_and_none_where_it_assumes_none() -> None:
    assert {found["kind"] for found in drawn(200, PPM)} == {"reply"}
    kinds = [found["kind"] for found in drawn(200, PPM, stop_ppm=PPM // 8, bounce_ppm=PPM // 10)]
    assert len(kinds) == 200
    assert 0 < kinds.count("bounce") < kinds.count("stop") + 20 < kinds.count("reply")


def test_nobody_replies_twice() -> None:
    first = drawn(10, PPM)
    sent = [{"effect": f"F{n}", "branch": "B2", "persons": [f"p{n}"], "digest": f"d{n}"} for n in range(10)]
    again, _ = rehearsed({"seed": 1, "sent": sent, "known": [found["key"] for found in first], "reply_ppm": PPM})
    assert again == []


@pytest.mark.parametrize("kind", ["maildir", "mbox"])
async def test_the_settings_say_where_replies_come_in(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "elsewhere"
    if kind == "maildir":
        (path / "new").mkdir(parents=True)
        (path / "new" / "1").write_bytes(REPLY.encode())
    else:
        path.write_bytes(b"From bob@post.example Fri Jan 15 10:00:00 2027\n" + REPLY.encode())
    chosen = MailInbox.model_validate({"kind": kind, "path": str(path)})
    found, _, error = await Inbox(tmp_path / "nowhere", chosen=lambda: chosen)(check())
    assert ([one["kind"] for one in found], error) == (["reply"], "")


async def test_an_imap_inbox_without_secrets_says_so() -> None:
    chosen = MailInbox.model_validate({"kind": "imap", "host": "127.0.0.1"})
    assert (await Inbox(Path("nowhere"), chosen=lambda: chosen)(check())).error
