"""The tail of charges as lines: the answer on top, one line a charge, and what they add up to. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cockpit.client import ChargeLine, midnight
from cockpit.screens.spend.account import wasted
from cockpit.screens.words import DAY, age, deadline, figure, hour, moment, money, safe, second
from engine.views.models import Progress
from widgets.ink import Line, Run, Voice, cells, cut, fit, left, right, rule, spread, width
from widgets.listing import Entry, Shown
from widgets.marks import GLYPHS, count, spark

HOURS = 8
"""Hours of which the burn is told."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the first line says. Money is micro-dollars, `hours` what was spent in each, the running one last."""

    spent: int
    reserved: int
    calls: int
    budget: int
    hours: tuple[int, ...]
    burn: int
    """An hour."""
    waste: str
    share: str
    cap: str
    """When the cap is reached, as words; empty for nothing to say."""


def burn_of(hours: Sequence[int], running_ms: int) -> int:
    """Micro-dollars an hour, over the hours that it has been running for, at least one."""
    whole = min(len(hours), max(1, -(-running_ms // 3_600_000)))
    return sum(hours[len(hours) - whole :]) // whole if hours else 0


def cap_words(left_over: int, burn: int, now: int, end: int | None, days: int | None) -> str:
    """When the cap is reached if it goes on like this."""
    if left_over <= 0:
        return "cap reached"
    if burn <= 0:
        return ""
    at = now + left_over * 3_600_000 // burn
    if end is not None and at >= end:
        return f"cap not reached before day {days}"
    if at - now > 400 * DAY:
        return "cap not reached within a year"
    return f"cap reached {moment(at, now)}, {deadline(at, now)}, at this burn"


def answer(said: Answer, columns: int) -> Line:
    """`$41.27 spent   $0.86 reserved in 3 calls   $457.87 left of $500.00   burn $1.12/h ▁▂▃   waste $6.25, 15.1%`."""
    rest = said.budget - said.spent - said.reserved
    runs: list[list[Run]] = [[Run(money(said.spent), "bright", bold=True), Run(" spent", "muted")]]
    if said.calls or said.reserved:
        calls = f" reserved in {said.calls} call{'' if said.calls == 1 else 's'}"
        runs.append([Run(money(said.reserved), "text"), Run(calls, "muted")])
    runs.append([Run(money(rest), "text"), Run(f" left of {money(said.budget)}", "muted")])
    end: list[Run] = []
    if said.share not in {"—", "0.0%"}:
        end += [Run("waste ", "muted"), Run(said.waste, "text"), Run(f", {said.share}", "muted")]
    if said.cap and columns >= 130:
        end += [Run("      " if end else ""), Run(said.cap, "muted")]
    if columns < 46:
        return spread(runs[0], (Run(money(rest), "text"), Run(" left", "muted")), columns)
    if columns >= 100 and any(said.hours):
        runs.append(
            [Run("burn ", "muted"), Run(f"{money(said.burn)}/h", "text"), Run(f"  {spark(said.hours, HOURS)}", "muted")]
        )
    if width([run for facts in runs[:3] for run in facts]) + 3 * len(runs) + width(end) > columns:
        end = []  # what is spent, reserved and left comes first
    line: list[Run] = []
    for facts in runs:
        if line and width(line) + 3 + width(facts) > columns - (width(end) + 3 if end else 0):
            break
        line += [Run("   "), *facts] if line else facts
    return spread(line, end, columns, gap=3)


# -- the tail


class Fit(NamedTuple):
    """The columns that the longest time and the longest name of a model take."""

    at: int = 9
    model: int = 13


class Columns:
    """Where the columns of the tail stand, by its whole width; the edge of the list takes two of it."""

    def __init__(self, columns: int, fitted: Fit) -> None:
        inner = columns - 2
        full = columns >= 94
        self.at = fitted.at if columns >= 60 else 9 if columns >= 46 else 0
        self.role = 12 if full else 0
        self.model = min(max(fitted.model + 2, 9), 18 if full else 15) if columns >= 60 else 0
        self.tokens = (7, 7, 8) if full else (0, 0, 0)
        self.outcome = 13 if columns >= 60 else 2
        self.amount = 10
        self.task = max(
            4, inner - self.at - self.role - self.model - sum(self.tokens) - self.outcome - self.amount - self.gap
        )

    @property
    def gap(self) -> int:
        """Air between the time and the task."""
        return 2 if self.at else 0

    def header(self) -> Line:
        """The names of the columns, directly on their rows."""
        told = ("in", "out", "cached")
        return (
            Run("  "),
            Run(left("at", self.at + self.gap) if self.at else "", "muted"),
            Run(left("task", self.task), "muted"),
            Run(left("role", self.role), "muted"),
            Run(left("model", self.model), "muted"),
            *(Run(right(name, size) if size else "", "muted") for name, size in zip(told, self.tokens, strict=True)),
            Run(left("  outcome" if self.outcome > 2 else "", self.outcome), "muted"),
            Run(right("amount", self.amount), "muted"),
        )


def lid(columns: int, *, fitted: Fit, focused: bool, following: bool, new: int, note: str) -> list[Line]:
    """The pane's rule, its title with what it does, and the names of the columns."""
    doing = "following" if following else f"following paused, {count(new)} new" if new else "following paused"
    title: Line = (
        Run("charges", "bright", bold=True),
        Run(f"   {doing}", "muted" if following else "text"),
        Run(f"   {note}" if note else "", "muted"),
    )
    return [rule(columns, lit=focused), fit(title, columns), fit(Columns(columns, fitted).header(), columns)]


def entries(
    reserved: Sequence[ChargeLine],
    charges: Sequence[ChargeLine],
    progress: Mapping[str, Progress],
    now: int,
    *,
    room: int,
    fitted: Fit,
) -> list[Entry]:
    """Reserved calls on top, as many as there is room for, then the charges as they come."""
    shown = reserved if len(reserved) <= room else reserved[: max(room - 1, 0)]
    out = [
        Entry(f"reserved {line.attempt}", (line, said(line, now), estimate(line, progress), fitted), selectable=False)
        for line in shown
    ]
    if len(shown) < len(reserved):
        rest = reserved[len(shown) :]
        out.append(Entry("reserved", (len(rest), sum(line.micro_usd for line in rest)), selectable=False))
    today = midnight(now) + DAY // 2
    out += [Entry(str(line.seq), (line, today, 0, fitted)) for line in charges]
    return out


def fitting(lines: Sequence[ChargeLine], now: int) -> Fit:
    """What these lines need. A charge of long ago tells its day and its time."""
    oldest = min((line.at for line in lines if not line.reserved), default=now)
    name = max((cells(_short(name)) for name in {line.model or line.worker for line in lines}), default=0)
    return Fit(9 if ":" in moment(oldest, midnight(now) + DAY // 2) else 12, name)


def said(line: ChargeLine, now: int) -> str:
    """How long a call has been running."""
    return age(now - line.at) if line.at and now - line.at >= 1_000 else "now"


def estimate(line: ChargeLine, progress: Mapping[str, Progress]) -> int:
    """What a running call has cost so far, as its worker estimates; 0 for not said."""
    word = progress.get(line.attempt)
    return word.micro_usd if word else 0


def paint(entry: Entry, shown: Shown) -> list[Line]:
    """One line of the tail."""
    if entry.id == "reserved":
        rest, amount = entry.body
        end: Line = (Run(f"≤{figure(amount)}", "muted"),)
        return [spread((Run(f"{rest} more calls are reserved", "muted"),), end, shown.columns)]
    line, when, so_far, fitted = entry.body
    assert isinstance(line, ChargeLine)
    fields = Columns(shown.columns + 2, fitted)
    moment_ = when if line.reserved else at_of(line.at, when, fields.at)
    name = safe(line.task_title or line.task.rpartition("/")[2])
    task: Voice = "bright" if shown.selected else "muted" if line.reserved else "text"
    return [
        fit(
            (
                Run(right(moment_, fields.at) + "  " if fields.at else "", "muted"),
                Run(_cell(name, fields.task), task, bold=shown.selected),
                Run(_cell(safe(line.role), fields.role), "muted"),
                Run(_cell(_model(line), fields.model), "muted" if line.reserved else "text"),
                *_tokens(line, fields),
                *_outcome(line, fields, so_far),
                *_amount(line, fields, so_far, selected=shown.selected),
            ),
            shown.columns,
        )
    ]


def at_of(at: int, today: int, columns: int) -> str:
    """`14:01:52` on this day, `Thu 18:02` within a week, else `22 Nov 18:02`, the day alone in a narrow column."""
    told = moment(at, today)
    if len(told) == 5 and told[2] == ":":
        return second(at)
    return f"{told} {hour(at)}" if ":" not in told and columns >= 12 else told


def _model(line: ChargeLine) -> str:
    return _short(line.model or line.worker)


def _short(name: str) -> str:
    """A model without its provider."""
    return safe(name.rpartition("/")[2])


def _tokens(line: ChargeLine, fields: Columns) -> list[Run]:
    told, out, read, wrote, thought = line.tokens
    counts = (told + read + wrote, out + thought, read)
    if line.reserved or not any(line.tokens):
        return [Run(" " * size) for size in fields.tokens]
    return [
        Run(right(count(number), size) if size else "", "muted")
        for number, size in zip(counts, fields.tokens, strict=True)
    ]


def _outcome(line: ChargeLine, fields: Columns, so_far: int) -> list[Run]:
    if line.reserved:
        word = f"of ≤{money(line.micro_usd)}" if so_far else "reserved"
        return _state("╍", word, "muted", "muted", fields.outcome)
    outcome = line.outcome
    mark = "↺" if outcome == "corrected" else GLYPHS.get(outcome, "·")
    voice: Voice = "bright" if wasted(line) else "muted"
    return _state(mark, safe(outcome), "wrong" if outcome == "failed" else voice, voice, fields.outcome)


def _state(mark: str, word: str, mark_voice: Voice, voice: Voice, size: int) -> list[Run]:
    if size <= 2:
        return [Run(f"{mark} ", mark_voice)]
    return [Run(f"  {mark}", mark_voice), Run(left(f" {word}", size - 3), voice)]


def _amount(line: ChargeLine, fields: Columns, so_far: int, *, selected: bool) -> list[Run]:
    if line.reserved:
        told = f"~{figure(so_far)}" if so_far else f"≤{figure(line.micro_usd)}"
        return [Run(right(told, fields.amount), "muted")]
    return [Run(right(figure(line.micro_usd), fields.amount), "bright" if selected or wasted(line) else "text")]


def _cell(text: str, size: int) -> str:
    """A field with two columns of air at its end."""
    return left(cut(text, size - 2), size) if size > 2 else " " * size


def foot(
    columns: int, *, hidden: int, hidden_amount: int | None, total: int, words: tuple[str, str] = ("earlier", "total")
) -> list[Line]:
    """What the lines above leave out, and the sum of all."""
    earlier = f"{count(hidden)} {words[0]} charge{'' if hidden == 1 else 's'}"
    lines: list[Line] = []
    if hidden > 0:
        amount = figure(hidden_amount) if hidden_amount is not None else ""
        lines.append(spread((Run("  "), Run(earlier, "muted")), (Run(amount, "muted"),), columns))
    end: Line = (Run(figure(total), "bright", bold=True),)
    lines.append(spread((Run("  "), Run(words[1], "muted")), end, columns))
    return lines


__all__ = ["Answer", "Columns", "Fit", "answer", "burn_of", "cap_words", "entries", "fitting", "foot", "lid", "paint"]
