"""What counts as evidence, when it is looked at, and the rules that compare it, read from prose. Pure."""

from __future__ import annotations

import re

from engine.contract.model import OUTWARD
from engine.contract.prose import words
from engine.contract.prose.bounds import NOUNS
from engine.contract.prose.draft import Draft, clause
from engine.contract.prose.sections import Section

_KINDS: tuple[tuple[str, str], ...] = (
    (r"rate|ratio|share|conversion|percent|accuracy", "ratio"),
    (r"quality|score|rating|clarity|satisfaction|sentiment", "score"),
    (r"notes?|comments?|feedback|quotes?|reasons?|learnings?|words", "text"),
    (r"latency|response time|ms|milliseconds", "ms"),
    (r"cost|price|revenue|margin|size", "number"),
    (
        r"calls|replies|sign-?ups?|trials|meetings|bookings|clicks|visits|orders|count|number of|leads|bugs|errors",
        "count",
    ),
)
_LEAST = r"at least|minimum(?: of)?|min(?:imum)? sample(?: of)?|from|of at least|sample of|n\s*[>=]+"
_SAMPLE = re.compile(rf"(?i)\b(?:{_LEAST})\s+(?P<n>{words.NUMBER})\b")


def evidence(draft: Draft, section: Section) -> None:
    for line, part in section.parts:
        for entry in words.listed(re.sub(r"(?<=\d),(?=\d{3})", "", part)):
            said = re.sub(r"\(.*?\)", " ", entry)
            sample = _SAMPLE.search(entry)
            name = words.slug(_SAMPLE.sub(" ", said).split(":")[0].split(" from ")[0])
            if sample and not name.strip("_"):
                continue
            unit = next((u for pattern, u in _KINDS if re.search(rf"(?i)\b(?:{pattern})\b", said)), "")
            if not name or len(name.split("_")) > 5 or not unit:
                teeth = "a metric has a unit (ratio, count, score, number, ms, text) and a producer"
                draft.leave(entry, line, teeth)
                continue
            draft.evidence[name] = {"unit": unit, "from": _producer(draft, name, unit, entry)}
            number = words.count(sample["n"]) if sample else None
            if number:
                draft.evidence[name]["min_sample"] = str(number)
            draft.took(f"evidence.{name}", clause(draft.evidence[name]), entry, line)


def _producer(draft: Draft, name: str, unit: str, entry: str) -> str:
    said = entry.lower()
    if re.search(r"\b(?:inbox|mailbox|mail)\b", said) or (name.startswith("reply_rate") and "send" in draft.restricted):
        return "inbox"
    for word, producer in (("csv", "csv"), ("spreadsheet", "csv"), ("analytics", "csv"), ("command", "command")):
        if word in said:
            return producer
    if unit == "score" and "reviewer" in draft.roles:
        return "reviewer"
    return "human"


def cadence(draft: Draft, section: Section) -> None:
    for line, part in section.parts:
        found = words.often(part)
        if found is None:
            draft.leave(part, line, "say how often: every two days")
            continue
        named = [name for name in draft.evidence if re.search(rf"(?i)\b{name.replace('_', '[ _-]')}\b", part)]
        checked = named or [name for name, clause in draft.evidence.items() if clause["unit"] != "text"]
        if not checked:
            draft.leave(part, line, "say under Evidence: what is looked at")
            continue
        cadence = {"check": ", ".join(checked), "every": found.value}
        if time := words.clock(part):
            cadence["at"] = time.value
        after = re.search(r"(?i)\bafter\s+(.*)", part)
        verb = next((verb.value for verb in words.verbs(after[1]) if verb.value in OUTWARD), "") if after else ""
        if verb:
            cadence["after"] = verb
        window = re.search(r"(?i)\bfor\s+(.*)", part)
        lasts = next(words.durations(window[1]), None) if window else None
        if lasts:
            cadence["for"] = lasts.value
        draft.cadence.append(cadence)
        draft.took("cadence", clause(cadence), part, line)


_COMPARE: tuple[tuple[str, str], ...] = (
    (r"at least|or more|no less than|>=|reaches|reach", ">="),
    (r"at most|or less|no more than|<=", "<="),
    (r"below|under|less than|fewer than|lower than|drops? below|falls? below|<", "<"),
    (r"above|over|more than|exceeds?|higher than|greater than|>", ">"),
)
_EXHAUSTED = re.compile(
    r"(?i)\bbudget\b.*\b(?:exhausted|spent|gone|used up|runs? out|over)\b|\bout of (?:money|budget)\b"
)
_NONE = re.compile(
    rf"(?i)\b(?:no|none of the|not one|every|all)\b[\w\s]{{0,20}}?\b(?:{NOUNS})\b.*\b(?:signal|works?|wins?|kept|left|"
    r"fails?|failed|pruned|better|improves?|beats?)\b"
)
_KEEP, _PRUNE = (
    re.compile(r"(?i)\b(?:keep|kept|win)\b"),
    re.compile(r"(?i)\b(?:prune|drop|give up|abandon|discard|kill)\b"),
)
_EXTEND = re.compile(r"(?i)\b(?:extend|one more window|wait longer)\b")


def rules(draft: Draft, section: Section) -> None:
    for line, part in section.parts:
        for sentence in re.split(r"(?<=[a-z0-9%])[.;]\s+|;\s*|\n", part):
            if sentence.strip(" ."):
                _rule(draft, sentence.strip(" ."), line, section)


def _rule(draft: Draft, said: str, line: int, section: Section) -> None:
    if _EXHAUSTED.search(said):
        draft.stop.append(("mission.exhausted", "stop", "the budget is exhausted"))
        draft.took("stop", "mission.exhausted", said, line)
        said = _rest(said)
        if not said:
            return
    count = draft.budget.get("branches")
    if _NONE.search(said) and not _threshold(draft, said) and (count or draft.branches):
        least = count or str(len(draft.branches))
        when = f"mission.branches.tried >= {least} && mission.branches.alive == 0 && mission.branches.kept == 0"
        draft.stop.append((when, "stop", said[:200]))
        draft.took("stop", when, said, line)
        return
    condition = _threshold(draft, said)
    heading = section.heading.lower()
    then = "keep" if _KEEP.search(said) or (heading == "keep" and not _PRUNE.search(said)) else ""
    then = then or ("prune" if _PRUNE.search(said) or heading == "prune" else "extend" if _EXTEND.search(said) else "")
    if condition and then:
        draft.judge.append((f"branch.{condition}", then, said[:200]))
        draft.took("judge", f"{then} when branch.{condition}", said, line)
    elif condition and section.name == "stop":
        draft.stop.append((f"mission.{condition}", "stop", said[:200]))
        draft.took("stop", f"mission.{condition}", said, line)
    else:
        teeth = "a rule compares a metric with a figure: keep a branch when the reply rate is at least 8%"
        draft.leave(said, line, teeth)


def _rest(said: str) -> str:
    """What a sentence says besides the budget: `..., or no channel shows signal`."""
    parts = [part for part in re.split(r"(?i),?\s+or\s+|,", said) if part.strip() and not _EXHAUSTED.search(part)]
    return " or ".join(part.strip() for part in parts if re.search(r"[a-z]{3,}\s+[a-z]{2,}", part))


def _threshold(draft: Draft, said: str) -> str:
    """`reply_rate < 0.05`, where a sentence compares a metric of the evidence with a figure; empty otherwise."""
    for name, metric in draft.evidence.items():
        match = re.search(rf"(?i)\b{name.replace('_', '[ _-]')}s?\b(?P<rest>.*)", said)
        if not match or metric["unit"] == "text":
            continue
        rest = match["rest"]
        sign = next((sign for pattern, sign in _COMPARE if re.search(rf"(?i)(?:{pattern})", rest)), "")
        share = words.percent(rest)
        number = re.search(r"\d{1,9}(?:\.\d{1,6})?", rest)
        if share and metric["unit"] not in {"count", "ms"}:
            value = share.value
        elif number:
            value = number[0]
        else:
            continue
        if sign:
            exact = value if "." in value or metric["unit"] == "count" else f"{value}.0"
            return f"{name} {sign} {exact}"
    return ""
