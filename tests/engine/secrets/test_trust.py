"""A keyring is used only if it keeps secrets; a chain is as good as its worst link."""

from __future__ import annotations

import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null

from engine.secrets.trust import judged
from tests.engine.secrets.keyrings import Chain, Disguised, Doubtful, Readable, Ring, Unfit


def test_a_recommended_keyring_is_trusted() -> None:
    ring = judged(Ring())
    assert ring.why is None
    assert ring.name == "tests.engine.secrets.keyrings.Ring"
    assert judged(Chain(Ring(), Ring())).why is None


@pytest.mark.parametrize(
    ("backend", "why"),
    [
        (Readable(), "untrusted_keyring"),
        (Disguised(), "untrusted_keyring"),
        (Doubtful(), "untrusted_keyring"),
        (Chain(Ring(), Readable()), "untrusted_keyring"),
        (Chain(Ring(), Doubtful()), "untrusted_keyring"),
        (Chain(Ring(), null.Keyring()), "untrusted_keyring"),  # type: ignore[no-untyped-call]
        (null.Keyring(), "no_keyring"),  # type: ignore[no-untyped-call]
        (fail.Keyring(), "no_keyring"),  # type: ignore[no-untyped-call]
        (Unfit(), "no_keyring"),
        (Chain(), "no_keyring"),
    ],
    ids=lambda one: one if isinstance(one, str) else type(one).__name__,
)
def test_what_keeps_nothing_or_keeps_it_readable_is_refused(backend: KeyringBackend, why: str) -> None:
    ring = judged(backend)
    assert ring.why == why
    fault = ring.fault("keyring:openai")
    assert fault is not None
    assert fault.where == "keyring:openai"
    assert fault.mend


def test_the_refusal_names_the_link_that_is_to_blame() -> None:
    assert "keyrings.alt.file.Readable" in judged(Chain(Ring(), Readable())).what
