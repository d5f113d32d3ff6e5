"""The checks of `cockpit doctor` around `[connectors.NAME]`: whether what they need is there. Nothing is sent."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from cockpit.cli.finding import Finding
from engine.settings import Command, Files, Mcp, Settings, Webhook


def outlets(settings: Settings) -> Iterator[Finding]:
    """One line for each connector of config.toml."""
    for name, outlet in sorted(settings.connectors.items()):
        place = f"connectors.{name}"
        match outlet:
            case Webhook():
                host, kind = urlsplit(outlet.url).hostname, "dedup" if outlet.window else "blind"
                yield Finding("connector", "ok", f"{place} posts to {host} ({kind}): not tried, for that would send")
            case Command():
                found = shutil.which(outlet.argv[0])
                kind = "dedup" if outlet.window else "blind"
                said = f"{place} runs {found} ({kind})" if found else f"{place}: {outlet.argv[0]} is not there"
                yield Finding("connector", "ok" if found else "fail", said, "" if found else f"correct [{place}] argv")
            case Mcp():
                yield _server(place, outlet)
            case Files() if outlet.repository:
                yield _repository(place, Path(outlet.repository), outlet.branch)
            case Files():
                there = Path(outlet.folder).is_dir()
                said = f"{place} publishes into {outlet.folder}" + ("" if there else ", which is not there")
                yield Finding("connector", "ok" if there else "fail", said, "" if there else f"mkdir {outlet.folder}")


def _server(place: str, outlet: Mcp) -> Finding:
    """Whether a server can be started or has an address, and its operation is pinned. It is not asked."""
    kind, called = "dedup" if outlet.window else "blind", f"{place} calls {outlet.operation} of"
    if outlet.argv and shutil.which(outlet.argv[0]) is None:
        return Finding("connector", "fail", f"{place}: {outlet.argv[0]} is not there", f"correct [{place}] argv")
    server = shutil.which(outlet.argv[0]) if outlet.argv else urlsplit(outlet.url).hostname
    if not outlet.pin:
        mend = f"write pin into [{place}]: the first effect is refused, and says what it is"
        return Finding("connector", "warn", f"{called} {server} ({kind}), which is not pinned: nothing is called", mend)
    return Finding("connector", "ok", f"{called} {server} ({kind}): not tried")


def _repository(place: str, repository: Path, branch: str) -> Finding:
    """Whether there is a repository, and the branch is free to be moved."""
    mend = f"correct [{place}]"
    if shutil.which("git") is None:
        return Finding("connector", "fail", f"{place}: git is not installed", "install git")
    told = _git(repository, "worktree", "list", "--porcelain")
    if told is None:
        return Finding("connector", "fail", f"{place}: {repository} is no git repository", mend)
    bare = (_git(repository, "rev-parse", "--is-bare-repository") or "").strip() == "true"
    if not bare and f"branch refs/heads/{branch}" in told.splitlines():
        what = f"{place}: {branch} is checked out, so nothing is committed to it"
        return Finding("connector", "fail", what, "name another branch, and merge it")
    return Finding("connector", "ok", f"{place} commits to {branch} of {repository}")


def _git(repository: Path, *arguments: str) -> str | None:
    line = ["git", "-C", str(repository), *arguments]
    try:
        done = subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, timeout=10, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
