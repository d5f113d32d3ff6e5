"""The agent under improvement: which function of the standard library does this?

It is given entries (a name, and what is known about it) and a description in plain English, and ranks the entries.
How it ranks is its configuration; `RANKERS` names them:

    overlap     counts shared words
    jaccard     counts shared words, relative to all words of both
    bm25        weighs shared words by how rare they are (Robertson and Zaragoza 2009, k1 = 1.2, b = 0.75)
    bm25-names  the same over word stems, with names taken apart (`get_terminal_size`) and counted three times
    fuzzy       the same, and looks for words that are spelt like the ones it was given (difflib)

Ask it yourself:  python docfinder.py --dataset dataset.jsonl --ranker bm25-names "width of the terminal"
"""

from __future__ import annotations

import argparse
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from heapq import nlargest
from pathlib import Path

STOP_WORDS = frozenset(
    """
    a an and are as at be by for from has if in into is it its of on or that the then this to was when which with
    """.split()
)
_SUFFIXES = ("ations", "ation", "ings", "ing", "ies", "ied", "ers", "er", "ed", "es", "s", "e", "y")


@dataclass(frozen=True)
class Entry:
    """Something that can be the answer. `text` is all the agent may know: the sentence that is asked is not in it."""

    name: str
    text: str
    query: str = ""
    """The held-out description, when this entry is asked for."""


def read_entries(path: Path) -> list[Entry]:
    """The entries of a dataset, in its order."""
    with path.open(encoding="utf-8") as lines:
        return [Entry(**json.loads(line)) for line in lines]


def words(text: str) -> list[str]:
    """Words as they stand: `os.get_terminal_size` gives os and get_terminal_size."""
    return re.findall(r"[a-z0-9_]+", text.lower())


def stems(text: str) -> list[str]:
    """Word stems without stop words, with names taken apart: `os.getTerminalSize` gives os, get, terminal, siz."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text).lower()
    return [_stem(word) for word in re.findall(r"[a-z]+|[0-9]+", apart) if word not in STOP_WORDS]


def _stem(word: str) -> str:
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[: -len(suffix)]
    return word


Ranker = Callable[[str], Iterable[tuple[float, int]]]
"""From a description to (score, number of the entry), in any order; entries with no score are left out."""


def overlap(entries: list[Entry]) -> Ranker:
    """Shared words, counted."""
    found = _postings(set(words(f"{e.name} {e.text}")) for e in entries)

    def rank(query: str) -> Iterator[tuple[float, int]]:
        scores = Counter(number for word in set(words(query)) for number in found.get(word, ()))
        return ((count, number) for number, count in scores.items())

    return rank


def jaccard(entries: list[Entry]) -> Ranker:
    """Shared words over all words of the description and the entry."""
    bags = [set(words(f"{e.name} {e.text}")) for e in entries]
    found = _postings(bags)

    def rank(query: str) -> Iterator[tuple[float, int]]:
        asked = set(words(query))
        scores = Counter(number for word in asked for number in found.get(word, ()))
        return ((count / len(asked | bags[number]), number) for number, count in scores.items())

    return rank


def bm25(entries: list[Entry]) -> Ranker:
    """Okapi BM25 over words as they stand."""
    return _okapi([words(f"{e.name} {e.text}") for e in entries], words)


def bm25_names(entries: list[Entry]) -> Ranker:
    """Okapi BM25 over stems, the name three times."""
    return _okapi([3 * stems(e.name) + stems(e.text) for e in entries], stems)


def fuzzy(entries: list[Entry]) -> Ranker:
    """`bm25-names`, with every word of the description joined by the known words that are spelt like it."""
    documents = [3 * stems(e.name) + stems(e.text) for e in entries]
    known = sorted({term for document in documents for term in document})

    def spread(query: str) -> list[str]:
        return [close for term in stems(query) for close in (term, *_spelt_like(term, known))]

    return _okapi(documents, spread)


def _spelt_like(term: str, known: list[str]) -> list[str]:
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(term)
    close = []
    for word in known:
        matcher.set_seq1(word)
        close.append((matcher.ratio(), word))
    return [word for ratio, word in nlargest(3, close) if ratio >= 0.85]


RANKERS: dict[str, Callable[[list[Entry]], Ranker]] = {
    "overlap": overlap,
    "jaccard": jaccard,
    "bm25": bm25,
    "bm25-names": bm25_names,
    "fuzzy": fuzzy,
}


def best(ranker: Ranker, query: str, count: int = 5) -> list[int]:
    """The numbers of the best entries, best first; equal scores in the order of the dataset."""
    return [number for _, number in nlargest(count, ranker(query), key=lambda scored: (scored[0], -scored[1]))]


def _postings(bags: Iterable[Iterable[str]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for number, bag in enumerate(bags):
        for term in bag:
            found[term].append(number)
    return dict(found)


def _okapi(documents: list[list[str]], terms: Callable[[str], list[str]], k1: float = 1.2, b: float = 0.75) -> Ranker:
    mean = sum(map(len, documents)) / len(documents)
    weights: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for number, document in enumerate(documents):
        longer = k1 * (1 - b + b * len(document) / mean)
        for term, count in Counter(document).items():
            weights[term].append((number, count * (k1 + 1) / (count + longer)))
    rarity = {t: math.log(1 + (len(documents) - len(w) + 0.5) / (len(w) + 0.5)) for t, w in weights.items()}

    def rank(query: str) -> Iterator[tuple[float, int]]:
        scores: dict[int, float] = defaultdict(float)
        for term in dict.fromkeys(
            terms(query)
        ):  # in the order of the description, so that sums are the same every time
            for number, weight in weights.get(term, ()):
                scores[number] += rarity[term] * weight
        return ((score, number) for number, score in scores.items())

    return rank


def main() -> None:
    """Answer one description."""
    parser = argparse.ArgumentParser(description="Which function of the standard library does this?")
    parser.add_argument("description")
    parser.add_argument("--dataset", type=Path, required=True, help="made by dataset.py")
    parser.add_argument("--ranker", choices=RANKERS, default="bm25-names")
    given = parser.parse_args()
    entries = read_entries(given.dataset)
    for number in best(RANKERS[given.ranker](entries), given.description):
        print(entries[number].name)


if __name__ == "__main__":
    main()
