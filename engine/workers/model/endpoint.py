"""How a model is reached, and what has been spent on it in one attempt."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.governance.allowance import Allowance, dearest
from engine.values import Price, Tokens


@dataclass(frozen=True, slots=True)
class Endpoint:
    """How a model is reached, as config.toml says. `key` is a reference, never a value; times are milliseconds."""

    model: str
    """litellm's name."""
    endpoint: str = ""
    key: str = ""
    price: Price = field(default_factory=Price)
    """For the estimate that is shown while it answers; charges follow the price of the route."""
    json_mode: bool = False
    max_output: int = 8_000
    silence_ms: int = 120_000
    window: int = 0
    """Tokens of context, the reply included; 0 means without limit."""
    setup: str = ""
    """The digest of all this that a route records: a job that was routed over another one is refused."""


@dataclass(slots=True)
class Purse:
    """What the ended calls of an attempt used, and what its allowance leaves. `usage`: None once nobody knows."""

    allowance: Allowance | None
    usage: Tokens | None = field(default_factory=Tokens)
    used: int = 0
    tokens: int = 0
    """Micro-dollars and tokens; a call of unknown usage counts as the most that it may have cost."""

    def affords(self, *calls: tuple[int, int]) -> bool:
        """Whether all these calls fit, each told so many tokens and saying so many at most."""
        if self.allowance is None:
            return True
        limit, free = self.allowance.tokens, self.allowance.free
        paid = free or self.used + sum(self._most(told, said) for told, said in calls) <= self.allowance.micro_usd
        return paid and (limit is None or self.tokens + sum(told + said for told, said in calls) <= limit)

    def spend(self, usage: Tokens | None, told: int, said: int) -> None:
        """A call has ended; it was told so many tokens and may have said so many."""
        self.usage = None if usage is None or self.usage is None else self.usage + usage
        self.tokens += told + said if usage is None else sum(usage.model_dump().values())
        if self.allowance is not None:
            self.used += self._most(told, said) if usage is None else self.allowance.price.cost(usage)

    def _most(self, told: int, said: int) -> int:
        return dearest(self.allowance.price, told, said) if self.allowance is not None else 0
