"""The providers of one attempt, opened when they are needed, and what they offer compared with what was granted."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from engine.tools.protocol import SEPARATOR, Grant, Offer, Provider, Spec, ToolDownError
from engine.values import canonical, digest

LISTED = 400
"""So many operations of one provider are looked at; what comes after them does not exist."""
SPEC_CAP = 200_000
"""Bytes that one operation may say of itself."""
OPENING = 60.0
"""Seconds in which a provider must say what it offers."""
CLOSING = 20.0
DESCRIBED = 4_000


@dataclass(frozen=True, slots=True)
class Listed:
    """A granted operation as it is now."""

    tool: str
    operation: str
    spec: Spec
    pin: str
    identity: str
    offer: Offer


@dataclass(frozen=True, slots=True)
class Seen:
    """What a provider offers now. `drift`: whatever is not what was granted, each with its canonical bytes."""

    identity: str
    granted: tuple[Listed, ...]
    drift: tuple[dict[str, object], ...]
    specs: tuple[Spec, ...] = ()
    """Everything that it offers, each name once."""


def compared(grant: Grant, identity: str, specs: tuple[Spec, ...]) -> Seen:
    """What a provider offers, beside what was granted. Pure. Of two operations of one name none is granted."""
    names = [spec.name for spec in specs]
    now = {spec.name: spec for spec in specs[:LISTED] if names.count(spec.name) == 1}
    granted: list[Listed] = []
    drift: list[dict[str, object]] = []
    for name, spec in sorted(now.items()):
        pin, known = spec.pin(identity), grant.pins.get(name)
        if known == pin:
            offer = Offer(
                name=offer_name(grant.tool, name),
                tool=grant.tool,
                operation=name,
                description=spec.description[:DESCRIBED],
                input_schema=spec.input_schema,
            )
            granted.append(Listed(grant.tool, name, spec, pin, identity, offer))
        elif known is not None or not grant.operations:
            how = "new" if known is None else "changed"
            drift.append({"operation": name[:128], "how": how, "pin": known or "", "now": pin, "spec": told(spec)})
    for name, pin in sorted(grant.pins.items()):
        if name not in now:
            drift.append({"operation": name, "how": "gone", "pin": pin, "now": "", "spec": None})
    return Seen(identity, tuple(granted), tuple(drift), tuple(now[name] for name in sorted(now)))


def told(spec: Spec) -> bytes:
    """All that an operation says of itself, as it is kept and compared."""
    return canonical(spec.model_dump(mode="json"))


def offer_name(tool: str, operation: str) -> str:
    """`browser__fetch`: at most 64 plain characters; what has to be cut or replaced gets a mark of its own."""
    name = f"{tool}{SEPARATOR}{operation}"
    if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        return name
    return f"{re.sub(r'[^A-Za-z0-9_-]', '-', name)[:55]}-{digest(name)[:8]}"


class Bench:
    """Opens each provider once, and closes all of them."""

    def __init__(self, grants: tuple[Grant, ...], opener: Callable[[Grant], Provider]) -> None:
        self._grants = {grant.tool: grant for grant in grants}
        self._opener = opener
        self._providers: dict[str, Provider] = {}
        self._seen: dict[str, Seen] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self.down: set[str] = set()
        """Tools that could not be used when they were looked at last."""

    @property
    def listed(self) -> tuple[Listed, ...]:
        """Granted operations as they were seen last."""
        return tuple(one for seen in self._seen.values() for one in seen.granted)

    def named(self, tool: str, operation: str) -> Listed | None:
        """A granted operation as it was seen last."""
        seen = self._seen.get(tool)
        return next((one for one in seen.granted if one.operation == operation), None) if seen else None

    async def provider(self, tool: str) -> Provider:
        """The provider of a tool. Raises `ToolDownError`."""
        if tool not in self._providers:
            self._providers[tool] = self._opener(self._grants[tool])
        return self._providers[tool]

    async def look(self, grant: Grant) -> Seen:
        """What a tool offers now. Raises `ToolDownError`; an answer that breaks the protocol counts as one."""
        async with self._locks.setdefault(grant.tool, asyncio.Lock()):
            try:
                provider = await self.provider(grant.tool)
                async with asyncio.timeout(OPENING):
                    specs = await provider.specs()
                seen = compared(grant, provider.identity, tuple(s for s in specs if len(told(s)) <= SPEC_CAP))
            except ToolDownError:
                self._gone(grant.tool)
                raise
            except TimeoutError:
                self._gone(grant.tool)
                raise ToolDownError(
                    f"{grant.tool} did not say in time what it offers",
                    "look at the program itself, then try again in the queue",
                ) from None
            except Exception as error:
                self._gone(grant.tool)
                raise ToolDownError(
                    f"{grant.tool} cannot be used ({type(error).__name__})", "cockpit doctor looks at tools"
                ) from error
            self.down.discard(grant.tool)
            self._seen[grant.tool] = seen
            return seen

    def _gone(self, tool: str) -> None:
        self.down.add(tool)
        self._seen.pop(tool, None)

    async def close(self) -> None:
        """Close every provider that was opened; one that does not close holds up nobody."""
        opened, self._providers = list(self._providers.values()), {}
        for provider in opened:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(CLOSING):
                    await provider.close()
