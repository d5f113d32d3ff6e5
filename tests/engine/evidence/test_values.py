"""Numbers that a person brings: stored exactly, or refused with the way to write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.contract.clauses import Unit
from engine.errors import BadInputError
from engine.evidence import values
from engine.evidence.values import Row, import_csv, parse_value
from engine.values import Ratio, canonical

UNITS: tuple[Unit, ...] = ("ratio", "count", "score", "number", "ms", "text")


@pytest.mark.parametrize(
    ("unit", "text", "stored"),
    [
        ("ratio", "3/40", Ratio(k=3, n=40)),
        ("ratio", " 3 / 40 ", Ratio(k=3, n=40)),
        ("ratio", "3 of 40", Ratio(k=3, n=40)),
        ("ratio", "0/0", Ratio(k=0, n=0)),
        ("count", "012", "12"),
        ("count", "0", "0"),
        ("score", "0.820", "0.82"),
        ("score", "1.0", "1"),
        ("score", "0", "0"),
        ("number", "-3.50", "-3.5"),
        ("number", "-0.0", "0"),
        ("number", "1000", "1000"),
        ("ms", "12.5", "12.5"),
        ("ms", "1500", "1500"),
        ("text", "  they liked it\nvery much ", "they liked it\nvery much"),
    ],
)
def test_a_typed_value_is_stored_exactly(unit: Unit, text: str, stored: Ratio | str) -> None:
    assert parse_value(unit, text) == stored


@pytest.mark.parametrize(
    ("unit", "text", "mend"),
    [
        ("ratio", "7.5%", "3/40"),
        ("ratio", "0.075", "3/40"),
        ("ratio", "40/3", "3/40"),
        ("ratio", "-1/4", "3/40"),
        ("ratio", "1/", "3/40"),
        ("ratio", "", "3/40"),
        ("ratio", "٣/٤", "3/40"),
        ("ratio", "1" * 16 + "/1", "3/40"),
        ("count", "3.0", "12"),
        ("count", "-3", "12"),
        ("count", "1e3", "12"),
        ("count", "1,000", "12"),
        ("count", "true", "12"),
        ("score", "1.01", "0.82"),
        ("score", "-0.1", "0.82"),
        ("score", "82%", "0.82"),
        ("score", ".5", "0.82"),
        ("number", "3,5", "-3.5"),
        ("number", "NaN", "-3.5"),
        ("number", "Infinity", "-3.5"),
        ("number", "1e400", "-3.5"),
        ("number", "1_000", "-3.5"),
        ("number", "1.0000000001", "-3.5"),
        ("ms", "12ms", "1500"),
        ("ms", "-1", "1500"),
        ("ms", "1.5s", "1500"),
        ("text", "  ", "observed"),
        ("text", "x" * 2_001, "shorten"),
        ("text", "\x1b[2J", "remove"),
        ("text", "\ud800", "remove"),
    ],
)
def test_what_cannot_be_stored_is_refused_with_its_mend(unit: Unit, text: str, mend: str) -> None:
    with pytest.raises(BadInputError) as caught:
        parse_value(unit, text, where="reply_rate")
    assert caught.value.where == "reply_rate"
    assert mend in caught.value.mend


@given(
    st.sampled_from(UNITS), st.text(alphabet=st.characters(), max_size=40) | st.text("0123456789./-% e,", max_size=12)
)
def test_any_text_is_stored_or_refused(unit: Unit, text: str) -> None:
    try:
        stored = parse_value(unit, text)
    except BadInputError:
        return
    canonical(stored.model_dump() if isinstance(stored, Ratio) else stored)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_a_number_keeps_its_value_and_has_one_form(number: Decimal) -> None:
    stored = parse_value("number", f"{number:f}")
    assert isinstance(stored, str)
    assert Decimal(stored) == number
    assert parse_value("number", stored) == stored


def test_a_csv_file_is_read_in_any_order_of_columns() -> None:
    data = b'\xef\xbb\xbfValue,Metric,Note,Branch\r\n3/40,reply_rate,"from the sheet,\nmonday",B1\r\n\r\n12,calls,,\r\n'
    assert import_csv(data) == [
        Row("reply_rate", "3/40", "B1", "from the sheet,\nmonday", 3),
        Row("calls", "12", None, "", 5),
    ]


def test_semicolons_separate_too_and_branch_and_note_may_be_missing() -> None:
    assert import_csv(b"metric;value\nprice;3,5\n") == [Row("price", "3,5", None, "", 2)]


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"", "csv"),
        (b"\n\n", "csv"),
        (b"3/40,reply_rate\n", "csv, line 1"),
        (b"metric\nx\n", "csv, line 1"),
        (b"metric,value,value\n", "csv, line 1"),
        (b"metric,value,formula\n", "csv, line 1"),
        (b"metric,value\na,1\nb\n", "csv, line 3"),
        (b"metric,value\na,1\nb,2,3\n", "csv, line 3"),
        (b"metric,value\na,1\n,2\n", "csv, line 3"),
        (b"metric,value\na,\n", "csv, line 2"),
        (b'metric,value\na,1\n"b"x,2\n', "csv, line 3"),
        (b'metric,value\na,1\n"b,2\n', "csv, line 3"),
        (b"metric,value\na,1\nb,\xff\n", "csv, line 3"),
        (b"metric,value\na,1\nb,\0\n", "csv, line 3"),
        ("metric,value\na,1\n".encode("utf-16"), "csv, line 1"),
        (b"x" * (values.MAX_CSV + 1), "csv"),
        (b"metric,value\n" + b'"' + b"x" * 200_000 + b'",1\n', "csv, line 2"),
    ],
)
def test_a_csv_file_that_cannot_be_read_names_the_line(data: bytes, where: str) -> None:
    with pytest.raises(BadInputError) as caught:
        import_csv(data)
    assert caught.value.where == where
    assert caught.value.mend


@given(
    st.binary(max_size=200)
    | st.text('metric,value\n";', max_size=80).map(lambda text: b"metric,value\n" + text.encode())
)
def test_any_file_is_read_or_refused(data: bytes) -> None:
    try:
        rows = import_csv(data)
    except BadInputError:
        return
    assert all(row.metric and row.value for row in rows)
