"""Scripted reviewers: they know what was planted, and answer as good, bad, odd or absent reviewers do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.ledger.bodies.reviewing import GOOD
from engine.reviewers.artifacts import Seeded, seeded
from tests.endpoint import Answer
from tests.endpoint.server import messages_of

Says = Callable[[Seeded], bool]
"""Whether a reviewer passes an artifact."""


def perfect(one: Seeded) -> bool:
    """Passes what is good, and nothing else."""
    return one.kind == GOOD


def blind(_one: Seeded) -> bool:
    """Waves everything through."""
    return True


def harsh(_one: Seeded) -> bool:
    """Sends everything back."""
    return False


def hasty(one: Seeded) -> bool:
    """Sees only what is plain: six kinds of sixteen."""
    return one.kind not in {"criterion", "missing", "recipient", "placeholder", "aside", "cut off"}


def shown(prompt: str, artifacts: tuple[Seeded, ...]) -> Seeded:
    """The artifact that a prompt is about."""
    quoted = "\n".join(line.removeprefix("| ") for line in prompt.splitlines() if line.startswith("| ")) + "\n"
    letter = quoted.partition("letter.txt:\n")[2].rstrip()
    return next(one for one in artifacts if one.text == letter)


def verdicts(passes: bool, count: int = 6) -> dict[str, object]:
    """An answer with one verdict for each criterion."""
    given = [{"criterion": n, "ok": passes or n != 2, "detail": "it is so"} for n in range(1, count + 1)]
    return {"summary": "reviewed", "verdicts": given}


def script(says: Says, *, seed: int = 1, each: int = 1) -> Callable[[int, dict[str, Any]], Answer]:
    """What an endpoint answers behind which such a reviewer works."""
    artifacts = seeded(seed, each)

    def answer(_number: int, body: dict[str, Any]) -> Answer:
        prompt = "\n\n".join(str(message["content"]) for message in messages_of(body))
        return Answer.json(verdicts(says(shown(prompt, artifacts))), 1_500, 300)

    return answer
