"""Makes the dataset: what the running Python says about its own standard library.

An entry is a public function, class or method with a docstring. The first sentence of a docstring describes it; for the
entries that are asked, that sentence (with the entry's own name masked) becomes the query and is held out: the agent
knows an entry only by its name, its parameters and the rest of its docstring. An entry with the docstring of another
one is left out, since no description could tell the two apart.

    python dataset.py --seed 7 --queries 600        writes out/dataset.jsonl; queries come first, in a seeded order
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import inspect
import io
import json
import random
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

SKIPPED = frozenset(
    # these open windows or browsers, print poems, or are not for use
    "antigravity idlelib lib2to3 msilib nt pydoc_data test this tkinter turtle turtledemo winreg winsound".split()
)
INNER = (
    "asyncio.subprocess collections.abc concurrent.futures ctypes.util curses.ascii email.headerregistry email.message "
    "email.mime.multipart email.policy email.utils html.parser http.client http.cookiejar http.cookies http.server "
    "importlib.abc importlib.metadata importlib.resources importlib.util json.decoder json.encoder logging.config "
    "logging.handlers multiprocessing.managers multiprocessing.pool multiprocessing.shared_memory os.path "
    "unittest.mock urllib.error urllib.parse urllib.request urllib.robotparser wsgiref.handlers wsgiref.util "
    "xml.dom.minidom xml.etree.ElementTree xml.sax.handler xml.sax.saxutils xmlrpc.client xmlrpc.server"
).split()
_SIGNATURE_LINE = re.compile(r"[\w.]+\([^\n]*\)(\s*->[^\n]*)?")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`'\"(])|\n\s*\n")


def modules() -> Iterator[ModuleType]:
    """Every module of the standard library that can be imported here without consequences."""
    names = {name for name in sys.stdlib_module_names if not name.startswith("_")} - SKIPPED
    for name in sorted(names | set(INNER)):
        with contextlib.suppress(Exception), warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield importlib.import_module(name)


def described() -> Iterator[tuple[str, object, str]]:
    """(qualified name, object, docstring) of everything public that has a docstring of its own."""
    for module in modules():
        for name, value in sorted(vars(module).items()):
            if name.startswith("_") or not (inspect.isroutine(value) or inspect.isclass(value)):
                continue
            if not _at_home(value, module):
                continue
            yield from _with_doc(f"{module.__name__}.{name}", value)
            if inspect.isclass(value):
                for inner, member in sorted(vars(value).items()):
                    if not inner.startswith("_") and (inspect.isroutine(member) or isinstance(member, property)):
                        yield from _with_doc(f"{module.__name__}.{name}.{inner}", member)


def _at_home(value: object, module: ModuleType) -> bool:
    home = getattr(value, "__module__", None) or module.__name__
    return home.lstrip("_").partition(".")[0] in (module.__name__.partition(".")[0], "builtins", "posix", "posixpath")


def _with_doc(name: str, value: object) -> Iterator[tuple[str, object, str]]:
    doc = getattr(value, "__doc__", None)
    if isinstance(doc, str) and doc.strip():
        yield name, value, inspect.cleandoc(doc)


def split(doc: str) -> tuple[str, str]:
    """The first sentence of a docstring in one line, and the rest; a line that only repeats a signature is dropped."""
    first_line, _, below = doc.partition("\n")
    if _SIGNATURE_LINE.fullmatch(first_line.strip()):
        doc = below.strip()
    sentence, *rest = _SENTENCE_END.split(doc, maxsplit=1)
    return " ".join(sentence.split()), " ".join(" ".join(rest).split())


def parameters(value: Any) -> str:
    """The names of a callable's parameters, as far as they can be known."""
    try:
        return " ".join(name for name in inspect.signature(value).parameters if name not in ("self", "cls"))
    except (TypeError, ValueError, AttributeError):
        return ""


def masked(sentence: str, name: str) -> str:
    """The sentence without the entry's own name."""
    own = name.rpartition(".")[2]
    return re.sub(rf"(?<!\w){re.escape(own)}(?!\w)", "...", sentence, flags=re.IGNORECASE)


def entries() -> list[dict[str, str]]:
    """Every entry with its description in `query`, sorted by name, one for each docstring."""
    found: dict[str, dict[str, str]] = {}
    for name, value, doc in sorted(described(), key=lambda item: (item[0].count("."), item[0])):
        sentence, rest = split(doc)
        text = f"{parameters(value)} {rest}".strip()
        found.setdefault(doc, {"name": name, "text": text, "query": masked(sentence, name)})
    return sorted(found.values(), key=lambda entry: entry["name"])


def fit_to_ask(entry: dict[str, str]) -> bool:
    """Whether an entry's description says something and something else is left to recognise the entry by."""
    return 5 <= len(entry["query"].split()) <= 60 and len(entry["text"].split()) >= 12


def dataset(seed: int, queries: int) -> list[dict[str, str]]:
    """The asked entries first, in an order that depends on the seed alone; then the others, without a query."""
    everything = entries()
    asked = [entry for entry in everything if fit_to_ask(entry)]
    random.Random(seed).shuffle(asked)
    asked = asked[:queries]
    names = {entry["name"] for entry in asked}
    return asked + [entry | {"query": ""} for entry in everything if entry["name"] not in names]


def main() -> None:
    """Write the dataset and say how large it is."""
    parser = argparse.ArgumentParser(description="Make a dataset of the docstrings of the running Python.")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--queries", type=int, default=600, help="how many entries are asked for")
    parser.add_argument("--out", type=Path, default=Path("out"))
    given = parser.parse_args()
    rows = dataset(given.seed, given.queries)
    asked = sum(bool(row["query"]) for row in rows)
    given.out.mkdir(parents=True, exist_ok=True)
    with (given.out / "dataset.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    version = ".".join(map(str, sys.version_info[:3]))
    answer = {
        "summary": f"{len(rows)} entries of Python {version}, {asked} of them asked for",
        "evidence": {"entries": len(rows), "queries": asked},
        "artifacts": ["dataset.jsonl"],
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
