"""A call as a human approves it: canonical bytes and their digest. Pure.

The bytes hold everything that matters to what will happen, and nothing else: the same wish of the same task has the
same digest, whichever attempt has it; another argument, tool or pin has another one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from engine.values import MissionId, Sha256, canonical

VERSION = 1
_DOMAIN = b"cockpit.call.v1\0"


def wanted_bytes(
    *,
    mission: MissionId,
    task: str,
    role: str,
    tool: str,
    operation: str,
    identity: str,
    pin: str,
    arguments: Mapping[str, object],
) -> bytes:
    """The canonical JSON of a wanted call. Raises ValueError for arguments that have no canonical form."""
    return canonical(
        {
            "v": VERSION,
            "mission": mission,
            "task": task,
            "role": role,
            "tool": tool,
            "operation": operation,
            "identity": identity,
            "pin": pin,
            "arguments": arguments,
        }
    )


def wanted_digest(content: bytes) -> Sha256:
    """What a human approves."""
    return Sha256(hashlib.sha256(_DOMAIN + content).hexdigest())
