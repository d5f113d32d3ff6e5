"""Good letters, each about facts of its own, and what they are judged against: the same from the same seed. Pure.

Everything in them is invented.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from engine.values import digest

T = TypeVar("T")

PEOPLE = (
    "Marta Lind",
    "Joris Vale",
    "Ines Okoro",
    "Pavel Storm",
    "Hanna Quist",
    "Teo Brandt",
    "Lucia Moreau",
    "Sven Adair",
)
PLACES = (
    ("Harbour Glass", "Elmouth"), ("North Kiln Works", "Tarrow"), ("Ashgrove Ceramics", "Little Wend"),
    ("Blue Door Bakery", "Saltney"), ("Finch & Daughters", "Orme"), ("Millrace Foundry", "Upper Leck"),
    ("Stonebridge Dairy", "Caldon"), ("Lantern Press", "Westhaven"),
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
OPENINGS = (
    "{org} in {town} was named to us as a place where the ovens are never all cold.",
    "We read about {org} in {town} and about how much there depends on steady heat.",
    "Whoever walks past {org} in {town} early sees that the day begins with the ovens.",
    "{org} is one of the few places in {town} that still runs its own ovens.",
)
OFFERS = (
    "Tidewatch is a logbook that writes down by itself when an oven was opened and how warm it was then.",
    "With Tidewatch, a logbook that keeps itself, you can look up when an oven was opened and how warm it was then.",
    "Tidewatch writes down, without anybody's doing, when an oven was opened and how warm it was then.",
)
HARDWARE = (
    "It runs on the computer that is there, without new hardware.",
    "No new hardware is needed: the computer that is there is enough.",
)
PRICES = (
    "It costs {price} dollars a month for each site, and the first {trial} days cost nothing.",
    "For each site it is {price} dollars a month; the first {trial} days are free.",
)
SCOPES = (
    "For now we offer it only to sites with fewer than {cap} people, such as yours.",
    "It is meant, for now, only for sites with fewer than {cap} people, which is why we write to you.",
)
VISITS = (
    "To show it takes a visit of {minutes} minutes, on a {day}.",
    "A visit takes {minutes} minutes, and we come on a {day}.",
)
REFUSALS = (
    "If you would rather not hear from us, answer “no” and we will not write again.",
    "A “no” as an answer is enough, and this was our last letter.",
)
QUESTIONS = (
    "May we come by one {day} next month?",
    "Would a {day} next month suit you for the visit?",
    "Shall we visit you on a {day} next month?",
)

CRITERIA = (
    "is addressed to the person and the organisation of the decisions, and names no other person or organisation",
    "every fact, number and promise after its opening sentence, which is there to be kind, stands in the decisions",
    "says what it costs, how long a visit takes, and how to say no",
    "ends with exactly one question, which asks for the visit",
    "can be sent as it stands: whole sentences, no placeholders, no words to anybody but its reader",
)
"""What every letter must satisfy; each is left to the reviewer."""
RULE = "never press with a deadline or with scarcity"
"""A rule in force that no machine checks."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the decisions say, for one letter."""

    person: str
    org: str
    town: str
    price: int
    trial: int
    cap: int
    minutes: int
    day: str

    @property
    def decisions(self) -> tuple[tuple[str, str], ...]:
        """Subject and text of each decision that is in force."""
        site = f"fewer than {self.cap} people"
        return (
            ("reader", f"This letter goes to {self.person} of {self.org} in {self.town}."),
            ("offer", "We offer Tidewatch, a logbook that notes by itself when an oven was opened and how warm."),
            ("hardware", "Tidewatch runs on the computer that is there; it needs no new hardware."),
            ("price", f"It costs {self.price} dollars a month for each site; the first {self.trial} days are free."),
            ("who", f"For now only sites with {site} are offered it; {self.org} is one of them."),
            ("visit", f"A visit takes {self.minutes} minutes and is on a {self.day}; we ask for one next month."),
            ("no", "Whoever answers “no” is not written to again, and the letter says so."),
            ("silence", "We promise no saving, and we name no customers and no tests."),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter by its sentences, in their order; `head` and `foot` stand around it."""

    salutation: str
    opening: str
    offer: str
    hardware: str
    price: str
    scope: str
    visit: str
    refusal: str
    question: str
    head: str = ""
    foot: str = ""

    @property
    def text(self) -> str:
        """The letter as its reader gets it."""
        first = " ".join(part for part in (self.opening, self.offer, self.hardware) if part)
        second = " ".join(part for part in (self.price, self.scope) if part)
        third = " ".join(part for part in (self.visit, self.refusal) if part)
        blocks = (self.head, self.salutation, first, second, third, self.question, self.foot)
        return "\n\n".join(block for block in blocks if block)


def pick(options: Sequence[T], *about: object) -> T:
    """One of several, drawn by what it is about: the same for the same."""
    return options[int(digest([str(one) for one in about])[:12], 16) % len(options)]


def facts_of(seed: int, number: int) -> Facts:
    """The facts of the n-th letter of a seed."""
    org, town = pick(PLACES, seed, number, "place")
    return Facts(
        person=pick(PEOPLE, seed, number, "person"),
        org=org,
        town=town,
        price=pick((19, 24, 29, 35, 42, 49, 58, 64), seed, number, "price"),
        trial=pick((14, 21, 30, 45), seed, number, "trial"),
        cap=pick((20, 25, 40, 60), seed, number, "cap"),
        minutes=pick((15, 20, 35, 40, 50), seed, number, "minutes"),
        day=pick(DAYS, seed, number, "day"),
    )


def letter_of(facts: Facts, seed: int, number: int) -> Letter:
    """A good letter about these facts."""
    told = {name: getattr(facts, name) for name in facts.__slots__}

    def said(options: Sequence[str], what: str) -> str:
        return pick(options, seed, number, what).format(**told)

    return Letter(
        salutation=f"Dear {facts.person},",
        opening=said(OPENINGS, "opening"),
        offer=said(OFFERS, "offer"),
        hardware=said(HARDWARE, "hardware"),
        price=said(PRICES, "price"),
        scope=said(SCOPES, "scope"),
        visit=said(VISITS, "visit"),
        refusal=said(REFUSALS, "refusal"),
        question=said(QUESTIONS, "question"),
    )
