"""Limits on arguments, and where arguments go."""

from __future__ import annotations

import pytest

from engine.governance.arguments import Bound, misfits
from engine.governance.destinations import among, destinations, host

ANY: dict[str, object] = {"properties": {"x": {}}}


def wrong(value: object, bound: Bound) -> list[str]:
    """What is wrong with one argument."""
    return list(misfits({"x": value}, ANY, {"x": bound}))


@pytest.mark.parametrize(
    ("value", "bound"),
    [
        ("a", Bound(allowed=("a", "b"))),
        (["a", "b"], Bound(allowed=("a", "b"))),
        (3, Bound(allowed=("3",))),
        (7, Bound(most=7)),
        ([1, 2], Bound(most=2, max_items=2)),
        ("abc", Bound(max_length=3)),
        ("https://docs.example.org/x?y", Bound(host_in=("docs.example.org",))),
        ("https://DOCS.example.org.:443/", Bound(host_in=("*.example.org",))),
        ("docs.example.org", Bound(host_in=("docs.example.org",))),
        ("notes/a.md", Bound(under="notes")),
        ("notes", Bound(under="notes")),
        ("any/where.md", Bound(under=".")),
    ],
)
def test_what_is_within_its_limits(value: object, bound: Bound) -> None:
    assert wrong(value, bound) == []


@pytest.mark.parametrize(
    ("value", "bound"),
    [
        ("c", Bound(allowed=("a", "b"))),
        (["a", "c"], Bound(allowed=("a", "b"))),
        (True, Bound(allowed=("1",))),
        (8, Bound(most=7)),
        ("8", Bound(most=7)),
        (True, Bound(most=7)),
        (7.5, Bound(most=7)),
        ([1], Bound(max_items=0)),
        ("abcd", Bound(max_length=3)),
        (12, Bound(max_length=3)),
        ("a", Bound(max_items=3)),
        ("https://evil.example/", Bound(host_in=("docs.example.org",))),
        ("https://docs.example.org@evil.example/", Bound(host_in=("docs.example.org",))),
        ("https://docs.example.org\\@evil.example/", Bound(host_in=("docs.example.org",))),
        ("https://dоcs.example.org/", Bound(host_in=("docs.example.org",))),
        ("https://docs.example.org.evil.example/", Bound(host_in=("docs.example.org",))),
        ("https://xexample.org/", Bound(host_in=("*.example.org",))),
        ("https://ex%61mple.org/", Bound(host_in=("example.org",))),
        ("https:///", Bound(host_in=("docs.example.org",))),
        (7, Bound(host_in=("docs.example.org",))),
        ("../a", Bound(under="notes")),
        ("notes/../../a", Bound(under="notes")),
        ("/notes/a", Bound(under="notes")),
        ("notesx/a", Bound(under="notes")),
        ("notes\\..\\a", Bound(under="notes")),
        ("", Bound(under="notes")),
    ],
)
def test_what_is_not(value: object, bound: Bound) -> None:
    assert wrong(value, bound)


def test_a_limited_argument_may_not_be_left_to_the_other_sides_default() -> None:
    assert list(misfits({}, ANY, {"x": Bound(most=7)})) == ["x must be given, for it is limited"]


def test_what_is_said_about_a_misfit_holds_no_value() -> None:
    schema = {"properties": {"x": {"type": "integer"}, "y": {"pattern": "^a+$"}}}
    said = " ".join(misfits({"x": "hunter2", "y": "hunter2"}, schema, {"x": Bound(allowed=("1",))}))
    assert said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "nonsense"},
        {"properties": {"x": {"$ref": "https://evil.example/schema.json"}}},
        {"properties": {"x": {"$ref": "#"}}, "$ref": "#"},
        {"properties": {"x": {"pattern": "(?<=a)b"}}},
        {"properties": 7},
        {"properties": {"x": 7}},
    ],
)
def test_a_schema_that_does_not_hold_fits_nothing(schema: dict[str, object]) -> None:
    assert list(misfits({"x": "a"}, schema, {}))


def test_a_pattern_of_a_hostile_schema_runs_in_linear_time() -> None:
    schema = {"properties": {"x": {"pattern": "^(a+)+$"}}}
    assert list(misfits({"x": "a" * 5_000 + "!"}, schema, {}))


@pytest.mark.parametrize(
    ("arguments", "hosts"),
    [
        ({"url": "https://a.example/x"}, {"a.example"}),
        ({"q": "see https://a.example/x and http://b.example:8/y"}, {"a.example", "b.example"}),
        ({"deep": [{"href": "a.example/x"}]}, {"a.example"}),
        ({"base_url": "a.example", "text": "a.example"}, {"a.example"}),
        ({"https://a.example": 1}, {"a.example"}),
        ({"text": "no address here: at all"}, set()),
        ({"url": "https://x@a.example/"}, {"?"}),
        ({"text": "[a](https://a.example/?q=1)"}, {"a.example"}),
    ],
)
def test_destinations_are_read_from_the_arguments(arguments: object, hosts: set[str]) -> None:
    assert destinations(arguments) == hosts


def test_an_unreadable_host_is_among_nobodys() -> None:
    assert not among(host("https://a b/"), ("*",))
    assert not among("?", ("?",))
