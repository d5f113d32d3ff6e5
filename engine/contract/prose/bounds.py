"""What a mission may cost and do, read from prose: target, limits, verbs, inputs, the ground of contact. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from engine.contract.model import OUTWARD
from engine.contract.prose import words
from engine.contract.prose.draft import Draft, clause
from engine.contract.prose.sections import Section


def mission(draft: Draft, section: Section) -> None:
    for line, part in section.parts:
        if not draft.mission:
            draft.mission = part.rstrip(". ")[:120]
            draft.took("mission", draft.mission, part, line)
        else:
            draft.leave(part, line, "what the mission is for stands under Target:")


def target(draft: Draft, section: Section) -> None:
    said = " ".join(part for _line, part in section.parts)
    draft.target = f"{draft.target} {said}".strip()[:2000]
    draft.took("target.statement", said, said, section.line)


def budget(draft: Draft, section: Section) -> None:
    for line, part in section.parts:
        for piece in re.split(r",(?!\d{3}\b)|;|\s+and\s+|(?<=[a-z])\.\s+", part):
            _limit(draft, piece.strip(" ."), line)


NOUNS = r"branch(?:es)?|experiments?|channels?|variants?|candidates?|tests?|options?|hypothes[ie]s|tries"
_BRANCHES = re.compile(
    rf"(?i)\b(?:at most |up to |no more than )?(?P<n>{words.NUMBER})\b[\w\s-]{{0,30}}?\b(?:{NOUNS})\b"
)
_ATTEMPTS = re.compile(rf"(?i)\b(?P<n>{words.NUMBER})\s+attempts?\b")
_TOKENS = re.compile(rf"(?i)\b(?P<n>{words.NUMBER})(?P<m>\s?k|\s?m(?:illion)?|\s+thousand)?\s+tokens?\b")
_MINE = re.compile(r"(?i)\b(?:attention|my (?:own )?time|of me|human|people|person|founder|review time)\b")


def _limit(draft: Draft, piece: str, line: int) -> None:
    """One part of a budget."""
    if not piece:
        return
    taken = False
    if (money := words.money(piece)) and "money" not in draft.budget:
        draft.budget["money"] = money.value
        draft.took("budget.money", money.value, money.words, line)
        taken = True
    spans = list(words.durations(piece))
    if spans:
        key = "attention" if _MINE.search(piece) else "time"
        if key not in draft.budget:
            draft.budget[key] = spans[0].value
            draft.took(f"budget.{key}", spans[0].value, piece if key == "attention" else spans[0].words, line)
            taken = True
    for key, pattern in (("tokens", _TOKENS), ("attempts", _ATTEMPTS), ("branches", _BRANCHES)):
        match = pattern.search(piece)
        number = words.count(match["n"]) if match else None
        if match and number and key not in draft.budget and not (key == "branches" and money):
            scale = (match.groupdict().get("m") or "").strip().lower()
            number *= 1000 if scale in {"k", "thousand"} else 1_000_000 if scale.startswith("m") else 1
            draft.budget[key] = str(number)
            draft.took(f"budget.{key}", str(number), match[0], line)
            taken = True
            break
    if not taken:
        draft.leave(piece, line, "a budget limits money, time, attention, branches, attempts and tokens")


def by_mood(sections: Iterable[Section]) -> list[Section]:
    """The same, where each sentence about actions stands under what it says itself: `Never send anything.` below
    `Allowed` allows nothing.
    """
    found = []
    for section in sections:
        if section.name not in {"allowed", "restricted", "forbidden"}:
            found.append(section)
            continue
        for line, part in section.parts:
            for sentence in re.split(r"(?<=[.;!?])\s+", part):
                name = words.mood(sentence) if section.name != "forbidden" else ""
                found.append(Section(name or section.name, section.heading, line, [(line, sentence)]))
    return found


def allowed(draft: Draft, section: Section) -> None:
    _verbs(draft, section, draft.allowed, "actions.allowed")


def restricted(draft: Draft, section: Section) -> None:
    _verbs(draft, section, draft.restricted, "actions.restricted")


def _verbs(draft: Draft, section: Section, to: list[str], clause: str) -> None:
    for line, part in section.parts:
        for entry in words.listed(part):
            found = words.verbs(entry)
            if not found:
                draft.leave(entry, line, "not a verb that is known; declare it under verbs: as inward or outward")
            for verb in found:
                if verb.value in to:
                    continue
                if clause == "actions.allowed" and verb.value in OUTWARD:
                    _outward(draft, verb.value, verb.words, line)
                    continue
                to.append(verb.value)
                draft.took(clause, verb.value, entry, line)


def _outward(draft: Draft, verb: str, said: str, line: int) -> None:
    if verb not in draft.restricted:
        draft.restricted.append(verb)
        draft.took("actions.restricted", f"{verb}, because it leaves the mission", said, line)


def forbidden(draft: Draft, section: Section) -> None:
    for line, part in section.parts:
        for entry in words.listed(part):
            found = words.verbs(entry)
            for verb in found:
                for verbs in (draft.allowed, draft.restricted):
                    if verb.value in verbs:
                        verbs.remove(verb.value)
                draft.took("actions", f"{verb.value} is denied: neither allowed nor restricted", entry, line)
            if not found:
                draft.leave(entry, line, "what no verb names is kept by a criterion of a task, or by a rule")


_FILE = re.compile(r"(?<![\w./-])(?P<path>[\w-][\w./-]{0,200}\.[A-Za-z0-9]{1,5})(?![\w/])")


def inputs(draft: Draft, sections: Iterable[Section], files: Collection[str]) -> None:
    """Files that the text names and that are there."""
    for section in sections:
        for line, part in section.parts:
            for match in _FILE.finditer(part):
                path, name = match["path"], words.slug(match["path"].rpartition("/")[2].partition(".")[0])
                if path in draft.inputs.values() or not name:
                    continue
                if path in files:
                    draft.inputs[name] = path
                    draft.took(f"inputs.{name}", f"{path}, private and untrusted", path, line)
                elif section.name == "inputs":
                    draft.leave(path, line, "there is no such file beside the text; put it there and read again")
        if section.name == "inputs":
            for line, part in section.parts:
                if not _FILE.search(part):
                    draft.leave(part, line, "an input is a file; name it with its ending")


_COUNTRIES = {
    "united states": "US", "usa": "US", "germany": "DE", "france": "FR", "united kingdom": "GB", "uk": "GB",
    "spain": "ES", "italy": "IT", "netherlands": "NL", "austria": "AT", "switzerland": "CH", "canada": "CA",
    "ireland": "IE", "poland": "PL", "sweden": "SE", "india": "IN", "australia": "AU",
}  # fmt: skip


def lawful(draft: Draft, section: Section) -> None:
    entries = words.listed(section.text)
    country = next((_COUNTRIES.get(e.lower(), e if re.fullmatch(r"[A-Z]{2}", e) else "") for e in entries[:1]), "")
    if not country or len(entries) < 3:
        teeth = "say country, basis and source: Contact basis: US, business contact, leads.csv"
        draft.leave(section.text, section.line, teeth)
        return
    source = re.sub(r"(?i)^source\s+", "", entries[-1])
    draft.lawful = {"country": country, "basis": ", ".join(entries[1:-1]), "source": source}
    draft.took("lawful", clause(draft.lawful), section.text, section.line)
