"""A call of a tool in the queue: what would run is drawn from its bytes, and decided by the same keys as an effect."""

from __future__ import annotations

import hashlib
from typing import Any

from engine.effects.canonical import batch_digest
from engine.home import Home
from engine.tools.wanted import wanted_bytes, wanted_digest
from engine.values import MissionId
from tests.cockpit.ledger import Ledger, attention
from tests.screens.attention.conftest import engine, opened

WHY = "what asks for it has read page; leads could leave to elsewhere.example.net"
SPOOF = "https://elsewhere.example.net/?q=\u202egnp.exe"


def asked(ledger: Ledger, *, other: bytes = b"") -> str:
    """A call that waits; `other` stands where its bytes should. The digest of its item."""
    content = wanted_bytes(
        mission=MissionId("gtm"),
        task="T1",
        role="clerk",
        tool="browser",
        operation="fetch",
        identity="builtin:http/1",
        pin="a" * 64,
        arguments={"url": SPOOF, "note": "all of the leads"},
    )
    digest = wanted_digest(content)
    body: dict[str, Any] = {"wanted": "W1", "attempt": "A1.1", "task": "T1", "role": "clerk", "tool": "browser"}
    body |= {"operation": "fetch", "digest": digest, "content": ledger.blob(other or content), "pin": "a" * 64}
    body |= {
        "clauses": "c" * 64,
        "before": {"steered_by": ["page"], "holds": ["leads"]},
        "hosts": ["elsewhere.example.net"],
        "expires": 9_000_000_000_000,
    }
    ledger.event("gtm", "tool.asked", body)
    shown = str(batch_digest([digest]))
    row = attention("gtm", "Q7", kind="approve", title="browser fetch to elsewhere.example.net: run this call?")
    row |= {"digest": shown, "detail": WHY, "choices": [], "verb": "research", "task": "gtm/T1"}
    row |= {"items": [{"id": "gtm/W1", "digest": digest, "preview": "browser fetch"}]}
    ledger.view("attention", "gtm/Q7", "gtm", row)
    return shown


async def test_a_call_shows_what_would_run_where_it_goes_and_why_it_asks(home: Home, ledger: Ledger) -> None:
    asked(ledger)
    async with opened(home, "gtm/Q7") as stage:
        text = stage.text()
    assert "elsewhere.example.net" in text
    assert "all of the leads" in text
    assert "tools.browser" in text
    assert "leads could leave" in text
    assert "what asks for it has read page" in text
    assert "holds leads" in text
    assert "\u202e" not in text
    assert "reject, its worker hears why" in text
    assert "none: it runs at once" in text


async def test_a_approves_exactly_that_call_and_nothing_can_be_undone(home: Home, ledger: Ledger) -> None:
    shown = asked(ledger)
    async with opened(home, "gtm/Q7") as stage:
        with engine(home, ids=("W1",)):
            await stage.after(0.6, "a")
            await stage.settle()
            await stage.until(stage.orders, "the order")
            await stage.until(lambda: "it runs now" in stage.text(), "the confirmation")
        ((kind, body),) = stage.orders()
        assert kind == "approve"
        assert body["attention"] == "Q7"
        assert body["digest"] == shown
        assert stage.screen.desk.undo is None


async def test_a_call_whose_bytes_are_others_cannot_be_approved(home: Home, ledger: Ledger) -> None:
    asked(ledger, other=b'{"arguments":{"url":"https://docs.example.org/"},"operation":"fetch","tool":"browser"}')
    async with opened(home, "gtm/Q7") as stage:
        await stage.after(0.6, "a")
        await stage.settle()
        assert stage.orders() == []
        assert "not the bytes that the digest was made of" in stage.text()


async def test_a_call_is_not_edited(home: Home, ledger: Ledger) -> None:
    asked(ledger)
    async with opened(home, "gtm/Q7") as stage:
        await stage.after(0.6, "e")
        await stage.settle()
        assert stage.orders() == []


def test_the_digests_of_calls_and_effects_never_meet() -> None:
    content = b"{}"
    assert wanted_digest(content) != hashlib.sha256(b"cockpit.effect.v1\0" + content).hexdigest()
