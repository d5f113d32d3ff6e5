"""The `workspace` tool: an attempt lists, reads, writes, extends and deletes text files in its own folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.tools import arguments as given
from engine.tools.arguments import BadArgumentError, integer, schema, string
from engine.tools.folder import PATH_CAP, WRITE_CAP, Folder, PathError
from engine.tools.lines import LIMIT, LIMIT_CAP, decoded, part
from engine.tools.protocol import Json, Result, Spec, ToolDownError
from engine.tools.telling import failed, told

LIST_CAP = 500
_PATH = string("relative to the workspace", maxLength=PATH_CAP)
_OFFSET = integer("lines to skip", 0, 10_000_000)
_LIMIT = integer(f"lines to tell, {LIMIT} when not given", 1, LIMIT_CAP)
_TEXT = string("the text", maxLength=WRITE_CAP)


def _spec(name: str, description: str, properties: dict[str, Json], *, optional: tuple[str, ...] = ()) -> Spec:
    return Spec(name=name, description=description, input_schema=schema(properties, optional=optional))


SPECS = (
    _spec("append", "Add text to the end of a file; a new file is made.", {"path": _PATH, "text": _TEXT}),
    _spec("delete", "Delete a file of the workspace.", {"path": _PATH}),
    _spec("list", "What lies in a folder of the workspace.", {"path": _PATH}, optional=("path",)),
    _spec(
        "read",
        "Read a text file of the workspace, or some of its lines.",
        {"path": _PATH, "offset": _OFFSET, "limit": _LIMIT},
        optional=("offset", "limit"),
    ),
    _spec("write", "Write a text file; what was there before is replaced.", {"path": _PATH, "text": _TEXT}),
)


class WorkspaceProvider:
    """Operations on the folder `workspace` alone."""

    identity = "builtin:workspace/1"

    def __init__(self, name: str, workspace: Path) -> None:
        self.name = name
        self._folder = Folder(workspace)

    async def specs(self) -> tuple[Spec, ...]:
        """The same five in every workspace. Raises `ToolDownError` when the folder is gone."""
        try:
            self._folder.open()
        except OSError as problem:
            raise ToolDownError(
                f"the workspace cannot be opened: {problem.strerror}", "check the rights of the home"
            ) from None
        return SPECS

    async def call(self, operation: str, arguments: Mapping[str, object], *, key: str, timeout_ms: int) -> Result:
        """One operation. Files are small: none takes long enough to be ended."""
        del key, timeout_ms
        await self.specs()
        try:
            return self._done(operation, arguments)
        except (BadArgumentError, PathError) as problem:
            return failed(str(problem), source=f"workspace {operation[:40]}")

    def _done(self, operation: str, arguments: Mapping[str, object]) -> Result:
        spec = next((spec for spec in SPECS if spec.name == operation), None)
        if spec is None:
            raise BadArgumentError(f"there is no operation {operation[:60]!r}")
        properties = spec.input_schema["properties"]
        assert isinstance(properties, dict)
        given.known(arguments, tuple(properties))
        path = given.text(arguments, "path", cap=PATH_CAP, default="" if operation == "list" else None)
        source = f"workspace {operation} {path or '.'}"
        if operation == "list":
            return self._listed(path, source)
        if operation == "read":
            offset = given.whole(arguments, "offset", least=0, most=10_000_000, default=0)
            limit = given.whole(arguments, "limit", least=1, most=LIMIT_CAP, default=LIMIT)
            content = self._folder.read(path)
            text, more = part(decoded(content, path), offset, limit)
            return told(text, source=source, content=content, more=more)
        if operation == "delete":
            self._folder.delete(path)
            return told(f"deleted {path}", source=source)
        text = given.text(arguments, "text", cap=WRITE_CAP)
        if "\0" in text:
            raise BadArgumentError("text must not hold NUL characters")
        size = self._folder.write(path, text.encode(), append=operation == "append")
        return told(f"{path} has {size} bytes now", source=source, content=text.encode())

    def _listed(self, path: str, source: str) -> Result:
        entries = self._folder.entries(path)
        lines = [
            f"{entry.name}/" if entry.kind == "folder" else f"{entry.name}  {entry.size} bytes"
            for entry in entries[:LIST_CAP]
            if entry.kind != "other"
        ]
        if more := len(entries) > LIST_CAP:
            lines.append(f"[{len(entries)} in all]")
        return told("\n".join(lines) or "nothing lies here", source=source, more=more)

    async def close(self) -> None:
        """Let go of the folder."""
        self._folder.close()
