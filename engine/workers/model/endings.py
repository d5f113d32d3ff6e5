"""How an attempt of a model ends badly, in words for whoever reads the log: what failed, and how it is mended."""

from __future__ import annotations

from engine.modelhost.wire import CallFailed
from engine.workers.answer import visible
from engine.workers.model.endpoint import Endpoint
from engine.workers.model.reading import UnfitError
from engine.workers.protocol import AttemptJob, Failed, Fault

_REASONS: dict[str, str] = {
    "throttled": "is throttled by its provider",
    "provider_error": "its provider reports an error",
    "unreachable": "cannot be reached",
    "timeout": "did not answer in time",
    "stalled": "fell silent in mid-answer",
    "cut": "the connection broke in mid-answer",
    "garbled": "answered with something unreadable",
    "no_answer": "ended without an answer",
    "too_long": "the package does not fit its window",
    "too_much": "said more than it may",
    "refused": "the provider refuses the request",
    "host_lost": "the model host ended during the call",
}
_UNPAID = 402
_HOPELESS = frozenset({"too_long", "refused", "key_refused", "not_found", "broken_install"})
"""Faults after which the same worker need not be asked the same again."""


def failed(job: AttemptJob, endpoint: Endpoint, ended: CallFailed, first: UnfitError | None) -> Failed:
    """The end of an attempt whose last call failed; `first` is what was wrong with the answer before."""
    line = visible(ended.line, 300)
    if first is not None and ended.kind == "too_long":  # the package did fit: it is the answer that was no good
        return unusable(job, f"its answer cannot be used, and is too long to mend: {first.errors[0]}", "unusable")
    if ended.kind == "key_refused":
        which = f"the key {endpoint.key}" if endpoint.key else "a call without a key"
        said = f"its provider refuses {which}: put a working key there (cockpit keys), or name another in config.toml"
        if ended.status == _UNPAID:
            said = f"the account of {which} has no credit left: add some, or name another in config.toml"
    elif ended.kind == "not_found":
        where = f" at {endpoint.endpoint}" if endpoint.endpoint else ""
        said = f"there is no {endpoint.model}{where}: mend [models.{job.model}] in config.toml"
    elif ended.kind == "broken_install":
        said = "the model host is not installed completely: run cockpit doctor"
    else:
        said = _REASONS[ended.kind]
    if first is not None:
        line = f"{line}; its first answer did not fit: {first.errors[0]}".removeprefix("; ")
    return Failed(
        reason=visible(f"{job.model}: {said}", 2_000),
        detail=line,
        retryable=ended.kind not in _HOPELESS,
        fault=ended.kind,
        retry_after_ms=max(0, ended.retry_after_ms),
    )


def unusable(job: AttemptJob, reason: str, fault: Fault = "", *, retryable: bool = True) -> Failed:
    """The end of an attempt that brought nothing that can be used."""
    return Failed(reason=visible(f"{job.model}: {reason}", 2_000), fault=fault, retryable=retryable)
