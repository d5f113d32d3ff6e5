"""From what a server says to our own values: a tool to a `Spec`, an answer to a text. All of it is untrusted."""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Sequence

from mcp_types import (
    AudioContent,
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextContent,
    TextResourceContents,
    Tool,
)

from engine.tools.mcp.faults import NoAnswerError
from engine.tools.protocol import TEXT_CAP, Json, Result, Spec
from engine.tools.telling import one_line, told
from engine.values import canonical, sha256

NOTES_CAP = 20
"""Blocks that are no text and are told one by one; of the others only how many there are."""
SPEC_CAP = 256 * 2**10
"""Bytes of all that a server says about one tool."""
_EXACT = 2**53
"""Whole numbers from here on are no exact numbers in canonical JSON; schemas of other languages hold them as bounds."""


def specs(tools: Sequence[Tool]) -> tuple[Spec, ...]:
    """The operations, by name. Raises `NoAnswerError` for tools that cannot be told apart or pinned."""
    found: dict[str, Spec] = {}
    for tool in tools:
        name = one_line(tool.name, 60)
        if tool.name in found:
            raise NoAnswerError(f"it lists two tools of the name {name!r}")
        try:
            spec = _spec(tool)
            size = len(canonical(spec.model_dump(mode="json")))
        except (ValueError, RecursionError):
            raise NoAnswerError(f"what it says about its tool {name!r} cannot be pinned") from None
        if size > SPEC_CAP:
            raise NoAnswerError(f"it says more than {SPEC_CAP // 1024} KiB about its tool {name!r}")
        found[tool.name] = spec
    return tuple(found[name] for name in sorted(found))


def _spec(tool: Tool) -> Spec:
    said = tool.annotations.model_dump(mode="json", by_alias=True, exclude_none=True) if tool.annotations else {}
    if tool.title is not None:
        said = {**said, "title": tool.title, **({"annotatedTitle": said["title"]} if "title" in said else {})}
    return Spec(
        name=tool.name,
        description=tool.description or "",
        input_schema=_exact(tool.input_schema),
        output_schema=None if tool.output_schema is None else _exact(tool.output_schema),
        annotations=_exact(said),
    )


def _exact(value: Json) -> Json:
    made = _number(value)
    assert isinstance(made, dict)
    return made


def _number(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _number(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_number(inner) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _EXACT:
        return float(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("no number")
    return value


def result(answer: CallToolResult, *, source: str, notes: Sequence[str] = ()) -> Result:
    """What an answer tells: its texts, a line for everything else, and the hash of the whole."""
    texts, more = _texts(answer.content)
    structured = answer.structured_content
    if structured is not None and not any(isinstance(block, TextContent) for block in answer.content):
        texts.append(json.dumps(structured, ensure_ascii=False, indent=1, default=str))
    whole = answer.model_dump_json(by_alias=True, exclude_none=True).encode("utf-8", errors="replace")
    text = "\n".join([*texts, *notes]) or ("it failed and said nothing" if answer.is_error else "[no content]")
    return told(text, source=source, content=whole, ok=not answer.is_error, more=more)


def _texts(blocks: Sequence[ContentBlock]) -> tuple[list[str], bool]:
    """The lines to tell, and whether some were left out."""
    lines: list[str] = []
    size = others = 0
    for block in blocks:
        text = _text(block)
        if text is None:
            others += 1
            if others > NOTES_CAP:
                continue
            text = _note(block)
        if size <= TEXT_CAP:
            lines.append(text)
        size += len(text) + 1
    if others > NOTES_CAP:
        lines.append(f"[and {others - NOTES_CAP} more that are no text]")
    return lines, others > NOTES_CAP or size > TEXT_CAP


def _text(block: ContentBlock) -> str | None:
    if isinstance(block, TextContent):
        return block.text
    if isinstance(block, EmbeddedResource) and isinstance(block.resource, TextResourceContents):
        return f"[resource {one_line(block.resource.uri)}]\n{block.resource.text}"
    return None


def _note(block: ContentBlock) -> str:
    if isinstance(block, ResourceLink):
        return f"[a link to {one_line(block.uri)}, not opened]"
    if isinstance(block, ImageContent | AudioContent):
        return f"[{block.type} {_data(block.data, block.mime_type)}, not shown]"
    if isinstance(block, EmbeddedResource) and not isinstance(block.resource, TextResourceContents):
        return f"[resource {one_line(block.resource.uri)} {_data(block.resource.blob, block.resource.mime_type)}]"
    return "[something that is no text]"


def _data(encoded: str, media: str | None) -> str:
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return f"{one_line(media or '', 60)}, damaged"
    return f"{one_line(media or '', 60)}, {len(content)} bytes, sha256 {sha256(content)}"
