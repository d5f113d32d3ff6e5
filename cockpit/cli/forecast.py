"""A forecast as lines: for the terminal and for the screen. Pure; each piece of a line has a voice of the palette.

Standard library only. What a contract or a file says is made harmless before it becomes a piece.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from cockpit.cli.render import cells, fold, mark, money, safe

Json = dict[str, Any]
LABEL = 13
"""Columns of what stands before a figure."""
FIGURE = 11
SPARKS = "▁▂▃▄▅▆▇"
BAR = 10
_END_VOICE = {"finished": "proven", "stopped": "text", "waits": "needs-you", "stuck": "wrong"}
_DAY = 86_400_000


class Piece(NamedTuple):
    """A piece of a line: its text, its voice."""

    text: str
    voice: str = "text"


Row = tuple[Piece, ...]


def plain(told: Json, width: int) -> list[str]:
    """Every row as text, in at most so many columns."""
    out: list[str] = []
    for row in rows(told, width):
        out += fold("".join(piece.text for piece in row).rstrip(), width)
    return out


def one_line(told: Json) -> str:
    """`$0.38 to $0.61 of $500.00 · 6.1 d to 9.0 d · 3 approvals · finishes in 84 % of 40 histories`."""
    price, days = told["money_micro_usd"], told["days"]
    parts = [f"{_range(price, money)} of {money(price['cap'])}"]
    parts.append(_range(days, _days) if days["p50"] is not None else "it never ends")
    asked = told["approvals"]
    parts.append(f"{_range(asked, str)} approval{'' if asked['p90'] == 1 else 's'}")
    ends = told["ends"]
    word, count = max(ends.items(), key=lambda item: item[1])
    verb = {"finished": "finishes", "stopped": "stops", "waits": "waits for you", "stuck": "gets stuck"}[word]
    histories = "1 history" if told["runs"] == 1 else f"{told['runs']} histories"
    parts.append(f"{verb} in {_share(count, told['runs'])} of {histories}")
    return " · ".join(parts)


def _range(figure: Json, show: Any) -> str:
    if figure["p50"] is None:
        return "unknown"
    low, high = show(figure["p50"]), show(figure["p90"])
    least = "at least " if figure.get("reads") == "at least" else ""
    return f"{least}{low}" if low == high else f"{least}{low} to {high}"


def rows(told: Json, width: int) -> Iterator[Row]:
    """The whole forecast, in at most so many columns where its words allow it."""
    runs = "1 history" if told["runs"] == 1 else f"{told['runs']} histories"
    yield (Piece("REHEARSED ", "past"), Piece(safe(told["mission"]), "bright"))
    begins = time.strftime("%a %H:%M", time.gmtime(told["starts_at"] / 1000))
    yield (Piece(f"{runs} from seed {told['seed']} on, each begun on a {begins} UTC", "muted"),)
    if told.get("partial"):
        wanted = f", {told['asked']} were asked for" if told["asked"] else ""
        yield (Piece(f"PARTIAL: ended early{wanted}", "needs-you"),)
    yield (Piece("nothing was sent, nothing was spent", "muted"),)
    yield ()
    yield from _figures(told, width)
    yield ()
    yield from _ends(told, width)
    yield from _branches(told)
    yield from _listed("warnings", [("!", text) for text in told["warnings"]], width, "needs-you")
    yield from _listed("only if", [(f"{', '.join(one['unknown'])} unknown", one["taken"]) for one in told["if"]], width)
    needed: dict[tuple[str, str], list[str]] = {}
    for one in told["missing"]:
        needed.setdefault((_lack(one), one["mend"]), []).append(one["needed_by"])
    lacks = [(lack, f"for {', '.join(by)}: {mend}") for (lack, mend), by in needed.items()]
    lacks += [("not looked at", f"{name}: cockpit doctor looks") for name in told["not_looked_at"]]
    yield from _listed("missing here", lacks, width, "needs-you")
    yield from _dead(told, width)
    yield from _assumptions(told, width)


def _figures(told: Json, width: int) -> Iterator[Row]:
    price, days, minutes = told["money_micro_usd"], told["days"], told["attention_minutes"]
    yield (Piece(" " * LABEL + f"{'half':>{FIGURE}}{'9 in 10':>{FIGURE}}{'at most':>{FIGURE}}", "muted"),)
    yield _figure("money", price, money, money(price["cap"]), _spread(price["spread"], money), width)
    cap = _days(days["cap"]) if days["cap"] is not None else ""
    yield _figure("time", days, _days, cap, _spread(days["spread"], lambda ms: _days(ms / _DAY)), width)
    yield _figure("approvals", told["approvals"], str, "", "", width)
    yield _figure("questions", told["questions"], str, "", "", width)
    if told.get("tool_calls"):
        yield _figure("tool calls", told["tool_calls"], str, "", "", width)
    most = f"{minutes['cap']} min" if minutes["cap"] is not None else ""
    yield _figure("your minutes", minutes, str, most, "", width)
    kept, pruned, tried = (told["branches"][name] for name in ("kept", "pruned", "tried"))
    if tried["p90"]:
        yield _figure("kept", kept, str, f"{tried['p90']} tried", "", width)
        yield _figure("pruned", pruned, str, "", "", width)


def _figure(name: str, figure: Json, show: Any, cap: str, beside: str, width: int) -> Row:
    if figure["p50"] is None:
        why = ", ".join(figure.get("unknown", ()))
        return (
            Piece(f"{name:{LABEL}}", "muted"),
            Piece(f"{'unknown':>{FIGURE}}", "needs-you"),
            Piece(f"  {safe(why)}", "muted"),
        )
    least = "≥ " if figure.get("reads") == "at least" else ""
    row = (
        Piece(f"{name:{LABEL}}", "muted"),
        Piece(f"{mark(least) + show(figure['p50']):>{FIGURE}}", "bright"),
        Piece(f"{show(figure['p90']):>{FIGURE}}", "text"),
        Piece(f"{cap:>{FIGURE}}", "muted"),
    )
    used = sum(cells(piece.text) for piece in row)
    return (*row, Piece(f"   {beside}", "muted")) if beside and used + 3 + cells(beside) <= width else row


def _spread(spread: Json, show: Any) -> str:
    """`$0.38 ▁▃▇▅▂▁ $0.61`."""
    counts = spread["counts"]
    if len(counts) < 2:
        return ""
    most = max(counts)
    bars = "".join(mark(SPARKS[(len(SPARKS) - 1) * count // most]) if count else " " for count in counts)
    return f"{show(spread['from'])} {bars} {show(spread['to'])}"


def _days(days: float) -> str:
    """`6.2 d`, `4.5 h`, `12 min`."""
    if days >= 1:
        return f"{days:.1f} d"
    return f"{days * 24:.1f} h" if days * 24 >= 1 else f"{days * 1440:.0f} min"


def _share(k: int, n: int) -> str:
    return f"{k * 100 / n:.0f} %"


def _bar(k: int, n: int) -> str:
    filled = max(1, round(k * BAR / n)) if k else 0
    return mark("▓") * filled + mark("░") * (BAR - filled)


def _ends(told: Json, width: int) -> Iterator[Row]:
    yield (Piece("how it ends", "muted"),)
    for one in told["because"]:
        voice = _END_VOICE[one["end"]]
        head = f"  {one['end']:{LABEL - 2}}{_bar(one['runs'], told['runs'])} {_share(one['runs'], told['runs']):>5}  "
        room = max(20, width - cells(head))
        for number, line in enumerate(_wrapped(safe(one["because"]), room)):
            yield (Piece(" " * cells(head) if number else head, voice), Piece(line))
        for line in _wrapped(safe(one.get("mend", "")), room) if one.get("mend") else ():
            yield (Piece(" " * cells(head)), Piece(line, "muted"))


def _branches(told: Json) -> Iterator[Row]:
    each = told["branches"]["each"]
    if not each:
        return
    yield ()
    yield (Piece("branches", "muted"),)
    name_width = min(30, max(len(one["branch"]) for one in each)) + 2
    for one in each:
        runs = max(1, one["kept"] + one["pruned"] + one["open"])
        words = ", ".join(f"{state} {_share(one[state], runs)}" for state in ("kept", "pruned", "open") if one[state])
        yield (
            Piece(f"  {safe(one['branch'])[:28]:{name_width}}"),
            Piece(_bar(one["kept"], runs), "proven"),
            Piece(f"  {words}", "muted"),
        )


def _lack(one: Json) -> str:
    kind = next(name for name in ("model", "tool", "key") if name in one)
    return f"{kind}: {one[kind]}"


def _listed(title: str, entries: Sequence[tuple[str, str]], width: int, voice: str = "text") -> Iterator[Row]:
    """A title, and below it entries of a name and a text, wrapped."""
    if not entries:
        return
    yield ()
    yield (Piece(title, "muted"),)
    for name, text in entries:
        yield from _entry(name, text, width, voice)


def _entry(name: str, text: str, width: int, voice: str) -> Iterator[Row]:
    head, words = f"  {safe(name)}  ", safe(text)
    if cells(head) + cells(words) <= width:
        yield (Piece(head, voice), Piece(words, "text"))
        return
    if cells(head) > 6:
        yield from ((Piece(line, voice),) for line in fold(head.rstrip(), width))
        head = "    "
    room = max(20, width - cells(head))
    for number, line in enumerate(_wrapped(words, room)):
        yield (Piece(head if not number else " " * cells(head), voice), Piece(line))


def _wrapped(text: str, room: int) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and cells(lines[-1]) + 1 + cells(word) > room:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return lines


def _dead(told: Json, width: int) -> Iterator[Row]:
    """What never mattered; verbs in one line, and apart what only an unknown number keeps from mattering."""
    dead = [one for one in told["dead_clauses"] if not one["rests_on"]]
    verbs = [one for one in dead if one["clause"].startswith("actions.")]
    entries = [(one["clause"], f"{one['text']}: {one['why']}") for one in dead if one not in verbs]
    if verbs:
        entries.append(("actions", f"{', '.join(one['text'] for one in verbs)}: {verbs[0]['why']}"))
    yield from _listed("never happened", entries, width)
    unsure = [one for one in told["dead_clauses"] if one["rests_on"]]
    yield from _listed(
        "cannot be said",
        [(one["clause"], f"{one['text']}: {', '.join(one['rests_on'])} unknown") for one in unsure],
        width,
    )


def _assumptions(told: Json, width: int) -> Iterator[Row]:
    known = [one for one in told["assumptions"] if one["from"] != "unknown"]
    if not known:
        return
    yield ()
    yield (Piece("assumptions", "muted"),)
    names = max(len(one["name"]) for one in known) + 2
    for one in known:
        source = f"{one['from']}, n = {one['n']}" if one["n"] is not None else one["from"]
        voice = "needs-you" if one["from"] == "rehearsed price list" else "muted"
        room = width - names - 2
        value = safe(one["value"])
        if cells(value) + 2 + cells(source) <= room:
            yield (Piece(f"  {safe(one['name']):{names}}", "muted"), Piece(f"{value}  "), Piece(source, voice))
        else:
            yield (Piece(f"  {safe(one['name']):{names}}", "muted"), Piece(value))
            yield (Piece(" " * (names + 2)), Piece(source, voice))


def texts(rows_: Iterable[Row]) -> list[str]:
    """Rows as plain text."""
    return ["".join(piece.text for piece in row) for row in rows_]
