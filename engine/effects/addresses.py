"""Mail addresses: which ones may be written to, how two spellings are compared, and the hash that stands for a person.

`parse` is strict and is the only way a recipient enters an envelope: one bare address, nothing hidden in it, no
look-alike letters. `normalise_address` is total and only compares. Both are pure.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

MAX_ADDRESS, MAX_LOCAL, MAX_LABEL = 254, 64, 63
"""Octets (RFC 5321, 4.5.3.1, and RFC 1035)."""

_PERSON, _DOMAIN = b"cockpit.person.v1\0", b"cockpit.domain.v1\0"
_LOCAL = re.compile(r"[A-Za-z0-9_+&'=~#$*?^{}/-]+(\.[A-Za-z0-9_+&'=~#$*?^{}/-]+)*")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_TOP = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{1,59}")
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_TOGETHER = (frozenset({"CJK", "HIRAGANA", "KATAKANA"}), frozenset({"CJK", "HANGUL"}), frozenset({"CJK", "BOPOMOFO"}))
_LOOKS_LATIN = frozenset("авеёорсухіїјѕһӏԁԛԝьӕгпкмнт" + "αβγεηικνορτυχω")
"""Cyrillic and Greek letters that pass for Latin ones."""


class AddressError(ValueError):
    """Why a text is no address that may be written to; `str()` is a phrase that completes "the address ..."."""


@dataclass(frozen=True, slots=True)
class Address:
    """One address that may be written to: `local` as it was given, `domain` in lower-case ASCII (punycode)."""

    local: str
    domain: str

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"


def hidden(char: str) -> bool:
    """Whether a character is invisible or steers what is around it: control, format, surrogate, private, separator."""
    return unicodedata.category(char) in _HIDDEN


def parse(text: str) -> Address:
    """The one bare address a text consists of. Raises `AddressError`."""
    if len(text) > 4 * MAX_ADDRESS:
        raise AddressError("is too long")
    for char in text:
        if hidden(char):
            raise AddressError(f"holds a hidden character, U+{ord(char):04X}")
    whole = unicodedata.normalize("NFC", text.strip(" "))
    if not whole:
        raise AddressError("is empty")
    if re.search(r"""[<>()"\\]""", whole):
        raise AddressError("must stand alone, without a name, brackets, quotes or comments")
    if re.search(r"[,;\s]", whole):
        raise AddressError("must be one address, without spaces, commas or semicolons")
    if ":" in whole or "[" in whole or "]" in whole:
        raise AddressError("must be a plain name@domain, without a scheme, a password or an address literal")
    if whole.count("@") != 1:
        raise AddressError("must hold exactly one @")
    local, domain = whole.split("@")
    address = Address(_local(local), _domain(domain))
    if len(str(address)) > MAX_ADDRESS:
        raise AddressError("is too long")
    return address


def _local(local: str) -> str:
    if not local:
        raise AddressError("has nothing before the @")
    if not local.isascii():
        raise AddressError("has letters outside ASCII before the @")
    if len(local) > MAX_LOCAL:
        raise AddressError("is too long before the @")
    if local.startswith("-") or not _LOCAL.fullmatch(local):
        raise AddressError("has characters before the @ that are not safe to send to")
    return local


@lru_cache(maxsize=4096)
def _domain(domain: str) -> str:
    if not domain:
        raise AddressError("has nothing after the @")
    if domain.endswith("."):
        raise AddressError("ends in a dot")
    labels = [_label(label, domain.rpartition(".")[2].isascii()) for label in domain.split(".")]
    if len(labels) < 2:
        raise AddressError("needs a full domain such as example.org")
    if not _TOP.fullmatch(labels[-1]):
        raise AddressError("ends in no top-level domain")
    ascii_domain = ".".join(labels)
    if len(ascii_domain) > MAX_ADDRESS - 2:
        raise AddressError("is too long")
    return ascii_domain


def _label(label: str, ascii_top: bool) -> str:
    """One label in lower-case ASCII. A label that is, or decodes to, letters outside ASCII must be of one script."""
    lowered = label.lower()
    if not lowered:
        raise AddressError("has an empty part in its domain")
    if lowered.isascii():
        if len(lowered) > MAX_LABEL or not _LABEL.fullmatch(lowered):
            raise AddressError("has a domain that cannot exist")
        if lowered.startswith("xn--"):
            _one_script(_decoded(lowered), ascii_top)
        elif lowered[2:4] == "--":
            raise AddressError("has a domain that cannot exist")
        return lowered
    _one_script(lowered, ascii_top)
    try:
        encoded = lowered.encode("idna").decode("ascii")
    except UnicodeError:
        raise AddressError("has a domain that cannot be written in ASCII") from None
    if _decoded(encoded) != lowered:
        raise AddressError("has a domain that reads as another one when it is written in ASCII")
    return encoded


def _decoded(label: str) -> str:
    try:
        plain = label.encode("ascii").decode("idna")
        same = plain.encode("idna").decode("ascii") == label
    except UnicodeError:
        raise AddressError("has a domain that cannot exist") from None
    if not same or plain.isascii():
        raise AddressError("has a domain that cannot exist")
    return plain


def _one_script(label: str, ascii_top: bool) -> None:
    scripts: set[str] = set()
    for char in label:
        if char.isascii() and not char.isalpha():
            continue
        category = unicodedata.category(char)
        if category.startswith("M"):
            continue
        name = unicodedata.name(char, "UNKNOWN").partition(" ")[0]
        odd_latin = name == "LATIN" and not (ord(char) < 0x250 or 0x1E00 <= ord(char) < 0x1F00)
        if not category.startswith("L") or name in ("FULLWIDTH", "HALFWIDTH", "MATHEMATICAL", "MODIFIER") or odd_latin:
            raise AddressError(f"has a look-alike character in its domain, U+{ord(char):04X}")
        if name != "KATAKANA-HIRAGANA":
            scripts.add(name)
    if len(scripts) > 1 and not any(scripts <= together for together in _TOGETHER):
        raise AddressError(f"mixes scripts in its domain ({', '.join(sorted(scripts)).lower()})")
    letters = {char for char in label if not char.isascii()}
    if ascii_top and letters and letters <= _LOOKS_LATIN and scripts <= {"CYRILLIC", "GREEK"}:
        raise AddressError("has a domain that looks like another one in Latin letters")


def without_addresses(text: str, addresses: Iterable[str]) -> str:
    """A text with `[address]` in place of each of these, however they are spelt: what is said of a delivery is kept for
    good, and holds nobody's address.
    """
    for address in sorted(set(addresses), key=len, reverse=True):
        local, _, domain = address.rpartition("@")
        spelt = {address, f"{local}@{_shown(domain)}"}
        text = re.sub("|".join(re.escape(one) for one in spelt), "[address]", text, flags=re.IGNORECASE)
    return text


def _shown(domain: str) -> str:
    try:
        return domain.encode("ascii").decode("idna")
    except UnicodeError:
        return domain


def normalise_address(text: str) -> str:
    """The form in which two spellings are compared: NFC, lower case on both sides of the @, the domain in ASCII.

    Never raises: what is no address comes back as lower-case text. Tags (`+news`) stay: they may be people.
    """
    lowered = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text.strip()).lower())
    local, at, domain = lowered.rpartition("@")
    if not at:
        return lowered
    domain = domain.rstrip(".")
    try:
        return f"{local}@{_domain(domain)}"
    except AddressError:
        return f"{local}@{domain}"


def domain_of(address: str) -> str:
    """The domain of an address as it is compared; the whole text where there is no @."""
    return normalise_address(address).rpartition("@")[2]


def person(address: str) -> str:
    """32 hexadecimal digits that stand for a person in the ledger, so that `forget` leaves no address behind."""
    data = normalise_address(address).encode("utf-8", "surrogatepass")
    return hashlib.sha256(_PERSON + data).hexdigest()[:32]


def domain_mark(address: str) -> str:
    """32 hexadecimal digits that stand for the domain of an address, so that contacts are counted without names."""
    return hashlib.sha256(_DOMAIN + domain_of(address).encode("utf-8", "surrogatepass")).hexdigest()[:32]
