"""What was promised, done, paid and made: contract, work, workforce, spend, artifacts. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from engine.receipt.limits import quantity, whose
from engine.receipt.page.charts import bar, by_day
from engine.receipt.page.findings import branches
from engine.receipt.page.nodes import Html, Node, element, foreign, join
from engine.receipt.page.parts import NONE, Section, branch, digest, note, section, shares, state, table, title
from engine.receipt.text import number, percent, plural, span
from engine.receipt.waste import WORDS, beside, costs, lost
from engine.rules.rows import tally
from engine.values import money


def contract(receipt: Section) -> Html:
    """The boundary: limits, verbs, rules, inputs, amendments, and the sections that it demanded."""
    told, mission = receipt["contract"], receipt["mission"]
    return section(
        2, "contract", "What was it bound by?",
        element("p", f"Revision {number(told['rev'])} of the contract, digest ", digest(told["digest"]), "."),
        _limits(receipt), _clauses(receipt), _rules(receipt), _lawful(told), _inputs(told),
        _amendments(told), _sections(told),
        note(f"Met when {mission['met_when']}.") if mission["met_when"] else None,
    )  # fmt: skip


def _limits(receipt: Section) -> Node:
    told = receipt["contract"]
    budget, spent = told["budget"], receipt["spend"]
    verbs = told["actions"]
    rows: list[list[Node]] = [["money", money(budget["money_micro_usd"]), f"{money(spent['total_micro_usd'])} spent"]]
    if budget["time_ms"]:
        rows.append(["time", span(budget["time_ms"]), ""])
    if budget["attention_ms"]:
        looked = spent.get("waste", {}).get("human", {}).get("looked_ms")
        rows.append(["attention", span(budget["attention_ms"]), "" if looked is None else f"{span(looked)} used"])
    if budget["branches"] is not None:
        rows.append(["branches", number(budget["branches"]), ""])
    if budget["attempts"] is not None:
        rows.append(["attempts", number(budget["attempts"]), f"{len(receipt['work']['attempts'])} made"])
    rows.append(["allowed", ", ".join(verbs["allowed"]) or "nothing", "done without asking"])
    rows.append(["restricted", ", ".join(verbs["restricted"]) or "nothing", "each waits for an approval of its bytes"])
    return table(["limit", "at most", ""], rows)


def _clauses(receipt: Section) -> Node:
    told = receipt["contract"]
    seen: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for one in receipt["evidence"]["conditions"]:
        seen[one["clause"]] += 1
        held[one["clause"]] += one["outcome"] == "true"
    rows: list[list[Node]] = [
        [
            f"{kind}[{place}]",
            element("code", rule["when"]),
            rule["then"],
            rule["because"],
            str(seen[f"{kind}[{place}]"]),
            str(held[f"{kind}[{place}]"]),
        ]
        for kind in ("judge", "stop")
        for place, rule in enumerate(told[kind])
    ]
    made = table(["clause", "when", "then", "because", "evaluated", "true"], rows, right=(4, 5))
    return join([title("Rules of the contract"), made]) if rows else None


def _rules(receipt: Section) -> Node:
    rules = [entry for entry in receipt["learnings"] if entry["kind"] == "rule"]
    rows: list[list[Node]] = [[r["id"], r["text"], r["origin"] or NONE, r["status"], _fared(r)] for r in rules]
    made = table(["rule", "as people put it", "from", "status", "how it fared"], rows)
    return join([title(f"Rules in force: {sum(r['status'] == 'active' for r in rules)}"), made]) if rows else None


def _fared(rule: Section) -> Node:
    return f"{rule['checks']}; {tally(rule)}" if "checked" in rule else NONE


def _lawful(told: Section) -> Node:
    if not told["lawful"]:
        return None
    lawful = told["lawful"]
    return note(f"Contact: {lawful['country']}, {lawful['basis']}; source {lawful['source']}.")


def _inputs(told: Section) -> Node:
    rows: list[list[Node]] = [
        [i["name"], i["filename"], number(i["bytes"]), i["privacy"], i["trust"], digest(i["sha"])]
        for i in told["inputs"]
    ]
    made = table(["input", "file", "bytes", "privacy", "trust", "sha256"], rows, right=(2,))
    return join([title("Inputs"), made]) if rows else None


def _amendments(told: Section) -> Node:
    rows: list[list[Node]] = [
        [number(a["rev"]), a["actor"], c["path"], c["before"] or NONE, c["after"] or NONE]
        for a in told["amendments"]
        for c in a["changes"]
    ]
    made = table(["rev", "by", "clause", "before", "after"], rows)
    return join([title("Amendments"), made]) if rows else None


def _sections(told: Section) -> Node:
    rows: list[list[Node]] = [
        [
            s["section"],
            element("span", "✓ filled" if s["filled"] else "! not filled", class_="w" if s["filled"] else "wrong"),
            s["where"] or NONE,
            s["why"],
        ]
        for s in told["sections"]
    ]
    made = table(["demanded of this receipt", "", "stands in", "why"], rows)
    return join([title("Demanded sections"), made]) if rows else None


# -- work


def work(receipt: Section, names: Mapping[str, str]) -> Html:
    """Branches, tasks, and everything that was to leave the mission."""
    told = receipt["work"]
    failed = [a for a in told["attempts"] if a["reason"]]
    rows: list[list[Node]] = [
        [
            t["id"],
            t["title"],
            branch(names, t["branch"]),
            t["role"],
            state(t["state"]),
            number(t["attempts"]),
            money(t["spent_micro_usd"]),
        ]
        for t in told["tasks"]
    ]
    head = ["task", "title", "branch", "role", "state", "attempts", "spent"]
    ended: list[list[Node]] = [[a["id"], state(a["state"]), foreign(a["reason"])] for a in failed]
    return section(
        3, "work", "What was done?",
        branches(receipt, names),
        join([title("Tasks"), table(head, rows, right=(5, 6))]) if rows else note("Nothing was planned."),
        join([title("Attempts that ended for a reason"), table(["attempt", "", "reason"], ended)]) if ended else None,
        _outward(told, names),
    )  # fmt: skip


def _outward(told: Section, names: Mapping[str, str]) -> Node:
    effects, refused = told["effects"], told["refused"]
    if not effects and not refused:
        return join([title("Sent"), note("Nothing was to leave the mission.")])
    rows: list[list[Node]] = [
        [
            e["id"],
            f"{e['verb']} via {e['connector']}",
            branch(names, e["branch"]),
            state(e["state"]),
            e["approved_by"] or NONE,
            digest(e["digest"], 8),
            foreign(e["reason"]) or NONE,
        ]
        for e in effects
    ]
    head = ["effect", "what", "branch", "state", "approved by", "digest", "reason"]
    codes = Counter(entry["code"] for entry in refused)
    said = ", ".join(f"{count} {code}" for code, count in codes.items())
    done = sum(e["state"] == "done" for e in effects)
    return join(
        [
            title(f"To leave the mission: {len(effects)} proposed, {done} done"),
            table(head, rows),
            note(f"Refused before anybody was asked: {said}.") if refused else None,
        ]
    )


def workforce(receipt: Section) -> Html:
    """Who worked, as what, with which tools and skills."""
    told = receipt["workforce"]
    roles: list[list[Node]] = [
        [r["role"], r["tier"] or NONE, r["privacy"] or NONE, number(r["attempts"]), number(r["delivered"]),
         number(sum(r["tokens"].values())), money(r["spent_micro_usd"])]
        for r in told["roles"] if r["attempts"]
    ]  # fmt: skip
    models: list[list[Node]] = [
        [m["model"], m["family"] or NONE, number(m["attempts"]), number(m["delivered"]),
         number(sum(m["tokens"].values())), money(m["spent_micro_usd"])]
        for m in told["models"]
    ]  # fmt: skip
    workers: list[list[Node]] = [
        [w["worker"], number(w["attempts"]), number(w["delivered"]), money(w["spent_micro_usd"])]
        for w in told["workers"]
    ]
    tools: list[list[Node]] = [
        [t["tool"], t["way"], *(number(t[key]) for key in ("calls", "failed", "refused", "without"))]
        for t in told["tools"]
    ]
    skills: list[list[Node]] = [
        [s["skill"], ", ".join(s["roles"]) or NONE, number(s["files"]), digest(s["digest"])] for s in told["skills"]
    ]
    counted = ["attempts", "delivered", "tokens", "spent"]
    made = [
        table(["role", "tier", "privacy", *counted], roles, right=(3, 4, 5, 6)),
        table(["worker", "attempts", "delivered", "spent"], workers, right=(1, 2, 3)),
        table(["model", "family", *counted], models, right=(2, 3, 4, 5)),
        table(["tool", "provided by", "calls", "failed", "refused", "attempts without"], tools, right=(2, 3, 4, 5)),
        table(["skill", "given to", "files", "sha256"], skills, right=(2,)),
    ]
    nobody = None if roles or workers else note("Nobody has worked yet.")
    return section(4, "workforce", "Who did it, and with what?", nobody, *made)


# -- money and files


def spend(receipt: Section, names: Mapping[str, str]) -> Html:
    """When and for what money was spent, what came of it, and that all of it is explained."""
    told = receipt["spend"]
    total, lines = told["total_micro_usd"], told["lines"]
    if not lines:
        return section(5, "spend", "What did it cost?", note("Nothing was charged."), _caps(receipt))
    guessed = sum(line["basis"] == "reservation" for line in lines)
    said = f"{plural(len(lines), 'charge')}, {money(told['unattributed'])} of them unattributed."
    if guessed:
        said += f" {guessed} charged at the reservation, because nobody knew the usage."
    free = not any(line["micro_usd"] for line in lines)
    rolled = [
        shares(name, told["rollups"][name], names, total) for name in ("branch", "role", "model", "purpose") if not free
    ]
    return section(
        5, "spend", "What did it cost?",
        element("p", f"{money(total)} of {money(told['budget_micro_usd'])}, ",
                f"{money(told['reserved_micro_usd'])} reserved. {said}"),
        by_day(lines), _caps(receipt), _waste(receipt), *rolled, None if free else _dearest(receipt, names),
        note("Every charge as a row: cockpit receipt MISSION --format csv."),
    )  # fmt: skip


def _caps(receipt: Section) -> Node:
    """The limits beside the mission's money, one a row; nothing where none is named, or by an earlier release."""
    rows: list[list[Node]] = [
        [
            f"{one['dimension']} of {whose(one)}",
            quantity(one["dimension"], one["used"]),
            quantity(one["dimension"], one["cap"]),
            percent(one["used"], one["cap"]),
            bar(one["used"], one["cap"]),
        ]
        for one in receipt["spend"].get("limits", ())
    ]
    made = table(["limit", "used", "of", "share", ""], rows, right=(1, 2, 3))
    return join([title("Limits beside the money"), made]) if rows else None


def _waste(receipt: Section) -> Node:
    told, total = receipt["spend"].get("waste"), receipt["spend"]["total_micro_usd"]
    if told is None:
        return None
    rows: list[list[Node]] = [
        [name, number(told["attempts"][name]), money(amount), percent(amount, total), bar(amount, total), WORDS[name]]
        for name, amount in told["classes"].items()
        if amount or told["attempts"][name]
    ]
    head = ["what came of it", "attempts", "spent", "share", "", ""]
    figures = [f"{name} {money(cost)}" for name, cost in costs(told, total)]
    return join(
        [
            title(f"Waste: {money(lost(told))} of which nothing came, {percent(lost(told), total)}"),
            table(head, rows, right=(1, 2, 3), foot=["total", "", money(total), "", "", ""]),
            note("Per ", ", per ".join(figures), ".") if figures else None,
            note(f"{'. '.join(beside(told))}."),
        ]
    )


def _dearest(receipt: Section, names: Mapping[str, str]) -> Node:
    titles = {t["id"]: t["title"] for t in receipt["work"]["tasks"]}
    ranked = sorted(receipt["spend"]["lines"], key=lambda line: (-line["micro_usd"], line["height"]))[:10]
    rows: list[list[Node]] = [
        [
            line["attempt"],
            titles.get(line["task"], line["task"]),
            branch(names, line["branch"]),
            line["model"] or line["worker"],
            f"{line['purpose']}, {line['outcome']}",
            money(line["micro_usd"]),
        ]
        for line in ranked
        if line["micro_usd"] > 0
    ]
    made = table(["attempt", "task", "branch", "by", "for", "charged"], rows, right=(5,))
    return join([title("The dearest charges"), made]) if rows else None


def artifacts(receipt: Section) -> Html:
    """Files that workers made."""
    rows: list[list[Node]] = [
        [
            foreign(a["name"]),
            number(a["bytes"]),
            digest(a["sha"]),
            a["task"],
            "yes" if a["accepted"] else "no",
        ]
        for a in receipt["artifacts"]
    ]
    made = table(["file", "bytes", "sha256", "task", "accepted"], rows, right=(1,))
    return section(6, "artifacts", "What was made?", made or note("No file was made."))
