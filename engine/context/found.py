"""What may be found again: the documents of a mission, and what the full-text index gave for a task. Pure.

The index itself is a cache outside; what it answered is recorded with the package, so that the same package can be
compiled again without it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from engine.contract.planned import Check
from engine.state.model import MissionState, Task
from engine.values import Sha256, canonical

PASSAGE = 900
"""Characters of one passage of a longer text, cut at the end of a line where there is one."""
PASSAGES = 400
"""So many passages of one text are indexed."""
QUERY_TERMS = 40
_WORD = re.compile(r"[^\W_]{2,}")


@dataclass(frozen=True, slots=True)
class Document:
    """One thing that can be found: a curated item, or a passage of what was measured, received or made."""

    id: str
    """`D14`; of passages `E7#2`, counted from 1."""
    branch: str
    curated: bool
    text: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What the index gave, best first. `curated` are items, `verbatim` passages, `near` the neighbours of passages."""

    query: str = ""
    curated: tuple[str, ...] = ()
    verbatim: tuple[str, ...] = ()
    near: tuple[str, ...] = ()

    def encoded(self) -> bytes:
        """It as it is recorded."""
        lists = {"curated": list(self.curated), "verbatim": list(self.verbatim), "near": list(self.near)}
        return canonical({"query": self.query, **lists})

    @classmethod
    def decoded(cls, content: bytes) -> Found:
        """It as it was recorded."""
        told = json.loads(content)
        curated, verbatim, near = (tuple(told[name]) for name in ("curated", "verbatim", "near"))
        return cls(told["query"], curated, verbatim, near)

    def sources(self) -> frozenset[str]:
        """Ids of the evidence and artifacts that passages were found in."""
        return frozenset(name.partition("#")[0] for name in (*self.verbatim, *self.near))


NOTHING = Found()


def query_of(state: MissionState, task: Task) -> str:
    """What is looked for: the words of a task, each once, at most `QUERY_TERMS`."""
    branch = state.branches[task.branch]
    texts = [task.title, *(c.text for c in task.criteria), *task.produces, branch.hypothesis, *task.params.values()]
    texts += [c.check.metric for c in task.criteria if isinstance(c.check, Check) and c.check.metric]
    words = (match[0].casefold() for text in texts for match in _WORD.finditer(text))
    return " ".join(list(dict.fromkeys(words))[:QUERY_TERMS])


def terms_of(query: str) -> tuple[str, ...]:
    """The words of a query, as an index is asked for them."""
    return tuple(dict.fromkeys(match[0] for match in _WORD.finditer(query.casefold())))[:QUERY_TERMS]


def passages(text: str) -> list[str]:
    """A text in pieces of at most `PASSAGE` characters, cut after a line or a word where that is possible."""
    found: list[str] = []
    rest = text.strip()
    while rest and len(found) < PASSAGES:
        if len(rest) <= PASSAGE:
            return [*found, rest]
        cut = max(rest.rfind("\n", PASSAGE // 2, PASSAGE), rest.rfind(". ", PASSAGE // 2, PASSAGE) + 1)
        cut = cut if cut > 0 else rest.rfind(" ", PASSAGE // 2, PASSAGE)
        cut = cut if cut > 0 else PASSAGE
        found.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    return found


def passage_of(name: str, content: bytes) -> str:
    """The passage that `E7#2` names, of the content of `E7`; "" when there is none."""
    pieces = passages(content.decode("utf-8", "replace"))
    number = int(name.partition("#")[2] or "1")
    return pieces[number - 1] if 0 < number <= len(pieces) else ""


def verbatim(state: MissionState) -> dict[str, tuple[str, Sha256]]:
    """Branch and content of everything whose words are kept: messages that came in, texts of accepted work."""
    kept = (e for e in state.evidence.values() if e.message and e.blob not in state.erased)
    found = {e.id: (e.branch, e.blob) for e in kept if e.blob}
    for artifact in state.artifacts.values():
        task = state.tasks.get(artifact.task)
        accepted = task is not None and artifact.attempt == task.accepted
        if task is not None and accepted and artifact.media.startswith("text/") and artifact.sha not in state.erased:
            found[artifact.id] = (task.branch, artifact.sha)
    return found


def documents(state: MissionState, contents: Mapping[Sha256, bytes], known: Collection[str]) -> Iterator[Document]:
    """Everything that can be found and is not known yet: `known` are ids of items and sources that were indexed. Items
    that do not hold take no place among what is found.
    """
    for item in state.items.values():
        if item.id not in known and item.status == "active" and item.privacy != "secret":
            yield Document(item.id, item.branch, curated=True, text=f"{item.text} {item.value}", subject=item.subject)
    for name, (branch, sha) in verbatim(state).items():
        if name not in known and (content := contents.get(sha)) is not None:
            for number, text in enumerate(passages(content.decode("utf-8", "replace")), 1):
                yield Document(f"{name}#{number}", branch, curated=False, text=text)
