"""The tools of one attempt as its model uses them: every call goes through `io.tools`, and what comes back is told as
material in a fence, never as words of ours. Counts what brought nothing new.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.context.fence import fence
from engine.governance.progress import Judgement, Step, arguments_digest, judged, pointless
from engine.modelhost.wire import ToolCall, ToolSpec
from engine.tools.protocol import Answer, Ask, Offer, Tools
from engine.values import sha256
from engine.workers.answer import visible
from engine.workers.model.conversation import Told

AT_ONCE = 32
"""Calls of one answer that are looked at; the model is told that the others were not."""
LEAST_SHOWN = 2_000
"""Characters of a result that are shown however little room there is."""
_ASK_MOST = 1_000_000


def specs(offers: tuple[Offer, ...]) -> tuple[ToolSpec, ...]:
    """The tools of an attempt as a model is offered them."""
    return tuple(
        ToolSpec(name=offer.name, description=offer.description, parameters=_schema(offer.input_schema))
        for offer in offers
    )


def _schema(given: dict[str, object]) -> dict[str, object]:
    """A schema that every provider takes: one of an object."""
    return given if given.get("type") == "object" else {"type": "object", "properties": {}} | given | {"type": "object"}


@dataclass(frozen=True, slots=True)
class Used:
    """What became of one call, for the conversation; `ended`: there are no more calls for this attempt."""

    told: Told
    ended: bool = False


class Using:
    """The calls of one attempt so far."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._steps: list[Step] = []
        self.rounds = 0

    def taken(self, calls: tuple[ToolCall, ...]) -> tuple[ToolCall, ...]:
        """A new round: the calls of an answer that are looked at."""
        self.rounds += 1
        return calls[:AT_ONCE]

    async def use(self, number: int, call: ToolCall, most: int) -> Used:
        """Have one call judged and run. `most` is how many characters of its result may be told."""
        ask = Ask(
            id=f"{self.rounds}.{number}", name=call.name[:200] or "(none)", arguments=call.arguments[:_ASK_MOST] or "{}"
        )
        meant = arguments_digest(ask.arguments)
        again = pointless(self._steps, ask.name, meant)
        if again is not None:
            self._steps.append(Step(self.rounds, ask.name, meant, again.result, good=False))
            said = "Not run: this same call has brought back the same again and again. Use what you have."
            return Used(Told.of(ask.id, _named(ask), said))
        answer = await self._tools.call(ask)
        brought = sha256(f"{answer.verdict}\n{answer.text}".encode("utf-8", "replace"))
        self._steps.append(Step(self.rounds, ask.name, meant, brought, good=answer.verdict == "done"))
        return Used(Told.of(ask.id, _named(ask), told(ask, answer, most)), ended=answer.verdict == "ended")

    def judged(self) -> Judgement:
        """Whether all this gets anywhere."""
        return judged(self._steps)


def _named(ask: Ask) -> str:
    return visible(ask.name, 80)


def told(ask: Ask, answer: Answer, most: int) -> str:
    """What a model is told of one call: what ran as quoted material, what did not in plain words."""
    if answer.verdict == "refused":
        return f"Not run: {_plain(answer.text) or 'this call is not allowed'}"
    if answer.verdict == "ended":
        return f"Not run, and no other call will be: {_plain(answer.text) or 'there are no more calls'}"
    shown = answer.text[: max(most, LEAST_SHOWN)]
    name = f"result {ask.id} of {ask.name}" + (f" from {answer.source}" if answer.source else "")
    text = fence(name[:400], shown, label="untrusted")
    if len(shown) < len(answer.text):
        text += f"\nThe first {len(shown)} of {len(answer.text)} characters; ask more narrowly for the rest."
    return text if answer.verdict == "done" else f"This call failed. What was said about it:\n{text}"


def _plain(text: str) -> str:
    return visible(text, 2_000)
