"""Courtesy in simulated missions: the limits that a seed draws, and that no window of any day ever held more."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from engine.governance.courtesy import Limits
from engine.values import DAY, HOUR, MINUTE

IN_FLIGHT = 4_000
"""Milliseconds that what had left already may take to arrive."""


def drawn(seed: int, *, calm: bool) -> Limits | None:
    """The limits of a seed; None in seven of ten: nobody is paced who sends as little as they do."""
    dice = random.Random(f"pace {seed}")
    if calm or dice.random() >= 0.3:
        return None
    start = dice.choice([0, 7, 15]) * 60
    return Limits(
        per_day=dice.choice([1, 2, 3]),
        per_domain_day=dice.choice([1, 2, 5]),
        gap_ms=dice.choice([0, 10 * MINUTE, 3 * HOUR]),
        hours=dice.choice([None, (start, start + 9 * 60)]),
    )


def outward(contract: bytes) -> bytes:
    """The same mission with a writer whose mails really leave, and approvals that outlive the wait."""
    text = contract.decode().replace(
        "writer: {worker: rehearsed, tier: strong}", "writer: {worker: command, command: [write]}"
    )
    return text.replace("send: {expires: 2h", "send: {expires: 30h").encode()


def shared(leads: bytes) -> bytes:
    """The same people at two domains."""
    out = []
    for line in leads.decode().splitlines():
        name, address, *rest = line.split(",")
        local, at, domain = address.partition("@")
        number = domain.removeprefix("c").partition(".")[0]
        out.append(",".join([name, f"{local}@d{int(number) % 2}.example" if at else address, *rest]))
    return ("\n".join(out) + "\n").encode()


def unkind(arrivals: Iterable[tuple[int, str]], limits: Limits) -> Iterator[str]:
    """What was wrong with the times at which people were reached: pairs of wall time and domain."""
    times = sorted(arrivals)
    for number, (at, domain) in enumerate(times):
        window = [other for other in times[number:] if other[0] < at + DAY - IN_FLIGHT]
        if len(window) > limits.per_day:
            yield f"P23 {len(window)} contacts within a day, {limits.per_day} may be"
        same = [other for other in window if other[1] == domain]
        if len(same) > limits.per_domain_day:
            yield f"P23 {len(same)} contacts at {domain} within a day, {limits.per_domain_day} may be"
        if number and at - times[number - 1][0] < limits.gap_ms - IN_FLIGHT:
            yield f"P23 two contacts are {at - times[number - 1][0]} ms apart, not {limits.gap_ms}"
        if limits.hours is not None and not any(_open(at - late, limits.hours) for late in (0, IN_FLIGHT)):
            yield f"P23 a contact at {datetime.fromtimestamp(at / 1000, UTC):%H:%M}, outside of the hours"


def _open(at: int, hours: tuple[int, int]) -> bool:
    minute = at // MINUTE % 1440
    return hours[0] <= minute < hours[1]
