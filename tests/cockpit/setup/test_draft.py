"""Drafts of config.toml: valid by the schema, without a guessed price, and never at the cost of what stands there."""

from __future__ import annotations

import tomllib
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.setup.draft import HEAD, UNKNOWN_WINDOW, Table, alias, joined, keys_of, local_models, model_table, written
from cockpit.setup.probe import Answer, Offered, Server
from engine.errors import BadInputError
from engine.settings import Settings, read_settings

OLLAMA = Server("Ollama", 11434, "/api/tags", "ollama_chat")
OLD = '# mine\n[screen]\ntheme = "light"  # softer'


def offered(*models: Offered) -> list[Answer]:
    return [Answer(OLLAMA, "answers", models)]


def test_a_local_model_is_free_local_and_has_a_window_that_is_not_invented() -> None:
    tables = local_models(offered(Offered("llama3.2:3b"), Offered("big", 32_768)), Settings())
    models = read_settings(written(tables)).models
    assert models["llama3.2-3b"].model == "ollama_chat/llama3.2:3b"
    assert models["llama3.2-3b"].endpoint == "http://127.0.0.1:11434"
    assert (models["llama3.2-3b"].free, models["llama3.2-3b"].privacy) == (True, "local")
    assert models["llama3.2-3b"].window == UNKNOWN_WINDOW
    assert "not said by the server" in written(tables)
    assert models["big"].window == 32_768


def test_the_use_of_tools_is_taken_over_where_the_server_says_so_and_nowhere_else() -> None:
    models = read_settings(written(local_models(offered(Offered("a", tools=True), Offered("b")), Settings()))).models
    assert models["a"].capabilities == ("json", "tools")
    assert models["b"].capabilities == ("json",)
    added = read_settings(written([model_table("m", "openai/x", tools=True), model_table("n", "openai/y")])).models
    assert (added["m"].candidate("m").tools, added["n"].candidate("n").tools) == (True, False)


def test_what_is_configured_is_not_proposed_again() -> None:
    tables = local_models(offered(Offered("a"), Offered("b")), Settings())
    settings = read_settings(written(tables[:1]))
    assert [table.cells["model"] for table in local_models(offered(Offered("a"), Offered("b")), settings)] == [
        "ollama_chat/b"
    ]


def test_two_models_never_share_a_name() -> None:
    tables = local_models(offered(Offered("x/a:latest"), Offered("y/a"), Offered("A")), Settings())
    assert [table.path[1] for table in tables] == ["a", "a-2", "a-3"]


@settings(deadline=None)
@given(st.text(max_size=80), st.sets(st.sampled_from(["model", "model-2", "a"])))
def test_a_name_is_always_one_that_the_schema_takes(name: str, taken: set[str]) -> None:
    called = alias(name, taken)
    assert called not in taken
    assert called in read_settings(written([Table(("models", called), {"model": "openai/x", "free": True})])).models


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_any_text_is_read_back_as_it_was(text: str) -> None:
    read = tomllib.loads(written([Table(("a", text), {text: text, "n": Decimal("0.10"), "yes": True})]))
    assert read == {"a": {text: {text: text, "n": 0.1, "yes": True}}}


def test_prices_are_exact() -> None:
    table = model_table("m", "openai/x", price="0.25, 1.000001", key="env:OPENAI_API_KEY", tier="cheap")
    model = read_settings(written([table])).models["m"]
    assert model.price is not None
    assert (model.price.input, model.price.output) == (250_000, 1_000_001)


@pytest.mark.parametrize(
    "price", ["3", "3,", "a,b", "3,4,5", "nan,1", "inf,1", "-1,2", "1,0.0000001", "99999,1", "1e9,1"]
)
def test_a_price_that_cannot_be_is_refused(price: str) -> None:
    with pytest.raises(BadInputError):
        model_table("m", "openai/x", price=price)


@pytest.mark.parametrize(
    "terms",
    [
        {"name": "Large Model"},
        {"litellm": "gpt"},
        {"litellm": "openai/a b"},
        {"endpoint": "http://elsewhere.example/v1"},
        {"endpoint": "file:///etc/passwd"},
        {"key": "sk-canary"},
        {"window": 10},
        {"max_output": 200_000},
        {"local": True},
    ],
    ids=str,
)
def test_what_the_schema_refuses_is_refused_without_repeating_it(terms: dict[str, object]) -> None:
    given_terms = {"name": "m", "litellm": "openai/x", **terms}
    with pytest.raises(BadInputError) as caught:
        model_table(**given_terms)  # type: ignore[arg-type]
    assert "sk-canary" not in str(caught.value)


def test_a_file_that_is_there_keeps_every_line() -> None:
    after = joined(OLD, [model_table("m", "openai/x")])
    assert after.startswith(OLD + "\n\n[models.m]\n")
    assert read_settings(after).screen.theme == "light"
    assert read_settings(after).models["m"].free


def test_a_new_file_says_where_everything_is_explained() -> None:
    assert joined(None, [model_table("m", "openai/x")]).startswith(HEAD)


@pytest.mark.parametrize(
    "before",
    ["models = {}\n", '[models.m]\nmodel = "openai/x"\nfree = true\n', "[mail\n", "[screen]\ncolour = 1\n"],
)
def test_a_file_that_cannot_take_the_table_is_left_to_its_owner(before: str) -> None:
    with pytest.raises(BadInputError):
        joined(before, [model_table("m", "openai/x")])


def test_of_a_key_in_the_environment_only_its_presence_is_known() -> None:
    found = keys_of({"OPENAI_API_KEY": "sk-canary", "MISTRAL_API_KEY": "  ", "OTHER_API_KEY": "x"})
    assert [provider.variable for provider in found] == ["OPENAI_API_KEY"]
    assert "sk-canary" not in repr(found)
