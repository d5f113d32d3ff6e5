"""The full-text index of one mission: curated items beside the words of what was received and made (SQLite FTS5).

A cache and nothing else: it lives in memory, is built from state and blobs when it is first asked, and taken up to date
before every search, so that no second copy of what people wrote lies on the disk, and forgetting needs to know of none.
Not safe for two threads at once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence

from engine.context.found import Document, Found, documents, terms_of, verbatim
from engine.state.model import MissionState
from engine.values import Sha256

TOP = 256
"""So many are found in all."""
AROUND = 32
"""Of so many of the best passages the ones before and after are found too."""
_TABLE = "CREATE VIRTUAL TABLE found USING fts5(text, subject, place, id UNINDEXED, tokenize='{}')"
"""`place` is a word for the branch and whether it is curated: an indexed column, so that scope narrows the search.
A word of its subject says more of an item than one of its text."""
_TOKENIZE = "unicode61 remove_diacritics 2"
_SEARCH = """SELECT id FROM found WHERE found MATCH ?
    ORDER BY CAST(bm25(found, 1.0, 4.0, 0.0) * 1000000 AS INTEGER), id LIMIT ?"""


def recall(blob: Callable[[Sha256], bytes | None]) -> Callable[[MissionState, str, Sequence[str]], Found]:
    """An index made for one question: for whoever looks at a mission from outside its engine."""

    def ask(state: MissionState, query: str, branches: Sequence[str]) -> Found:
        index = Index()
        try:
            contents = {sha: blob(sha) for sha in index.missing(state)}
            index.update(state, {sha: content for sha, content in contents.items() if content is not None})
            return index.search(query, branches)
        finally:
            index.close()

    return ask


def _place(branch: str, *, curated: bool) -> str:
    """One word, in letters and digits alone."""
    return f"{'item' if curated else 'words'}x{branch.encode().hex()}"


class Index:
    """One mission's index."""

    def __init__(self) -> None:
        self._conn = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._conn.execute(_TABLE.format(_TOKENIZE))
        self._known: set[str] = set()
        self._items: dict[str, int] = {}
        """Rows of items."""
        self._order: dict[str, tuple[str, str]] = {}
        """Each passage's neighbours."""

    def missing(self, state: MissionState) -> frozenset[Sha256]:
        """Blobs whose words are not indexed yet."""
        return frozenset(sha for name, (_branch, sha) in verbatim(state).items() if name not in self._known)

    def update(self, state: MissionState, contents: Mapping[Sha256, bytes]) -> None:
        """Take in what is new: items by themselves, other words as far as `contents` has them."""
        over = [name for name in self._items if state.items[name].status != "active"]
        fresh = list(documents(state, contents, self._known))
        self._conn.execute("BEGIN")
        self._conn.executemany("DELETE FROM found WHERE rowid = ?", [(self._items.pop(name),) for name in over])
        for one in fresh:
            row = (one.text, one.subject, _place(one.branch, curated=one.curated), one.id)
            made = self._conn.execute("INSERT INTO found(text, subject, place, id) VALUES (?, ?, ?, ?)", row)
            if one.curated and made.lastrowid is not None:
                self._items[one.id] = made.lastrowid
        self._conn.execute("COMMIT")
        self._known.update(one.id.partition("#")[0] for one in fresh)
        self._known.update(name for name, (_branch, sha) in verbatim(state).items() if sha in contents)
        self._chain(fresh)

    def _chain(self, fresh: Sequence[Document]) -> None:
        passages = [one.id for one in fresh if not one.curated]
        for place, name in enumerate(passages):
            source = name.partition("#")[0]
            before = passages[place - 1] if place and passages[place - 1].partition("#")[0] == source else ""
            last = place + 1 == len(passages) or passages[place + 1].partition("#")[0] != source
            self._order[name] = (before, "" if last else passages[place + 1])

    def search(self, query: str, branches: Sequence[str], top: int = TOP) -> Found:
        """What fits the words of a query in these branches, best first. The branches stand inside the query, so that
        what is found elsewhere takes no place away.
        """
        terms = terms_of(query)
        if not terms or not branches:
            return Found(query)
        words = " OR ".join(f'"{term}"' for term in terms)
        curated, verbatim_ = (
            self._hits(words, [_place(branch, curated=kind) for branch in branches], top // 2) for kind in (True, False)
        )
        near = (name for hit in verbatim_[:AROUND] for name in self._order.get(hit, ()) if name)
        return Found(query, curated, verbatim_, tuple(dict.fromkeys(name for name in near if name not in verbatim_)))

    def _hits(self, words: str, places: Sequence[str], most: int) -> tuple[str, ...]:
        match = f"{{text subject}} : ({words}) AND place : ({' OR '.join(places)})"
        return tuple(row[0] for row in self._conn.execute(_SEARCH, (match, most)))

    def close(self) -> None:
        """Let go of it."""
        self._conn.close()
