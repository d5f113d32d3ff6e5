"""`markdown(receipt)`: a receipt for people. Complete enough to review a mission by, calm enough to read to the end.

Works from the JSON alone. Every text that somebody else wrote passes through `text.safe`; figures are formatted, never
computed with floats. The JSON is the truth: what a table cuts or leaves out stands there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from engine.receipt.account import reconcile
from engine.receipt.limits import limits
from engine.receipt.shape import reading
from engine.receipt.text import STATES, number, percent, plural, safe, share, span, table, when
from engine.receipt.waste import beside, costs, lost, words
from engine.rules.rows import tally
from engine.values import money

Section = Mapping[str, Any]
GLYPHS = {"kept": "✓ kept", "pruned": "✕ pruned", "open": "● open", "waiting": "◷ waiting", "parked": "‖ parked"}
TAIL = 40
"""So many rows of the longest tables are printed; the JSON has them all."""


def markdown(receipt: dict[str, Any]) -> str:
    """The receipt as Markdown. Raises `BadInputError` when it is not a receipt of this schema."""
    with reading(receipt):
        names = {branch["id"]: safe(branch["key"]) for branch in receipt["work"]["branches"]}
        parts = [
            _head(receipt),
            _figures(receipt),
            _next(receipt["next"]),
            _branches(receipt, names),
            _evidence(receipt["evidence"], names),
            _effects(receipt["work"], names),
            _spend(receipt["spend"], names),
            _waste(receipt["spend"]),
            _work(receipt, names),
            _decisions(receipt["decisions"]),
            _learnings(receipt["learnings"]),
            _artifacts(receipt["artifacts"]),
            _contract(receipt["contract"]),
            _integrity(receipt),
        ]
        return "\n".join(line for part in parts if part for line in [*part, ""]).rstrip() + "\n"


# -- the top


def _head(receipt: Section) -> list[str]:
    mission = receipt["mission"]
    label = " — REHEARSED" if mission["rehearsed"] else ""
    lines = [f"# {safe(mission['title'])}{label}", "", _outcome(receipt)]
    if mission["rehearsed"]:
        lines += [
            "",
            "*Rehearsed: the workers, the clock and what was measured are made up. Nothing left the machine.*",
        ]
    return [*lines, "", f"> {safe(mission['target'])}"]


def _outcome(receipt: Section) -> str:
    """One sentence: how it stands, why, what came of it, and what it cost."""
    mission, spent = receipt["mission"], receipt["spend"]
    verb = STATES.get(mission["state"], f"is {safe(mission['state'])}")
    because = f": {safe(mission['because'])}" if mission["because"] else ""
    tried = [b for b in receipt["work"]["branches"] if b["parent"] or b["hypothesis"]]
    kept = [safe(b["key"]) for b in tried if b["state"] == "kept"]
    result = ""
    if tried:
        result = f" Of {len(tried)} {'branch' if len(tried) == 1 else 'branches'}, "
        result += f"{len(kept)} {'was' if len(kept) == 1 else 'were'} kept" + (
            f" ({', '.join(kept)})." if kept else "."
        )
    cost = f" It {'has ' if mission['ended_at'] is None else ''}cost {money(spent['total_micro_usd'])}"
    return f"**The mission {verb}**{because}.{result}{cost} of {money(spent['budget_micro_usd'])}."


def _figures(receipt: Section) -> list[str]:
    mission, spent, counts = receipt["mission"], receipt["spend"], receipt["work"]["counts"]
    end = mission["ended_at"] or mission["as_of"]
    took = span(end - mission["started_at"]) if mission["started_at"] else "—"
    waited = sum(decision["waited_ms"] for decision in receipt["decisions"])
    left = spent["budget_micro_usd"] - spent["total_micro_usd"] - spent["reserved_micro_usd"]
    tasks, attempts, effects = counts["tasks"], counts["attempts"], counts["effects"]
    rows = [
        [
            "spent",
            money(spent["total_micro_usd"]),
            f"{money(spent['reserved_micro_usd'])} reserved, {money(left)} left",
        ],
        ["time", took, f"{when(mission['started_at'])} to {when(end)} UTC"],
        ["tasks accepted", number(tasks.get("accepted", 0)), f"of {sum(tasks.values())}" + _rest(tasks, "accepted")],
        ["attempts", f"{sum(attempts.values())}", _counted(attempts)],
        ["sent", number(effects.get("done", 0)), f"of {sum(effects.values())} proposed" + _rest(effects, "done")],
        ["decisions", f"{len(receipt['decisions'])}", f"waited {span(waited)} in all"],
    ]
    if spent["over_micro_usd"]:
        rows.insert(1, ["over budget", money(spent["over_micro_usd"]), "spent and reserved beyond the budget"])
    return table(["", "figure", ""], rows, right=[1])


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number(count)} {safe(name)}" for name, count in counts.items()) or "none"


def _rest(counts: Mapping[str, int], but: str) -> str:
    rest = {name: count for name, count in counts.items() if name != but}
    return f" ({_counted(rest)})" if rest else ""


def _next(after: Section) -> list[str]:
    why = f": {safe(after['why'])}" if after["why"] else ""
    lines = ["## What next", "", f"**{safe(after['recommendation'])}**{why}."]
    lists = (
        (
            "Waiting for you",
            [f"{safe(w['id'])} · {safe(w['kind'])} · {safe(w['title'])}" for w in after["waiting_for_you"]],
        ),
        ("Open doubts", [f"{safe(d['id'])} · {safe(d['verb'])} · {safe(d['reason'])}" for d in after["open_doubts"]]),
        ("Open questions", [f"{safe(q['text'])} ({safe(q['id'])})" for q in after["open_questions"]]),
    )
    for title, entries in lists:
        if entries:
            lines += ["", f"{title}:", "", *(f"- {entry}" for entry in entries)]
    return lines


# -- what was tried and what is known


def _branches(receipt: Section, names: Mapping[str, str]) -> list[str]:
    tried = [b for b in receipt["work"]["branches"] if b["parent"] or b["hypothesis"]]
    if not tried:
        return []
    lines = ["## Branches", ""]
    rows = [
        [
            names[b["id"]],
            GLYPHS.get(b["state"], safe(b["state"])),
            money(b["spent_micro_usd"]),
            money(b["budget_micro_usd"]) if b["budget_micro_usd"] else "—",
            safe(b["reason"]) or "—",
        ]
        for b in tried
    ]
    lines += table(["branch", "verdict", "spent", "budget", "because"], rows, right=[2, 3])
    return [*lines, "", *(f"- **{names[b['id']]}**: {safe(b['hypothesis'])}" for b in tried if b["hypothesis"])]


def _evidence(evidence: Section, names: Mapping[str, str]) -> list[str]:
    if not evidence["metrics"] and not evidence["entries"]:
        return ["## Evidence", "", "None came in."]
    lines = ["## Evidence", ""]
    rows = [
        [
            names.get(m["branch"], safe(m["branch"])),
            safe(m["metric"]),
            share(m["k"], m["n"]) if m["unit"] == "ratio" else safe(m["value"]) or "—",
            number(m["count"]),
            "yes" if m["known"] else f"no, needs {number(m['min_sample'])}",
        ]
        for m in evidence["metrics"]
        if m["unit"] != "text"
    ]
    lines += table(["branch", "metric", "measured (95% interval)", "entries", "enough"], rows, right=[3])
    texts = {m["metric"] for m in evidence["metrics"] if m["unit"] == "text"}
    said = [entry for entry in evidence["entries"] if entry["metric"] in texts and isinstance(entry["value"], str)]
    if said:
        lines += [
            "",
            *(f"- {safe(e['metric'])}, {names.get(e['branch'], safe(e['branch']))}: {safe(e['value'])}" for e in said),
        ]
    grades = Counter(entry["grade"] for entry in evidence["entries"])
    lines += ["", f"Entries by grade: {_counted(grades)}."]
    latest = {(c["clause"], c["branch"]): c for c in evidence["conditions"]}
    if latest:
        lines += [
            "",
            f"Conditions as they were evaluated last ({plural(len(evidence['conditions']), 'evaluation')} in all):",
            "",
        ]
        rows = [
            [
                safe(c["clause"]),
                names.get(c["branch"], "mission"),
                safe(c["expression"]),
                safe(c["outcome"]),
                ", ".join(f"{safe(name)} = {safe(value)}" for name, value in c["facts"].items()) or "—",
            ]
            for c in list(latest.values())[:TAIL]
        ]
        lines += table(["clause", "of", "condition", "outcome", "facts"], rows)
    return lines


# -- what left the mission


def _effects(work: Section, names: Mapping[str, str]) -> list[str]:
    effects, refused = work["effects"], work["refused"]
    if not effects and not refused:
        return ["## Sent", "", "Nothing was to leave the mission."]
    keys = ("verb", "connector", "branch", "state", "approved_by")
    groups = Counter(tuple(effect[key] for key in keys) for effect in effects)
    rows = [
        [
            str(count),
            f"{safe(verb)} via {safe(connector)}",
            names.get(branch, safe(branch)),
            safe(state),
            safe(by) or ("—" if state != "done" else "not known"),
        ]
        for (verb, connector, branch, state, by), count in groups.items()
    ]
    lines = ["## Sent", ""]
    if rows:
        lines += table(["count", "what", "branch", "state", "approved by"], rows, right=[0])
    if refused:
        codes = Counter(entry["code"] for entry in refused)
        lines += ["", f"Refused before anybody was asked: {_counted(codes)}."]
    return lines


# -- money and work


def _spend(spent: Section, names: Mapping[str, str]) -> list[str]:
    lines = ["## Spend", ""]
    if not spent["lines"]:
        return [*lines, "Nothing was charged.", *limits(spent)]
    total, counts = spent["total_micro_usd"], len(spent["lines"])
    if not total and not any(line["micro_usd"] for line in spent["lines"]):
        free = f"{plural(counts, 'charge')}, all of them free; {money(spent['unattributed'])} unattributed."
        return [*lines, free, *limits(spent)]
    known = sum(line["basis"] == "reservation" for line in spent["lines"])
    for name in ("branch", "role", "model", "purpose", "outcome"):
        figures = spent["rollups"][name]
        ranked = sorted(figures.items(), key=lambda entry: (-entry[1], entry[0]))
        rows = [[names.get(key, safe(key)) or "none", money(amount), percent(amount, total)] for key, amount in ranked]
        lines += [*table([f"by {name}", "spent", "share"], [*rows, ["**total**", money(total), ""]], right=[1, 2]), ""]
    lines.append(f"{plural(counts, 'charge')}; {money(spent['unattributed'])} unattributed.")
    if known:
        lines[-1] += f" {known} charged at the reservation, because nobody knew the usage."
    return [*lines, *limits(spent)]


def _waste(spent: Section) -> list[str]:
    told, total = spent.get("waste"), spent["total_micro_usd"]
    if told is None or not total:
        return []
    head = ["what came of it", "attempts", "spent", "share"]
    figures = [f"{name} {money(cost)}" for name, cost in costs(told, total)]
    return [
        f"Of which nothing came: {money(lost(told))}, {percent(lost(told), total)}.",
        "",
        *table(head, words(told, total), right=[1, 2, 3]),
        *(["", f"Per {', per '.join(figures)}."] if figures else []),
        "",
        *(f"{line}.  " for line in beside(told)),
    ]


def _work(receipt: Section, names: Mapping[str, str]) -> list[str]:
    tasks, workforce, counts = receipt["work"]["tasks"], receipt["workforce"], receipt["work"]["counts"]
    if not tasks:
        return []
    rows = [
        [
            safe(t["id"]),
            safe(t["title"]),
            names.get(t["branch"], safe(t["branch"])),
            safe(t["role"]),
            safe(t["state"]),
            number(t["attempts"]),
            money(t["spent_micro_usd"]),
        ]
        for t in tasks[:TAIL]
    ]
    lines = ["## Work", "", *table(["task", "title", "branch", "role", "state", "tries", "spent"], rows, right=[5, 6])]
    if len(tasks) > TAIL:
        lines += ["", f"And {len(tasks) - TAIL} more."]
    if counts["lost"] or counts["superseded"]:
        late = f"{number(counts['superseded'])} came late and changed nothing"
        lines += ["", f"{plural(counts['lost'], 'attempt')} lost; {late}."]
    rows = [
        [safe(w["worker"]), number(w["attempts"]), number(w["delivered"]), money(w["spent_micro_usd"])]
        for w in workforce["workers"]
    ]
    if rows:
        lines += ["", *table(["worker", "attempts", "delivered", "spent"], rows, right=[1, 2, 3])]
    if workforce["models"]:
        lines += ["", "Models: " + ", ".join(safe(m["model"]) for m in workforce["models"]) + "."]
    used = [tool for tool in workforce["tools"] if tool.get("calls") or tool.get("refused") or tool.get("without")]
    if used:
        rows = [
            [safe(t["tool"]), safe(t["way"]), *(number(t[key]) for key in ("calls", "failed", "refused", "without"))]
            for t in used
        ]
        head = ["tool", "provided by", "calls", "failed", "refused", "attempts without"]
        lines += ["", *table(head, rows, right=[2, 3, 4, 5])]
    lines += [
        f"\n{plural(tool['unknown'], 'call')} of {safe(tool['tool'])}: unknown outcome, begun and not heard of again."
        for tool in workforce["tools"]
        if tool.get("unknown")
    ]
    if asked := [one["pulled"] for one in workforce["packages"] if one.get("pulled")]:
        told = plural(sum(one["items"] for one in asked), "item")
        size = number(sum(one["tokens"] for one in asked))
        lines.append(f"\n{plural(len(asked), 'attempt')} asked for {told} beside the package, {size} tokens in all.")
    return lines


# -- people and what was learned


def _decisions(decisions: list[Section]) -> list[str]:
    if not decisions:
        return ["## Decisions", "", "No human has decided anything yet."]
    rows = [
        [
            when(d["at"]),
            safe(d["who"]) + (" (script)" if d["scripted"] else ""),
            safe(d["what"]) + (f", except {len(d['excepted'])}" if d["excepted"] else ""),
            safe(d["subject"]),
            safe(d["digest"][:8]) or "—",
            span(d["waited_ms"]),
            safe(d["text"], 200) or "—",
        ]
        for d in decisions
    ]
    head = ["at (UTC)", "who", "what", "subject", "digest", "waited", "in their words"]
    return ["## Decisions", "", *table(head, rows, right=[5])]


def _fared(entry: Section) -> str:
    """How often a rule was checked and what came of it; what a learning rests on."""
    if entry["kind"] == "rule":
        return f": {tally(entry)}" if "checked" in entry else ""
    return f", rests on {safe(', '.join(entry['evidence'][:5]))}" if entry.get("evidence") else ""


def _learnings(learnings: list[Section]) -> list[str]:
    if not learnings:
        return []
    words = {"rule": "**rule** ", "learning": ""}
    return [
        "## Learnings",
        "",
        *(
            f"- {words.get(entry['kind'], '')}{safe(entry['text'])} ({safe(entry['id'])}"
            + (")" if entry["status"] == "active" else f", {safe(entry['status'])})")
            + _fared(entry)
            for entry in learnings
        ),
    ]


def _artifacts(artifacts: list[Section]) -> list[str]:
    if not artifacts:
        return []
    rows = [
        [safe(a["name"]), number(a["bytes"]), safe(a["sha"][:12]), safe(a["task"]), "yes" if a["accepted"] else "no"]
        for a in artifacts[:TAIL]
    ]
    lines = ["## Files", "", *table(["file", "bytes", "sha256", "task", "accepted"], rows, right=[1])]
    return lines + (["", f"And {len(artifacts) - TAIL} more."] if len(artifacts) > TAIL else [])


# -- the foot


def _contract(contract: Section) -> list[str]:
    lines = ["## Contract", "", f"Revision {number(contract['rev'])}, digest {safe(contract['digest'][:12])}."]
    if contract["amendments"]:
        changed = [
            [number(made["rev"]), *(safe(text) or "—" for text in (made["actor"], c["path"], c["before"], c["after"]))]
            for made in contract["amendments"]
            for c in made["changes"]
        ]
        lines += ["", *table(["rev", "by", "clause", "before", "after"], changed)]
    if contract["sections"]:
        rows = [
            [safe(s["section"]), "✓ filled" if s["filled"] else "! not filled", safe(s["where"]) or "—", safe(s["why"])]
            for s in contract["sections"]
        ]
        lines += ["", *table(["demanded", "", "stands in", "why"], rows)]
    return lines


def _integrity(receipt: Section) -> list[str]:
    integrity = receipt["integrity"]
    faults = reconcile(receipt)
    adds_up = "adds up to the micro-dollar" if not faults else f"does not add up: {safe(faults[0])}"
    policies = ", ".join(safe(policy) for policy in integrity["policies"].values())
    place = f"{safe(receipt['mission']['id'])} at height {number(integrity['height'])}"
    gone = len(integrity["erased"])
    erased = [f"{plural(gone, 'content')} erased: {safe(integrity['erased'][0]['because'])}  "] if gone else []
    return [
        "---",
        "",
        *erased,
        f"{place} · {adds_up} · {policies}  ",
        f"head {safe(integrity['head_hash'])}",
    ]
