"""What a model has been told and has said in one attempt, and how it is kept within a window and a budget.

Only results of tools are ever let go of, the oldest first, each for one line that says so with its hash. The package
and everything that was agreed before it stay as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from engine.context.tokens import tokens
from engine.modelhost.wire import Message, ToolCall, ToolSpec
from engine.values import sha256

SHOWN_AGAIN = 20_000
"""Characters of its own text, or of the arguments of one call, that a model is shown again."""
LONGEST_ID = 20_000
"""Some providers put what a model thought into the id of its call, and want it back."""
AROUND = 24
"""Tokens that a provider may put around a message, a call or a tool."""
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Told:
    """What a model is told of one of its calls: everything, and the line that takes its place when room is needed."""

    content: str
    instead: str

    @classmethod
    def of(cls, number: str, tool: str, content: str) -> Told:
        """With a line that names the call and the hash of what stood there."""
        mark = sha256(content.encode("utf-8", "replace"))[:16]
        gone = f"[what call {number} of {tool} brought ({len(content)} characters, sha256 {mark}) was taken out of this"
        return cls(content, f"{gone} conversation to make room; ask for it again if you need it]")


class Conversation:
    """The messages of one attempt. `tools` are offered with every call of it."""

    def __init__(self, system: str, package: str, tools: tuple[ToolSpec, ...] = ()) -> None:
        self.tools = tools
        self._messages = [Message(role="system", content=system), Message(role="user", content=package)]
        self._long: dict[int, Told] = {}
        """Results that still stand there in full, by the place of their message."""
        self._ids: set[str] = set()

    @property
    def messages(self) -> tuple[Message, ...]:
        """As they are sent."""
        return tuple(self._messages)

    def say(self, text: str) -> None:
        """Tell the model something: after a result as its last lines, because not every provider takes a message of the
        user there.
        """
        last = self._messages[-1]
        if last.role != "tool":
            self._messages.append(Message(role="user", content=text))
            return
        place = len(self._messages) - 1
        if (told := self._long.get(place)) is not None:
            self._long[place] = Told(f"{told.content}\n\n{text}", f"{told.instead}\n\n{text}")
        self._messages[place] = last.model_copy(update={"content": f"{last.content}\n\n{text}"})

    def answered(self, text: str) -> None:
        """The model answered in words."""
        self._messages.append(Message(role="assistant", content=text[:SHOWN_AGAIN] or "(nothing)"))

    def used(self, text: str, calls: tuple[ToolCall, ...], told: tuple[Told, ...]) -> None:
        """The model asked for tools, and this is what became of each call, in the same order."""
        shown = tuple(self._shown(call) for call in calls)
        self._messages.append(Message(role="assistant", content=text[:SHOWN_AGAIN], calls=shown))
        for call, one in zip(shown, told, strict=True):
            if len(one.instead) < len(one.content):
                self._long[len(self._messages)] = one
            self._messages.append(Message(role="tool", content=one.content, answers=call.id))

    def _shown(self, call: ToolCall) -> ToolCall:
        """A call as the next prompt has it: an id that is its alone, a name that every provider takes, arguments that
        are an object. What was written else is told in its result.
        """
        own = call.id if 0 < len(call.id) <= LONGEST_ID and call.id not in self._ids else f"c{len(self._ids):08d}"
        while own in self._ids:
            own = f"c{int(own[1:]) + 1:08d}"
        self._ids.add(own)
        name = call.name if _NAME.fullmatch(call.name) else "unknown"
        return ToolCall(id=own, name=name, arguments=call.arguments if _is_object(call.arguments) else "{}")

    def shortened(self, fits: Callable[[Conversation], bool]) -> bool:
        """Let go of results, the oldest first, until it fits; whether it does."""
        while not fits(self):
            if not self._long:
                return False
            place = min(self._long)
            told = self._long.pop(place)
            self._messages[place] = self._messages[place].model_copy(update={"content": told.instead})
        return True

    @property
    def most_tokens(self) -> int:
        """Tokens that nobody's tokenizer exceeds: one for every byte that is sent, and what stands around it."""
        size = sum(AROUND + len(text.encode("utf-8", "replace")) for text in self._texts())
        return size + (_OFFERED if self.tools else 0)

    @property
    def estimated(self) -> int:
        """Tokens by our own estimate."""
        return sum(tokens(text) for text in self._texts())

    def _texts(self) -> list[str]:
        texts = [message.content for message in self._messages]
        texts += [part for m in self._messages for c in m.calls for part in (f"{c.id}{c.id}", f"{c.name}{c.arguments}")]
        return texts + [json.dumps(tool.model_dump()) for tool in self.tools]


_OFFERED = 800
"""Tokens that providers tell a model of their own about the use of tools."""


def _is_object(text: str) -> bool:
    """Whether arguments are a JSON object that every provider can read again."""
    if len(text) > SHOWN_AGAIN:
        return False
    try:
        return isinstance(json.loads(text, parse_constant=_refused), dict)
    except (ValueError, RecursionError):
        return False


def _refused(constant: str) -> None:
    raise ValueError(constant)
