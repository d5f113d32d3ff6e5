"""Whatever changes in an effect of any connector, its digest is another one: an approval of the old bytes is not one of
the new.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.effects.canonical import EffectBytes, Envelope, effect_digest
from engine.values import MissionId, sha256

URLS = {
    "webhook": "https://hooks.example.org/orders?team=a",
    "files": "files:site/posts/launch.md",
    "git": "git:site/posts/launch.md",
    "command": "program:deploy",
    "mcp": "mcp:tracker/create_issue",
    "maildir": "",
}
BODY = b'{"title":"Launch"}'
BASES = {
    name: EffectBytes(
        mission=MissionId("gtm"),
        effect="gtm/F7",
        verb="send" if name == "maildir" else "publish",
        connector=name,
        envelope=Envelope(
            mail_from="ada@sender.example" if name == "maildir" else "",
            rcpt_to=("bob@example.org",) if name == "maildir" else (),
            url=url,
            micro_usd=0 if name == "maildir" else 1_500_000,
        ),
        message_id="<0123@sender.example>",
        body_sha256=sha256(BODY),
        fields=("title",),
    )
    for name, url in URLS.items()
}


def mutations(base: EffectBytes) -> dict[str, dict[str, Any]]:
    """Thirty and more changes of one effect, each of another kind."""
    envelope = base.envelope.model_dump(mode="json")
    where = "url" if base.envelope.url else "mail_from"
    target = envelope[where]

    def to(**changed: Any) -> dict[str, Any]:
        return {"envelope": envelope | changed}

    return {
        "other mission": {"mission": "gtm2"},
        "other effect": {"effect": "gtm/F8"},
        "other verb": {"verb": "deploy"},
        "verb in capitals": {"verb": base.verb.upper()},
        "verb with a space": {"verb": f"{base.verb} "},
        "other connector": {"connector": "smtp"},
        "connector in capitals": {"connector": base.connector.upper()},
        "connector with a hidden character": {"connector": f"{base.connector}\u200b"},
        "other target": to(**{where: "https://evil.example/"}),
        "no target": to(**{where: ""}),
        "target in capitals": to(**{where: target.upper()}),
        "target with a trailing slash": to(**{where: f"{target}/"}),
        "target with a trailing dot": to(**{where: f"{target}."}),
        "target with a step up": to(**{where: f"{target}/../x"}),
        "target with an encoded step": to(**{where: f"{target}%2f.."}),
        "target with a port": to(**{where: f"{target}:8443"}),
        "target with a query": to(**{where: f"{target}&admin=1"}),
        "target with a fragment": to(**{where: f"{target}#x"}),
        "target with a password": to(**{where: f"u:p@{target}"}),
        "target with a zero-width space": to(**{where: f"{target}\u200b"}),
        "target turned around": to(**{where: f"\u202e{target}"}),
        "look-alike target": to(**{where: target.replace("e", "\u0435")}),
        "target with a new line": to(**{where: f"{target}\nX: y"}),
        "a recipient added": to(rcpt_to=[*envelope["rcpt_to"], "mal@evil.example"]),
        "more money": to(micro_usd=envelope["micro_usd"] + 1),
        "ten times the money": to(micro_usd=(envelope["micro_usd"] or 1) * 10 + 5),
        "other message id": {"message_id": "<0124@sender.example>"},
        "no message id": {"message_id": ""},
        "other body": {"body_sha256": sha256(b'{"title":"launch"}')},
        "body with another space": {"body_sha256": sha256(b'{"title": "Launch"}')},
        "body with a key more": {"body_sha256": sha256(b'{"title":"Launch","x":1}')},
        "empty body": {"body_sha256": sha256(b"")},
        "private field added": {"fields": ["email", "title"]},
        "no private fields": {"fields": []},
    }


@pytest.mark.parametrize("name", BASES)
def test_every_mutation_of_every_connector_has_another_digest(name: str) -> None:
    base, seen = BASES[name], {BASES[name].digest()}
    changes = mutations(base)
    assert len(changes) >= 30
    for what, change in changes.items():
        body = json.loads(base.canonical()) | change
        digest = effect_digest(EffectBytes.model_validate_json(json.dumps(body)).canonical())
        assert digest not in seen, what
        seen.add(digest)


def test_no_connector_stands_for_another() -> None:
    assert len({base.digest() for base in BASES.values()}) == len(BASES)
