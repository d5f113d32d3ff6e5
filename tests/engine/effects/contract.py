"""What every connector must do, whatever it touches. A connector's own test module subclasses `ConnectorContract`."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod

from engine.effects.canonical import parse
from engine.effects.compose import compose as compose_any
from engine.effects.mail import Composed, Identity, compose
from engine.effects.protocol import Connector, Delivered, Destination, NotFound, Placed, Refused, Unknown
from engine.workers.protocol import EffectOut

IDENTITY = Identity(
    name="Ada Example", address="ada@sender.example", reply_to="replies@sender.example", postal="1 Main St\nSpringfield"
)
AT = 1_763_000_000_000
AGE = 3_600_000
"""After so many milliseconds a connector may say that something never left."""
LONG_AGO = 400 * 86_400_000
"""So long no sink remembers a key."""


def message(
    to: str = "bob@example.org", *, effect: str = "gtm/F1", connector: str = "maildir", body: str = "Hello Bob,\nshort."
) -> Composed:
    """A composed message for tests."""
    made = compose(
        EffectOut(verb="send", to=to, subject="Your question", body=body),
        effect=effect,
        mission="gtm",
        connector=connector,
        identity=IDENTITY,
    )
    assert isinstance(made, Composed)
    return made


def publication(
    destination: Destination, *, effect: str = "gtm/F1", connector: str = "page", body: str = '{"text": "hello"}\n'
) -> Composed:
    """A composed effect that is no mail: each effect has a path of its own."""
    proposal = EffectOut(verb="publish", body=body, path=f"{effect.rpartition('/')[2]}.html")
    made = compose_any(
        proposal, effect=effect, mission="gtm", connector=connector, destination=destination, identity=None
    )
    assert isinstance(made, Composed), made
    return made


class ConnectorContract(ABC):
    """Tests shared by all connectors."""

    @abstractmethod
    def connector(self) -> Connector:
        """The connector under test: within one test, every call reaches the same sink."""

    @abstractmethod
    def delivered(self) -> list[bytes]:
        """Every body that reached the sink, without what is set at sending (Date)."""

    def message(self, **changes: str) -> Composed:
        """A message for this connector, or what else it carries."""
        connector = self.connector()
        if isinstance(connector, Placed):
            return publication(connector.destination, connector=connector.name, **changes)
        return message(connector=connector.name, **changes)

    async def test_what_was_approved_is_byte_for_byte_what_arrives(self) -> None:
        made = self.message()
        answer = await self.connector().deliver(made.canonical, made.body, "gtm/F1", AT)
        assert isinstance(answer, Delivered)
        assert self.delivered() == [made.body]

    async def test_a_changed_body_is_refused_and_does_not_arrive(self) -> None:
        made = self.message()
        answer = await self.connector().deliver(made.canonical, made.body + b"p.s.", "gtm/F1", AT)
        assert isinstance(answer, Refused)
        assert self.delivered() == []

    async def test_bytes_that_are_not_canonical_are_refused(self) -> None:
        made = self.message()
        for effect in (b"", b"{}", made.canonical + b" ", made.canonical.replace(b'"v":1', b'"v":2'), b"[" * 100_000):
            assert isinstance(await self.connector().deliver(effect, made.body, "gtm/F1", AT), Refused)
        assert self.delivered() == []

    async def test_an_effect_for_another_connector_is_refused(self) -> None:
        made = message(connector="another-one")
        assert isinstance(await self.connector().deliver(made.canonical, made.body, "gtm/F1", AT), Refused)
        assert self.delivered() == []

    async def test_lookup_says_no_more_than_it_can_know(self) -> None:
        made, connector = self.message(), self.connector()
        before = await connector.lookup("gtm/F1", made.canonical, AGE)
        await connector.deliver(made.canonical, made.body, "gtm/F1", AT)
        after = await connector.lookup("gtm/F1", made.canonical, AGE)
        if connector.delivery == "blind":
            assert isinstance(before, Unknown)
            assert isinstance(after, Unknown)
        elif connector.delivery == "dedup":  # it cannot be asked, but be sent the same again while it remembers
            assert isinstance(before, NotFound)
            assert isinstance(after, NotFound)
            assert isinstance(await connector.lookup("gtm/F1", made.canonical, LONG_AGO), Unknown)
        else:
            assert isinstance(before, NotFound)
            assert isinstance(after, Delivered)
            other = self.message(effect="gtm/F2")
            assert isinstance(await connector.lookup("gtm/F2", other.canonical, AGE), NotFound)

    async def test_the_same_key_again_does_not_double_where_the_sink_can_tell(self) -> None:
        if self.connector().delivery == "blind":
            return
        made = self.message()
        answers = await asyncio.gather(
            *(self.connector().deliver(made.canonical, made.body, "gtm/F1", AT + 1000 * n) for n in range(20))
        )
        assert all(isinstance(answer, Delivered) for answer in answers)
        assert len({answer.reference for answer in answers if isinstance(answer, Delivered)}) == 1
        assert self.delivered() == [made.body]

    async def test_two_keys_are_two_deliveries(self) -> None:
        connector = self.connector()
        for number in (1, 2):
            made = self.message(effect=f"gtm/F{number}")
            assert parse(made.canonical).effect == f"gtm/F{number}"
            await connector.deliver(made.canonical, made.body, f"gtm/F{number}", AT)
        assert len(self.delivered()) == 2
