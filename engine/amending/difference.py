"""Two contracts, clause by clause, as a person reads them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.contract.model import Contract
from engine.contract.problems import dotted
from engine.ledger.bodies import ClauseChange
from engine.values import DAY, HOUR, MICRO, MINUTE, PPM, SECOND

LONGEST = 400
"""Characters of one side of a change; what is longer is cut."""
_MONEY = frozenset({"money", "budget"})
_TIME = frozenset({"time", "attention", "expires", "undo", "every", "for", "timeout"})
_SHARE = frozenset({"share", "success", "reply"})
_NAMED = "id"
"""Members of a list that carry this key are told apart by it, the others by their place."""

Path = tuple[str | int, ...]


def difference(old: Contract, new: Contract) -> tuple[ClauseChange, ...]:
    """Every clause that is there on one side only, or that reads otherwise; in the order of the contract's fields."""
    return tuple(_differing(_plain(old), _plain(new), ()))


def _plain(contract: Contract) -> dict[str, Any]:
    return contract.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _differing(old: Any, new: Any, path: Path) -> Iterator[ClauseChange]:
    if old == new:
        return
    old, new = _by_name(old), _by_name(new)
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            yield from _differing(old.get(key), new.get(key), (*path, key))
    else:
        yield ClauseChange(path=dotted(path), before=written(old, path), after=written(new, path))


def _by_name(value: Any) -> Any:
    """A list of things that have names or are made of parts, as a mapping; what may be compared as a whole stays."""
    if isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
        return {part.get(_NAMED, number): part for number, part in enumerate(value)}
    return value


def written(value: Any, path: Path = ()) -> str:
    """A value as it could stand in a contract file, on one line; nothing for what is not there."""
    if value is None:
        return ""
    text = _written(value, str(path[-1]) if path else "")
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _written(value: Any, key: str) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name}: {_written(part, str(name))}' for name, part in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(_written(part, key) for part in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return _number(value, key)
    return str(value)


def _number(value: int, key: str) -> str:
    if key in _MONEY:
        return f"{usd(value)} USD"
    if key in _TIME:
        return exact(value)
    if key in _SHARE:
        whole, part = divmod(value, PPM // 100)
        return f"{whole}{f'.{part:04d}'.rstrip('0').rstrip('.')}%"
    return str(value)


def usd(micro: int) -> str:
    """`500`, `2.50`, `0.000001`: an amount as contracts write it, to the micro-dollar."""
    whole, part = divmod(micro, MICRO)
    cents = f"{part:06d}".rstrip("0")
    return f"{whole}.{cents.ljust(2, '0')}" if cents else str(whole)


def exact(ms: int) -> str:
    """A duration as contracts write it, to the millisecond: `14d`, `1h 30m`."""
    parts = []
    for size, unit in ((DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s"), (1, "ms")):
        count, ms = divmod(ms, size)
        parts += [f"{count}{unit}"] if count else []
    return " ".join(parts) or "0s"
