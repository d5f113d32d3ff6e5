"""What was tried and what is known: evidence, pruned branches, learnings, decisions, and what comes next. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from engine.receipt.page.charts import Row, edges, intervals
from engine.receipt.page.nodes import Html, Node, element, foreign, join
from engine.receipt.page.parts import NONE, Section, branch, digest, listed, note, section, state, table, title
from engine.receipt.text import number, plural, share, span, when
from engine.values import money


def branches(receipt: Section, names: Mapping[str, str]) -> Node:
    """Every experiment, with its verdict and reason."""
    rows: list[list[Node]] = [
        [
            join([element("strong", names[b["id"]]), element("p", b["hypothesis"])]),
            state(b["state"]),
            money(b["spent_micro_usd"]),
            money(b["budget_micro_usd"]) if b["budget_micro_usd"] else NONE,
            b["reason"] or NONE,
        ]
        for b in tried(receipt)
    ]
    made = table(["branch and its hypothesis", "verdict", "spent", "budget", "because"], rows, right=(2, 3))
    return join([title("Branches"), made]) if rows else None


def tried(receipt: Section) -> list[Section]:
    """The branches that are experiments: not the root."""
    return [b for b in receipt["work"]["branches"] if b["parent"] or b["hypothesis"]]


def evidence(receipt: Section, names: Mapping[str, str]) -> Html:
    """Metrics by branch with sample and interval, entries with their grade, conditions as evaluated last."""
    told = receipt["evidence"]
    if not told["metrics"] and not told["entries"]:
        return section(7, "evidence", "What is known?", note("No evidence came in."))
    return section(
        7, "evidence", "What is known?",
        *_charts(receipt, names), _metrics(told, names), _entries(told, names), _conditions(told, names),
    )  # fmt: skip


def _charts(receipt: Section, names: Mapping[str, str]) -> list[Node]:
    states = {b["id"]: b["state"] for b in receipt["work"]["branches"]}
    ratios: dict[str, list[Row]] = {}
    for m in receipt["evidence"]["metrics"]:
        if m["unit"] == "ratio":
            name = names.get(m["branch"], m["branch"])
            row = Row(name, states.get(m["branch"], ""), m["k"], m["n"], m["known"])
            ratios.setdefault(m["metric"], []).append(row)
    return [intervals(metric, rows, edges(metric, receipt["contract"]["judge"])) for metric, rows in ratios.items()]


def _metrics(told: Section, names: Mapping[str, str]) -> Node:
    rows: list[list[Node]] = [
        [
            branch(names, m["branch"]),
            m["metric"],
            share(m["k"], m["n"]) if m["unit"] == "ratio" else m["value"] or NONE,
            m["unit"],
            number(m["count"]),
            "yes" if m["known"] else f"no, needs {number(m['min_sample'])}",
        ]
        for m in told["metrics"]
        if m["unit"] != "text"
    ]
    return table(["branch", "metric", "measured (95% interval)", "unit", "entries", "enough"], rows, right=(4,))


def _entries(told: Section, names: Mapping[str, str]) -> Node:
    grades = Counter(entry["grade"] for entry in told["entries"])
    rows: list[list[Node]] = [
        [
            entry["id"],
            branch(names, entry["branch"]),
            entry["metric"],
            _value(entry),
            entry["source"],
            entry["grade"],
            when(entry["at"]),
        ]
        for entry in told["entries"]
    ]
    said = ", ".join(f"{count} {grade}" for grade, count in grades.items())
    made = table(["entry", "branch", "metric", "said", "source", "grade", "at (UTC)"], rows)
    grade = "claimed: its worker says so; checked: the engine verified it; external: it came from outside."
    return join([title(f"Entries: {said}"), made, note(grade)]) if rows else None


def _value(entry: Section) -> Node:
    value = entry["value"]
    if isinstance(value, Mapping):
        return join([share(value["k"], value["n"]), " " if entry["note"] else None, foreign(entry["note"])])
    said = " · ".join(part for part in (entry["message"], str(value or ""), entry["note"]) if part)
    return foreign(said) or NONE


def _conditions(told: Section, names: Mapping[str, str]) -> Node:
    latest = {(c["clause"], c["branch"]): c for c in told["conditions"]}
    rows: list[list[Node]] = [
        [
            c["clause"],
            names.get(c["branch"], "mission"),
            element("code", c["expression"]),
            c["outcome"],
            ", ".join(f"{name} = {value}" for name, value in c["facts"].items()) or NONE,
        ]
        for c in latest.values()
    ]
    count = plural(len(told["conditions"]), "evaluation")
    made = table(["clause", "of", "condition", "outcome", "facts it saw"], rows)
    return join([title(f"Conditions as they were evaluated last, of {count}"), made]) if rows else None


def pruned(receipt: Section) -> Html:
    """Branches that were given up, and what that cost and taught."""
    told = receipt["pruned"]
    rows: list[list[Node]] = [
        [
            join([element("strong", p["key"]), element("p", p["hypothesis"])]),
            p["reason"] or NONE,
            p["clause"] or NONE,
            money(p["spent_micro_usd"]),
            money(p["released_micro_usd"]),
        ]
        for p in told
    ]
    head = ["branch and its hypothesis", "because", "clause", "spent", "given back"]
    made = table(head, rows, right=(3, 4)) or note("No branch was pruned.")
    return section(8, "pruned", "What was given up, and why?", made)


def learnings(receipt: Section) -> Html:
    """What the mission inferred; the rules that people made stand with the contract."""
    told = [entry for entry in receipt["learnings"] if entry["kind"] == "learning"]
    rows: list[list[Node]] = [[e["id"], foreign(e["text"]), e["origin"] or NONE, e["status"]] for e in told]
    made = table(["learning", "in the words of whoever inferred it", "from", "status"], rows)
    return section(9, "learnings", "What was learned?", made or note("Nothing was learned that was written down."))


def decisions(receipt: Section) -> Html:
    """Who decided what, on which bytes, and how long it had waited."""
    rows: list[list[Node]] = [
        [
            when(d["at"]),
            d["who"] + (" (script)" if d["scripted"] else ""),
            d["what"] + (f", except {len(d['excepted'])}" if d["excepted"] else ""),
            d["subject"],
            digest(d["digest"], 8),
            span(d["waited_ms"]),
            d["text"] or NONE,
        ]
        for d in receipt["decisions"]
    ]
    head = ["at (UTC)", "who", "what", "subject", "digest", "waited", "in their words"]
    made = table(head, rows, right=(5,)) or note("No human has decided anything yet.")
    return section(10, "decisions", "Who decided what?", made)


def after(receipt: Section) -> Html:
    """What plain rules recommend, and what is still open."""
    told = receipt["next"]
    why = f": {told['why']}" if told["why"] else ""
    items = receipt["work"]["items"]
    assumed = [i for i in items if i["kind"] == "assumption" and i["status"] == "active"]
    parts: tuple[tuple[str, list[Node]], ...] = (
        ("Waiting for you", [f"{w['id']} · {w['kind']} · {w['title']}" for w in told["waiting_for_you"]]),
        ("Open doubts", [f"{d['id']} · {d['verb']} · {d['reason']}" for d in told["open_doubts"]]),
        ("Open questions", [join([foreign(q["text"]), f" {q['id']}"]) for q in told["open_questions"]]),
        ("Assumptions that nobody checked", [join([foreign(i["text"]), f" {i['id']}"]) for i in assumed]),
    )
    return section(
        11, "next", "What next?",
        element("p", element("strong", told["recommendation"]), f"{why}."),
        *(join([title(name), listed(entries)]) for name, entries in parts if entries),
        note("By plain rules from the mission's state; no model was asked."),
    )  # fmt: skip
