"""Events as sentences: every kind has one, and none lets other people's text steer the terminal."""

from __future__ import annotations

import unicodedata
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cockpit.cli.story import _TELLERS, Names, describe, tell
from cockpit.demo.teller import Teller
from engine.ledger.bodies import REGISTRY

TEXT = st.text(alphabet=st.characters(), max_size=30)


def _event(kind: str, body: dict[str, Any], mission: str = "gtm") -> dict[str, Any]:
    return {
        "seq": 1,
        "mission": mission,
        "height": 1,
        "kind": kind,
        "body": body,
        "at": 0,
        "wall": 0,
        "actor": "engine",
    }


def test_every_kind_of_event_has_a_sentence() -> None:
    assert set(REGISTRY) - set(_TELLERS) == set()


@given(st.sampled_from(sorted(_TELLERS)), st.data())
def test_a_sentence_is_one_safe_line_whatever_the_body_says(kind: str, data: st.DataObject) -> None:
    fields = REGISTRY[kind].model_fields
    body: dict[str, Any] = {}
    for name, field in fields.items():
        if field.annotation is bool:
            body[name] = data.draw(st.booleans())
        elif "int" in str(field.annotation):
            body[name] = data.draw(st.integers(min_value=0, max_value=10**12))
        elif field.annotation is str or "Literal" in str(field.annotation):
            body[name] = data.draw(TEXT)
    line = describe(_event(kind, body), Names())
    assert line.text
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in line.text)


def test_ids_are_told_by_their_names() -> None:
    names = Names()
    for event in (
        _event("branch.opened", {"branch": "B2", "key": "cold-email"}),
        _event("task.added", {"task": "T1", "branch": "B2", "title": "draft batch 1"}),
        _event("task.added", {"task": "T2", "branch": "B2", "title": "review it", "kind": "review"}),
    ):
        names.learn(event)
    assert "✓ cold-email: draft batch 1 accepted" in tell(_event("task.accepted", {"task": "T1"}), names)
    assert tell(_event("task.accepted", {"task": "T2"}), names) == "", "the verdict tells it better"
    assert tell(_event("task.accepted", {"task": "T2"}), names, everything=True)


def test_a_crowd_of_a_kind_is_one_line_in_the_demo() -> None:
    sent = [_event("effect.done", {"effect": f"F{n}", "reference": "new/x"}) for n in range(24)]
    lines = list(Teller().lines([*sent, _event("mission.finished", {"because": "met"})]))
    assert len(lines) == 2
    assert "24 mails left" in lines[0]
    assert "✓ the mission is finished: met" in lines[1]
