"""Something an attempt has made, as far as it can be read on a screen. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cockpit.screens.attention.strict import strict
from cockpit.screens.words import safe
from widgets.ink import BLANK, Line, Run, cut, fit
from widgets.marks import count

LONGEST = 200_000
"""Characters of an artifact that are shown."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """One artifact, as far as it can be read."""

    name: str
    media: str
    size: int
    text: str | None
    """None: it was erased, or is no text."""


def artifact(body: Mapping[str, Any], content: bytes | None) -> Artifact:
    """From the body of its `artifact.produced` and its blob, None when that was erased."""
    text = None
    if content is not None and b"\0" not in content[:4096]:
        text = content[: 4 * LONGEST].decode("utf-8", "backslashreplace")[:LONGEST]
    return Artifact(str(body.get("name")), str(body.get("media")), int(body.get("bytes") or 0), text)


def artifact_lines(artifact: Artifact, size: int) -> list[Line]:
    """What it is called, and its text in lines of at most `size` columns."""
    head: Line = (
        Run(cut(safe(artifact.name), size // 2), "bright", bold=True),
        Run(f"   {safe(artifact.media)}, {count(artifact.size)} bytes", "muted"),
    )
    if artifact.text is None:
        return [fit(head, size), (Run("it was erased, or is no text", "muted"),)]
    lines = strict(artifact.text.rstrip("\n"), size)
    shown = [fit(head, size), BLANK, *lines]
    if len(artifact.text.encode()) < artifact.size:
        shown.append((Run("… only its beginning is shown here", "muted"),))
    return shown
