"""The breaker: which models may be asked now, and what an attempt's end says about its model. Pure.

Failures are counted per model and per provider, as events of the home stream, so that every engine knows them. A
model that failed too often is barred until a moment; after it one attempt at a time is a probe, and its success
ends the outage. Nothing here relaxes a filter: whoever is barred is waited for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from engine.ledger import bodies as b
from engine.routing.catalogue import Candidate
from engine.state.fold_work import OUTAGE
from engine.state.home import Health, HomeState, Outage
from engine.values import HOUR, MINUTE, SECOND

MODEL_FAILURES, PROVIDER_FAILURES = 2, 3
"""Failures in a row of one model that bar it; over several models of a provider, that bar all of them."""
FIRST, LONGEST = 30 * SECOND, 15 * MINUTE
"""How long the first bar of an outage lasts, and the longest after doubling."""
THROTTLED, THROTTLED_MOST = MINUTE, HOUR
"""How long a throttled model is left alone at first when it does not say, doubling up to `LONGEST`; and at most when it
does.
"""
BELIEVED = 5
"""So many times in a row a throttled model is asked as soon as it says; then at least as late as any other."""
LONG = 15 * MINUTE
"""An outage of this length is worth a human's attention."""

MENDED = frozenset({"key_refused", "key_missing", "not_found"})
"""Faults that time alone does not heal: somebody has to mend something."""
OURS = frozenset({"throttled", "key_late", *MENDED})
"""Faults of one model's key, address or share alone: its provider is not to blame."""
ANSWERED = frozenset({"unusable", "too_long", "too_much", "refused"})
"""Faults of an answer: whoever gave it is there."""

_WORDS = {
    "throttled": "throttled",
    "provider_error": "the provider reports an error",
    "unreachable": "not reachable",
    "timeout": "no answer in time",
    "stalled": "fell silent in mid-answer",
    "cut": "the connection broke",
    "garbled": "answers with something unreadable",
    "no_answer": "ends without an answer",
    "key_late": "its key cannot be read from the keyring",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """Why a model cannot be asked now. `until` is wall time in milliseconds; in the past while it is `tried`."""

    reason: str
    until: int = 0
    since: int = 0
    mend: str = ""
    """What a human has to do; empty when time alone may heal it."""
    tried: bool = False
    """One attempt finds out whether the outage is over; until it has, nobody else is sent along."""

    @property
    def words(self) -> str:
        """The reason and its end, in UTC: `throttled until 14:03 UTC`."""
        if self.tried:
            return f"{self.reason}; it is being tried again"
        if not self.until:
            return self.reason
        return f"{self.reason} until {datetime.fromtimestamp(self.until // 1000, UTC):%H:%M} UTC"

    @property
    def long(self) -> bool:
        """Whether it lasts so long that somebody should know. Stays as it is while time passes."""
        return self.until - self.since >= LONG


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of one attempt on a model, as far as the breaker cares. `at` is when it was dispatched."""

    job: str
    at: int
    good: bool
    fault: str = ""
    because: str = ""
    retry_after: int = 0
    setup: str = ""


def learnt(home: HomeState, candidate: Candidate, ended: Ended, now: int) -> tuple[b.Body, ...]:
    """What the home stream has to know of an attempt's end; nothing when it says nothing new.

    An attempt that began before an outage does not tell how it goes on, nor does one over another configuration,
    nor the same job for the second time.
    """
    if ended.setup != candidate.setup:
        return ()
    known = _current(home, candidate)
    over = home.providers.get(candidate.provider)
    if known is not None and (known.source == ended.job or ended.at < _until(known, now)):
        return ()
    if over is not None and ended.at < _until(over, now):
        return ()
    if ended.good or ended.fault in ANSWERED:
        counted = known is not None or over is not None
        return (b.ModelRecovered(name=candidate.name, provider=candidate.provider),) if counted else ()
    if ended.fault not in OUTAGE - {"host_lost"}:
        return ()
    return (_failed(home, candidate, known, ended, now),)


def _failed(home: HomeState, candidate: Candidate, known: Health | None, ended: Ended, now: int) -> b.ModelUnavailable:
    failures = (known.failures if known else 0) + 1
    until = provider_until = rows = 0
    if ended.fault == "throttled":
        least = _pause(failures - BELIEVED, FIRST) if failures >= BELIEVED else 0
        said = min(ended.retry_after, THROTTLED_MOST) or _pause(failures - 1, THROTTLED)
        until = now + max(said, least)
    elif ended.fault in MENDED:
        until = now + LONGEST
    else:
        if failures >= MODEL_FAILURES:
            until = now + _pause(failures - MODEL_FAILURES, FIRST)
        if ended.fault not in OURS:
            over = home.providers.get(candidate.provider)
            rows, models = (over.failures + 1, {*over.models, candidate.name}) if over else (1, {candidate.name})
            if rows >= PROVIDER_FAILURES and len(models) > 1:
                provider_until = now + _pause(rows - PROVIDER_FAILURES, FIRST)
    return b.ModelUnavailable(
        name=candidate.name,
        provider=candidate.provider,
        provider_failures=rows,
        fault=ended.fault,
        because=ended.because[:500],
        until=until,
        failures=failures,
        setup=candidate.setup,
        source=ended.job,
        provider_until=provider_until,
    )


def _pause(doublings: int, first: int) -> int:
    return min(first << min(doublings, 16), LONGEST)


def _until(known: Health | Outage, now: int) -> int:
    """When a model or provider may be asked again; 0 for a moment so late that only a wrong clock can have set it."""
    longest = THROTTLED_MOST if known.fault == "throttled" else LONGEST
    return known.until if known.until - now <= longest else 0


def _current(home: HomeState, candidate: Candidate) -> Health | None:
    """What is known of a model as it is configured now."""
    known = home.models.get(candidate.name)
    return known if known is not None and known.setup == candidate.setup else None


def barred(
    home: HomeState, catalogue: Sequence[Candidate], now: int, trying: Mapping[str, Collection[int]] | None = None
) -> dict[str, Bar]:
    """Who cannot be asked now. `trying` says when the attempts were dispatched that run on each model: after a bar has
    ended, one of them is the probe, and nobody else is sent along.
    """
    found: dict[str, Bar] = {}
    tried = trying or {}
    for candidate in catalogue:
        bar = _bar(_current(home, candidate), now, tried.get(candidate.name, ()))
        over = home.providers.get(candidate.provider)
        shut = _until(over, now) if over is not None else 0
        if over is not None and shut and (bar is None or shut > bar.until):
            mates = [at for c in catalogue if c.provider == candidate.provider for at in tried.get(c.name, ())]
            reason = f"{candidate.provider}: {_WORDS.get(over.fault, over.fault)}"
            bar = _shut(reason, shut, over.since, now, mates) or bar
        if bar is not None:
            found[candidate.name] = bar
    return found


def _bar(known: Health | None, now: int, tried: Collection[int]) -> Bar | None:
    until = _until(known, now) if known is not None else 0
    if known is None or not until:
        return None
    if known.fault in MENDED or known.fault == "key_late":  # a keyring is unlocked by somebody, or answers again
        bar = _shut(known.because, until, known.since, now, tried)
        return None if bar is None else replace(bar, mend=known.because)
    return _shut(_WORDS.get(known.fault, known.fault), until, known.since, now, tried)


def _shut(reason: str, until: int, since: int, now: int, tried: Collection[int]) -> Bar | None:
    if now < until:
        return Bar(reason, until, since)
    if any(at >= until for at in tried):
        return Bar(reason, until, since, tried=True)
    return None
