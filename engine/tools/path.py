"""The `path` tool: one file that the contract names, laid into the workspace, to be read and searched and no more."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.tools import arguments as given
from engine.tools.arguments import BadArgumentError, integer, schema, string
from engine.tools.folder import Folder, PathError
from engine.tools.lines import LIMIT, LIMIT_CAP, decoded, found, part
from engine.tools.protocol import Result, Spec, ToolDownError
from engine.tools.telling import failed, told

FILE_CAP = 20 * 2**20
"""Bytes of the file."""
_WANTED_CAP = 200


class PathProvider:
    """Reads `path` below `workspace`, and nothing else."""

    def __init__(self, name: str, workspace: Path, path: str) -> None:
        self.name, self._path = name, path
        self._folder = Folder(workspace)

    @property
    def identity(self) -> str:
        """The file's name: what it holds is an input of the mission, pinned by its own hash."""
        return f"path:{self._path}"

    async def specs(self) -> tuple[Spec, ...]:
        """`read` and `search`. Raises `ToolDownError` when the file was not laid."""
        self._content()
        lines = {
            "offset": integer("lines to skip", 0, 10_000_000),
            "limit": integer(f"lines to tell, {LIMIT} when not given", 1, LIMIT_CAP),
        }
        wanted = {"text": string("what a line must hold; case does not matter", minLength=1, maxLength=_WANTED_CAP)}
        return (
            Spec(
                name="read",
                description=f"Read {self._path}, or some of its lines.",
                input_schema=schema(lines, optional=("offset", "limit")),
            ),
            Spec(
                name="search",
                description=f"The lines of {self._path} that hold a text, with their numbers.",
                input_schema=schema(wanted),
            ),
        )

    async def call(self, operation: str, arguments: Mapping[str, object], *, key: str, timeout_ms: int) -> Result:
        """One operation on the file. Raises `ToolDownError` when it has gone."""
        del key, timeout_ms
        content = self._content()
        source = f"{self._path} {operation[:40]}"
        try:
            if operation == "read":
                given.known(arguments, ("offset", "limit"))
                offset = given.whole(arguments, "offset", least=0, most=10_000_000, default=0)
                limit = given.whole(arguments, "limit", least=1, most=LIMIT_CAP, default=LIMIT)
                text, more = part(decoded(content, self._path), offset, limit)
            elif operation == "search":
                given.known(arguments, ("text",))
                wanted = given.text(arguments, "text", cap=_WANTED_CAP)
                if not wanted.strip():
                    raise BadArgumentError("text is empty")
                text, more = found(decoded(content, self._path), wanted)
            else:
                raise BadArgumentError(f"there is no operation {operation[:60]!r}")
        except (BadArgumentError, PathError) as problem:
            return failed(str(problem), source=source)
        return told(text, source=source, content=content, more=more)

    def _content(self) -> bytes:
        try:
            return self._folder.read(self._path, cap=FILE_CAP)
        except (OSError, PathError) as problem:
            why = problem.strerror if isinstance(problem, OSError) else problem.what
            raise ToolDownError(f"{self._path} cannot be read: {why}", "name a file of the contract's inputs") from None

    async def close(self) -> None:
        """Let go of the folder."""
        self._folder.close()
