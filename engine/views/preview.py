"""What a worker would be told now: the package of a task's next attempt, compiled by the code that sends it.

A front end hands in the mission's state and a way to read blobs; what comes out is what `cockpit context` shows.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from engine.context.pack import Infeasible, pack, wanted
from engine.state.model import MissionState
from engine.values import Sha256


def preview(state: MissionState, task_id: str, blob: Callable[[Sha256], bytes | None]) -> dict[str, Any]:
    """The package of the next attempt: `{digest, tokens, budget, text, included, excluded}`; no `text` if infeasible.

    What is only known when the attempt starts (the work a reviewer is shown) stands in it as it is now.
    """
    task = state.tasks[task_id]
    contents = {sha: content for sha in wanted(state, task) if (content := blob(sha)) is not None}
    package = pack(state, task, contents=contents)
    if isinstance(package, Infeasible):
        return {
            "digest": None,
            "tokens": package.needs,
            "budget": package.budget,
            "text": "",
            "included": [],
            "excluded": [],
            "infeasible": f"needs {package.needs} tokens, may have {package.budget}",
        }
    manifest = json.loads(package.manifest)
    return {
        "digest": package.sha,
        "tokens": package.tokens,
        "budget": package.budget,
        "text": package.text,
        "included": manifest["included"],
        "excluded": manifest["excluded"],
    }
