"""P16: whatever a tool server or a model writes is read, or ends in an error that has a name.

Messages and answers of MCP servers, usage as providers report it, lines of the model host, answers of models: made of
what they are made of, with wrong types, sizes, nesting and characters, and cut at any byte.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import mcp_types
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.containment.conversation import BrokenConversationError
from engine.modelhost.lines import from_host, to_host
from engine.modelhost.settle import settled
from engine.tools.mcp.faults import NoAnswerError
from engine.tools.mcp.reading import result, specs
from engine.tools.mcp.stdio import _parsed
from engine.tools.protocol import TEXT_CAP
from engine.values import Tokens
from engine.workers.model.reading import MOST_ERRORS, UnfitError, read
from tests.engine.workers.model.scripted import asked

NAMES = (
    "jsonrpc", "id", "result", "error", "method", "params", "content", "type", "text", "data", "mimeType", "uri",
    "resource", "blob", "structuredContent", "isError", "tools", "name", "description", "inputSchema", "outputSchema",
    "annotations", "title", "properties", "required", "op", "failed", "done", "usage", "summary", "claims", "decisions",
    "effects", "artifacts", "evidence", "verdicts", "criterion", "ok", "verb", "to", "body", "media", "value", "metric",
)  # fmt: skip
WORDS = ("2.0", "text", "image", "audio", "resource", "resource_link", "tools/list", "object", "\x1b]0;x\x07", "\u202e",
         "\ud800", "a" * 5_000, "", "send", "notes.md", "text/plain", "ended", "piece", "call")  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.sampled_from(WORDS)
    | st.text(max_size=9)
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=14,
)
OBJECTS = st.dictionaries(st.sampled_from(NAMES), TREES, max_size=7)
BLOCKS = st.lists(OBJECTS | OBJECTS.map(lambda tree: {**tree, "type": "text", "text": "found it"}), max_size=4)
FUZZ = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def written(tree: object) -> bytes:
    """As a peer writes it, not as a good one does."""
    return json.dumps(tree).encode("utf-8", errors="surrogatepass")


@given(tree=OBJECTS | OBJECTS.map(lambda tree: {**tree, "jsonrpc": "2.0", "id": 1}), cut=st.integers(0, 400))
@FUZZ
def test_p16_a_line_of_a_server_is_a_message_or_no_message(tree: dict[str, Any], cut: int) -> None:
    for line in (written(tree), written(tree)[:cut], b"\xff" + written(tree)):
        try:
            found: object = _parsed(line)
        except BrokenConversationError as broken:
            found = str(broken)
        assert found


@given(blocks=BLOCKS, more=OBJECTS)
@FUZZ
def test_p16_an_answer_of_a_tool_is_told_within_its_bounds(blocks: list[Any], more: dict[str, Any]) -> None:
    try:
        answer = mcp_types.CallToolResult.model_validate({**more, "content": blocks})
    except ValidationError:
        return  # the SDK's own refusal: it ends the call as "no answer that can be understood"
    found = result(answer, source="server")
    assert len(found.text) <= TEXT_CAP + 2_000


@given(listed=st.lists(OBJECTS.map(lambda tree: {"name": "look", "inputSchema": {}, **tree}), max_size=3))
@FUZZ
def test_p16_what_a_server_says_of_its_tools_is_pinned_or_refused(listed: list[dict[str, Any]]) -> None:
    try:
        tools = [mcp_types.Tool.model_validate(tree) for tree in listed]
    except ValidationError:
        return
    refused = ""
    try:
        found = specs(tools)
    except NoAnswerError as error:
        found, refused = (), str(error)
    assert refused or [spec.name for spec in found] == sorted({tool.name for tool in tools})


@given(reports=st.lists(st.dictionaries(st.sampled_from(
    ("prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details", "completion_tokens_details",
     "cache_read_input_tokens", "cache_creation_input_tokens")), SCALARS | st.dictionaries(st.sampled_from(
        ("cached_tokens", "reasoning_tokens", "cache_creation_tokens")), SCALARS, max_size=3) | st.integers(0, 9_000),
    max_size=6), max_size=4), answered=st.booleans())  # fmt: skip
@FUZZ
def test_p16_usage_is_tokens_that_can_be_true_or_unknown(reports: list[Mapping[str, object]], answered: bool) -> None:
    found = settled(reports, answered=answered)
    if found is not None:
        assert isinstance(found, Tokens)
        assert all(count >= 0 for count in found.model_dump().values())
        assert found.input + found.cache_read + found.cache_write > 0


@given(tree=OBJECTS, cut=st.integers(0, 300))
@FUZZ
def test_p16_a_line_between_engine_and_model_host_is_understood_or_refused(tree: dict[str, Any], cut: int) -> None:
    for line in (written(tree), written(tree)[:cut]):
        for reader in (to_host, from_host):
            try:
                found: object = reader(line)
            except ValidationError as refused:
                found = refused.error_count()
            assert found


@given(tree=OBJECTS | OBJECTS.map(lambda tree: {**tree, "summary": "looked"}), before=st.text(max_size=30),
       cut=st.integers(0, 600), kind=st.sampled_from(("work", "review")))  # fmt: skip
@FUZZ
def test_p16_an_answer_of_a_model_is_a_handoff_or_says_what_is_wrong(
    tree: dict[str, Any], before: str, cut: int, kind: str
) -> None:
    job = asked(kind=kind, criteria=("is kind",)) if kind == "review" else asked(proposes=("send",))
    whole = f"{before}\n```json\n{json.dumps(tree)}\n```"
    for text in (whole, whole[:cut], json.dumps(tree)[:cut]):
        try:
            told = [read(text, job).handoff.summary]
        except UnfitError as unfit:
            told = unfit.errors
        assert 0 < len(told) <= MOST_ERRORS
        assert all(0 < len(line) <= 2_000 for line in told)
