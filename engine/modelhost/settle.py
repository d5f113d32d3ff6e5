"""What a provider says a call used, as `Tokens`. Pure; what cannot be true counts as unknown.

OpenAI's counts overlap: `prompt_tokens` includes what was read from and written to a cache, `completion_tokens` usually
includes reasoning. Ours do not, so that each token is paid for once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.values import Tokens

MOST_TOKENS = 100_000_000
"""Larger than any model's window: a count above it is a mistake."""

Usage = Mapping[str, object]
"""A usage object as litellm dumps it: `prompt_tokens`, `completion_tokens`, `prompt_tokens_details` and so on."""


class _NonsenseError(Exception):
    """A count that is none."""


def settled(reports: Iterable[Usage], *, answered: bool) -> Tokens | None:
    """The tokens of one call, from every usage object of its stream in order.

    Counts grow or are spread over several objects; a later one wins unless it is zero. `answered`: text came, so that
    zero output cannot be true. None when nothing was said or it cannot be true.
    """
    try:
        counts = _merged(reports)
        return _tokens(counts, answered=answered) if counts else None
    except _NonsenseError:
        return None


def _merged(reports: Iterable[Usage]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for report in reports:
        for name, count in _counts(report).items():
            if count or name not in counts:
                counts[name] = count
    return counts


def _counts(report: Usage) -> dict[str, int]:
    """The counts of one report that are there."""
    prompt, completion = report.get("prompt_tokens_details"), report.get("completion_tokens_details")
    said = {
        "prompt": (report.get("prompt_tokens"),),
        "completion": (report.get("completion_tokens"),),
        "total": (report.get("total_tokens"),),
        "cached": (_of(prompt, "cached_tokens"), report.get("cache_read_input_tokens")),
        "created": (_of(prompt, "cache_creation_tokens"), report.get("cache_creation_input_tokens")),
        "reasoning": (_of(completion, "reasoning_tokens"),),
    }
    return {
        name: max(found) for name, values in said.items() if (found := [_count(v) for v in values if v is not None])
    }


def _of(details: object, name: str) -> object:
    return details.get(name) if isinstance(details, Mapping) else None


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_TOKENS:
        raise _NonsenseError
    return value


def _tokens(counts: Mapping[str, int], *, answered: bool) -> Tokens:
    prompt, completion = counts.get("prompt", 0), counts.get("completion", 0)
    cached, created, reasoning = (counts.get(name, 0) for name in ("cached", "created", "reasoning"))
    beside = reasoning > 0 and counts.get("total") == prompt + completion + reasoning
    output = completion if beside else completion - reasoning
    if prompt == 0 or cached + created > prompt or output < 0 or (answered and output == 0):
        raise _NonsenseError
    return Tokens(
        input=prompt - cached - created, output=output, cache_read=cached, cache_write=created, reasoning=reasoning
    )
