"""`python -m tests.endpoint --port 0 --script FILE`: a scripted endpoint as a process.

FILE is Python and defines `script(number, body) -> Answer`, with `Answer`, `Usage` and `Use` at hand. Its address is
printed; it serves until standard input closes.
"""

from __future__ import annotations

import argparse
import runpy
import sys
from pathlib import Path

from tests.endpoint.answers import Answer, Usage, Use
from tests.endpoint.server import ScriptedEndpoint


def main(argv: list[str]) -> int:
    """Serve until standard input closes."""
    parser = argparse.ArgumentParser(prog="python -m tests.endpoint")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--script", type=Path, help="a Python file that defines script(number, body) -> Answer")
    options = parser.parse_args(argv)
    names = (
        runpy.run_path(str(options.script), {"Answer": Answer, "Usage": Usage, "Use": Use}) if options.script else {}
    )
    with ScriptedEndpoint(names.get("script", Answer.text("hello")), port=options.port) as endpoint:
        print(endpoint.url, flush=True)
        sys.stdin.read()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
