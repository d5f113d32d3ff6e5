"""`html(receipt)`: the page from its head to its foot, and the one-line answers to its eleven questions. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.receipt.account import reconcile
from engine.receipt.page import accounts, findings, style
from engine.receipt.page.nodes import Html, Node, element, escape, fixed, join
from engine.receipt.page.parts import Section, note, section, state
from engine.receipt.shape import reading
from engine.receipt.text import STATES, number, plural, span, when
from engine.values import money


def html(receipt: dict[str, Any]) -> str:
    """The receipt as one page. Raises `BadInputError` when it is not a receipt of this schema."""
    with reading(receipt):
        names = {branch["id"]: str(branch["key"]) for branch in receipt["work"]["branches"]}
        body = element(
            "main",
            _head(receipt),
            _figures(receipt),
            _answers(receipt),
            _purpose(receipt),
            accounts.contract(receipt),
            accounts.work(receipt, names),
            accounts.workforce(receipt),
            accounts.spend(receipt, names),
            accounts.artifacts(receipt),
            findings.evidence(receipt, names),
            findings.pruned(receipt),
            findings.learnings(receipt),
            findings.decisions(receipt),
            findings.after(receipt),
            _foot(receipt),
        )
        mission = receipt["mission"]
        label = " (REHEARSED)" if mission["rehearsed"] else ""
        return document(f"Receipt of {mission['title']}{label}", body)


def document(title: str, body: Html) -> str:
    """A whole page: its policy lets in this package's stylesheet and nothing else, no script, picture or address."""
    policy = f"default-src 'none'; style-src {style.allowed()}; base-uri 'none'; form-action 'none'"
    head = (
        '<meta charset="utf-8"/>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"/>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>\n'
        '<meta name="referrer" content="no-referrer"/>\n'
        f"<title>{escape(title, 200)}</title>\n"
        f"<style>{style.CSS}</style>"
    )
    page = join([fixed(f'<!DOCTYPE html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>'), body])
    return f"{page.markup}</body>\n</html>\n"


# -- the top


def labels(receipt: Section) -> list[Node]:
    """What a reader must know before they read on: rehearsed, interim, erased."""
    mission, place = receipt["mission"], receipt["integrity"]
    found: list[Node] = []
    if mission["rehearsed"]:
        found.append(element("span", "REHEARSED", class_="label"))
    if mission["ended_at"] is None:
        found.append(element("span", f"interim, as of its event {number(place['height'])}", class_="label"))
    if place["erased"]:
        found.append(element("span", f"{plural(len(place['erased']), 'content')} erased", class_="label"))
    return found


def _head(receipt: Section) -> Html:
    mission, contract = receipt["mission"], receipt["contract"]
    facts: list[Node] = [
        element("span", f"mission receipt {mission['id']}"),
        element("span", f"contract rev {number(contract['rev'])}"),
        element("span", f"as of {when(mission['as_of'])} UTC"),
        *labels(receipt),
    ]
    verb = STATES.get(mission["state"], f"is {mission['state']}")
    because = f": {mission['because']}" if mission["because"] else ""
    warning = "Rehearsed: the workers, the clock and what was measured are made up. Nothing left the machine."
    return element(
        "header",
        element("div", *facts, class_="facts"),
        element("h1", mission["title"]),
        element("p", element("strong", f"The mission {verb}"), f"{because}.", class_="outcome"),
        element("p", f"Target: {mission['target']}", class_="target"),
        note(warning) if mission["rehearsed"] else None,
    )


def _figures(receipt: Section) -> Html:
    mission, spent, counts = receipt["mission"], receipt["spend"], receipt["work"]["counts"]
    end = mission["ended_at"] or mission["as_of"]
    began = mission["started_at"]
    left = spent["budget_micro_usd"] - spent["total_micro_usd"] - spent["reserved_micro_usd"]
    tasks, effects = counts["tasks"], counts["effects"]
    tried = findings.tried(receipt)
    kept = sum(branch["state"] == "kept" for branch in tried)
    over = spent["over_micro_usd"]
    rows: list[tuple[str, str, str]] = [
        ("spent", money(spent["total_micro_usd"]),
         f"{money(over)} over the budget" if over else f"of {money(spent['budget_micro_usd'])}, {money(left)} left"),
        ("time", span(end - began) if began else "—", f"since {when(began)}" if began else "not started"),
        ("tasks accepted", number(tasks.get("accepted", 0)), f"of {sum(tasks.values())}"),
        ("branches kept", str(kept), f"of {len(tried)} tried"),
        ("done outside", number(effects.get("done", 0)), f"of {sum(effects.values())} proposed"),
        ("decisions", str(len(receipt["decisions"])), _human(receipt)),
    ]  # fmt: skip
    cells = (
        element("div", element("dt", name), element("dd", figure, element("small", more)))
        for name, figure, more in rows
    )
    return element("dl", *cells, class_="figures")


def _human(receipt: Section) -> str:
    told = receipt["spend"].get("waste", {}).get("human")
    if told and told["looked_ms"]:
        return f"{span(told['looked_ms'])} of looking"
    scripted = sum(d["scripted"] for d in receipt["decisions"])
    return f"{scripted} by a script" if scripted else "by people"


# -- the eleven answers


def _answers(receipt: Section) -> Html:
    rows = []
    for place, (name, question, answer) in enumerate(QUESTIONS, start=1):
        link = element("a", question, href=f"#{name}")
        rows.append(element("tr", element("td", str(place)), element("td", link), element("td", answer(receipt))))
    return element("nav", element("table", element("tbody", *rows)))


def _about(receipt: Section) -> Node:
    return str(receipt["mission"]["target"])


def _bound(receipt: Section) -> Node:
    told = receipt["contract"]
    made = len(told["amendments"])
    said = f"{money(told['budget']['money_micro_usd'])}"
    said += f" in {span(told['budget']['time_ms'])}" if told["budget"]["time_ms"] else ""
    said += f"; {len(told['actions']['restricted'])} verbs only with an approval"
    return f"{said}; {plural(made, 'amendment')}" if made else said


def _done(receipt: Section) -> Node:
    counts = receipt["work"]["counts"]
    tasks = counts["tasks"]
    return (
        f"{number(tasks.get('accepted', 0))} of {plural(sum(tasks.values()), 'task')} accepted, "
        f"{number(counts['effects'].get('done', 0))} done outside"
    )


def _who(receipt: Section) -> Node:
    told = receipt["workforce"]
    names = [m["model"] for m in told["models"]] or [w["worker"] for w in told["workers"]]
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return ", ".join(names[:4]) + more or "nobody yet"


def _cost(receipt: Section) -> Node:
    spent = receipt["spend"]
    return f"{money(spent['total_micro_usd'])} in {plural(len(spent['lines']), 'charge')}"


def _made(receipt: Section) -> Node:
    count = len(receipt["artifacts"])
    taken = sum(artifact["accepted"] for artifact in receipt["artifacts"])
    return f"{plural(count, 'file')}, {taken} accepted" if count else "no file"


def _known(receipt: Section) -> Node:
    told = receipt["evidence"]
    metrics = [m for m in told["metrics"] if m["unit"] != "text"]
    entries = len(told["entries"])
    known = f"{sum(m['known'] for m in metrics)} of {len(metrics)} measurements have their sample"
    return f"{entries} {'entry' if entries == 1 else 'entries'}; {known}" if entries else "nothing came in"


def _dropped(receipt: Section) -> Node:
    told = receipt["pruned"]
    return "; ".join(f"{p['key']}: {p['reason']}" for p in told[:3]) + ("; …" if len(told) > 3 else "") or "nothing"


def _learned(receipt: Section) -> Node:
    told = receipt["learnings"]
    rules = sum(entry["kind"] == "rule" for entry in told)
    learned = plural(len(told) - rules, "learning")
    return f"{learned}, {plural(rules, 'rule')} that people made" if told else "nothing that was written down"


def _decided(receipt: Section) -> Node:
    told = receipt["decisions"]
    who = list(dict.fromkeys(d["who"] for d in told))
    return f"{plural(len(told), 'decision')} by {', '.join(who[:4])}" if told else "nobody has decided anything yet"


def _then(receipt: Section) -> Node:
    return str(receipt["next"]["recommendation"])


QUESTIONS: tuple[tuple[str, str, Callable[[Section], Node]], ...] = (
    ("mission", "What was it for?", _about),
    ("contract", "What was it bound by?", _bound),
    ("work", "What was done?", _done),
    ("workforce", "Who did it, and with what?", _who),
    ("spend", "What did it cost?", _cost),
    ("artifacts", "What was made?", _made),
    ("evidence", "What is known?", _known),
    ("pruned", "What was given up, and why?", _dropped),
    ("learnings", "What was learned?", _learned),
    ("decisions", "Who decided what?", _decided),
    ("next", "What next?", _then),
)


def _purpose(receipt: Section) -> Html:
    mission = receipt["mission"]
    clause = f" ({mission['clause']})" if mission["clause"] else ""
    why = f": {mission['because']}{clause}." if mission["because"] else "."
    ended = f"It began {when(mission['started_at'])}"
    ended += f" and ended {when(mission['ended_at'])} UTC." if mission["ended_at"] else " UTC and goes on."
    return section(
        1, "mission", "What was it for?",
        element("p", str(mission["target"])),
        element("p", "It is ", state(mission["state"]), why),
        note(ended),
    )  # fmt: skip


# -- the foot


def _foot(receipt: Section) -> Html:
    place = receipt["integrity"]
    faults = reconcile(receipt)
    sound = (
        element("span", "✓ It adds up to the micro-dollar.", class_="proven")
        if not faults
        else element("span", f"! It does not add up: {faults[0]}", class_="wrong")
    )
    gone = place["erased"]
    erased = f"{plural(len(gone), 'content')} erased: {gone[0]['because']}" if gone else ""
    unread = place["not_understood"]
    return element(
        "footer",
        element("p", sound),
        element("p", erased) if erased else None,
        element("p", f"{plural(unread, 'event')} of a later release not understood") if unread else None,
        element("p", f"{receipt['mission']['id']} at height {number(place['height'])} · ", ", ".join(
            str(policy) for policy in place["policies"].values())),
        element("p", "head ", element("span", str(place["head_hash"]), class_="digest")),
        element("p", element("span", "Behind a bar", class_="foreign"),
                " stands what a worker, a tool, a page or a mail wrote: shown as text, and vouched for by nobody."),
        element("p", "The JSON of this receipt is the truth; cockpit receipt verify FILE compares it with the ledger."),
    )  # fmt: skip
