"""Who may be written to: one bare address, nothing hidden, no look-alikes; and when two spellings are one person."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.effects.addresses import AddressError, domain_of, normalise_address, parse, person, without_addresses

GOOD = {
    "bob@example.org": "bob@example.org",
    "  bob@example.org ": "bob@example.org",
    "Bob.Smith+news@Sub.Example.ORG": "Bob.Smith+news@sub.example.org",
    "o'neil@example.co.uk": "o'neil@example.co.uk",
    "bob@bücher.example": "bob@xn--bcher-kva.example",
    "bob@bu\u0308cher.example": "bob@xn--bcher-kva.example",
    "bob@BÜCHER.example": "bob@xn--bcher-kva.example",
    "bob@xn--bcher-kva.example": "bob@xn--bcher-kva.example",
    "bob@пример.рф": "bob@xn--e1afmkfd.xn--p1ai",
    "bob@例え.jp": "bob@xn--r8jz45g.jp",
}

BAD = {
    "nothing": "",
    "spaces only": "   ",
    "no at": "bob.example.org",
    "no local part": "@example.org",
    "no domain": "bob@",
    "line feed injection": "bob@example.org\nBcc: eve@evil.example",
    "carriage return injection": "bob@example.org\r\nBcc: eve@evil.example",
    "trailing line feed": "bob@example.org\n",
    "NUL": "bob@example.org\0",
    "escape sequence": "bob\x1b[31m@example.org",
    "next line (C1)": "bob@example.org\x85",
    "two, by comma": "bob@example.org,eve@evil.example",
    "two, by semicolon": "bob@example.org;eve@evil.example",
    "two, by space": "bob@example.org eve@evil.example",
    "display name": "Bob <bob@example.org>",
    "display name that is an address": '"bob@example.org" <eve@evil.example>',
    "comment": "bob(hello)@example.org",
    "quoted local part": '"bob smith"@example.org',
    "quoted at": '"bob@example.org"@evil.example',
    "userinfo": "bob@example.org@evil.example",
    "password": "bob:secret@example.org",
    "scheme": "mailto:bob@example.org",
    "source route": "@relay.example:bob@example.org",
    "percent hack": "bob%example.org@relay.example",
    "bang path": "relay!bob@example.org",
    "option": "-oQ/tmp@example.org",
    "pipe": "|sh@example.org",
    "backtick": "`id`@example.org",
    "right-to-left override": "bob@example.org\u202e",
    "left-to-right isolate": "\u2066bob@example.org",
    "zero-width space": "b\u200bob@example.org",
    "zero-width joiner": "bob@exam\u200dple.org",
    "soft hyphen": "bob@exam\u00adple.org",
    "byte order mark": "\ufeffbob@example.org",
    "tag character": "bob\U000e0041@example.org",
    "no-break space": "bob\u00a0x@example.org",
    "line separator": "bob@example.org\u2028",
    "lone surrogate": "bob@exa\ud800mple.org",
    "Cyrillic a in Latin": "bob@\u0430pple.com",
    "Greek o in Latin": "bob@g\u03bfogle.com",
    "all Cyrillic look-alike": "bob@\u0430\u0440\u0440\u04cf\u0435.com",
    "the same as punycode": "bob@xn--80ak6aa92e.com",
    "mixed scripts as punycode": "bob@xn--pple-43d.com",
    "punycode that is none": "bob@xn--\u00e9.com",
    "broken punycode": "bob@xn--999999999.com",
    "punycode of plain letters": "bob@xn--example-.com",
    "full-width letters": "bob@\uff45xample.org",
    "mathematical letters": "bob@\U0001d41example.org",
    "ideographic full stop": "bob@example\u3002org",
    "full-width at": "bob\uff20example.org",
    "Latin alpha": "bob@\u0251pple.com",
    "sharp s becoming ss": "bob@stra\u00dfe.example",
    "emoji": "bob@\U0001f600.example",
    "letters outside ASCII before the at": "jos\u00e9@example.org",
    "the same in two characters": "jose\u0301@example.org",
    "trailing dot": "bob@example.org.",
    "two dots": "bob@example..org",
    "leading dot in the domain": "bob@.example.org",
    "leading dot": ".bob@example.org",
    "trailing dot before the at": "bob.@example.org",
    "double dot before the at": "b..ob@example.org",
    "one label": "bob@localhost",
    "an IP address": "bob@192.168.0.1",
    "an address literal": "bob@[192.168.0.1]",
    "numeric top": "bob@example.123",
    "leading hyphen": "bob@-example.org",
    "trailing hyphen": "bob@example-.org",
    "hyphens where punycode has them": "bob@ab--cd.org",
    "underscore": "bob@exam_ple.org",
    "long local part": "b" * 65 + "@example.org",
    "long label": "bob@" + "e" * 64 + ".org",
    "long domain": "bob@" + "e.".join(["xxxxxxxxx"] * 30) + ".org",
    "very long": "b" * 100_000 + "@example.org",
}


@pytest.mark.parametrize(("text", "expected"), GOOD.items())
def test_an_ordinary_address_is_taken(text: str, expected: str) -> None:
    assert str(parse(text)) == expected


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_an_unsafe_address_is_refused(text: str) -> None:
    with pytest.raises(AddressError) as caught:
        parse(text)
    assert str(caught.value)
    assert str(caught.value).isprintable()


@given(st.text(max_size=80) | st.text(alphabet="ab@.-_+<>,;:\"' \r\n\u202eé", max_size=40))
def test_parsing_either_refuses_or_gives_safe_ascii(text: str) -> None:
    try:
        address = parse(text)
    except AddressError:
        return
    assert str(address).isascii()
    assert str(address).isprintable()
    assert str(address).count("@") == 1
    assert parse(str(address)) == address


@given(st.text(alphabet=st.characters(), max_size=80))
def test_normalising_is_total_and_says_the_same_twice(text: str) -> None:
    once = normalise_address(text)
    assert normalise_address(once) == once
    assert len(person(text)) == 32
    assert person(text) == person(once)


@given(st.text(alphabet="abé@.ü", max_size=20))
def test_twins_of_one_unicode_text_are_one_person(text: str) -> None:
    assert person(unicodedata.normalize("NFC", text)) == person(unicodedata.normalize("NFD", text))


def test_case_and_spelling_do_not_make_two_persons() -> None:
    same = ["Bob@Example.org", " bob@example.org ", "BOB@EXAMPLE.ORG", "bob@example.org."]
    assert len({person(text) for text in same}) == 1
    assert person("bob@bücher.example") == person("bob@xn--bcher-kva.example")
    assert person("bob+news@example.org") != person("bob@example.org")


def test_the_hash_of_a_person_is_what_it_always_was() -> None:
    assert person("bob@example.org") == "7762b7e86ae975c7b147fa8cfaeaef50"


def test_the_domain_is_compared_in_ascii() -> None:
    assert domain_of("bob@BÜCHER.example") == "xn--bcher-kva.example"


def test_an_address_is_left_out_however_it_is_spelt() -> None:
    said = "550 BOB@xn--bcher-kva.example is not bob@bücher.example, nor eve@example.org"
    assert (
        without_addresses(said, ["bob@xn--bcher-kva.example"]) == "550 [address] is not [address], nor eve@example.org"
    )
