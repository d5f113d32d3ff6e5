"""Which addresses may be read: https, no names or passwords in them, hosts that look like what they are, and machines
of the public internet unless the contract names the host itself.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from engine.governance.destinations import UNREADABLE, among, host

ADDRESS_CAP = 2_000
_DEFAULT = {"https": 443, "http": 80}
_KEPT = "%/:=&?~#+!$,;'@()*[]"
_LOOPBACK_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost"})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_PROTOCOLS = ipaddress.ip_network("192.0.0.0/24")
"""Set aside for protocols; which of it is public depends on the version of Python."""

IP = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotReadError(ValueError):
    """What is not read, and why, in one sentence."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address, taken apart and put together again: what is asked for, and of whom."""

    scheme: str
    host: str
    port: int
    path: str
    """With its query, percent-encoded."""

    @property
    def origin(self) -> str:
        """`https://example.org`, with the port where it is not the usual one."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        usual = self.port == _DEFAULT[self.scheme]
        return f"{self.scheme}://{name}" if usual else f"{self.scheme}://{name}:{self.port}"

    @property
    def url(self) -> str:
        """The whole address, without its fragment."""
        return self.origin + self.path


def target(url: str, hosts: tuple[str, ...] | None) -> Target:
    """The address, if it may be read. `hosts` are those that are granted; None means every public one.

    Raises `NotReadError`.
    """
    if len(url) > ADDRESS_CAP or not url.isprintable() or any(char in url for char in ' \\<>"`'):
        raise NotReadError(
            f"an address has at most {ADDRESS_CAP} characters, none of them a blank or a control character"
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NotReadError("this is no address") from None
    scheme, name = parts.scheme.lower(), host(url)
    if scheme not in _DEFAULT:
        raise NotReadError("only addresses that begin with https:// are read")
    if "@" in parts.netloc:
        raise NotReadError("an address that holds a name or a password is not read")
    if name == UNREADABLE:
        raise NotReadError("the host of this address cannot be told for certain")
    named = hosts is not None and among(name, [known for known in hosts if not known.startswith("*.")])
    if hosts is not None and not among(name, hosts):
        raise NotReadError(f"{name} is none of the hosts that are granted")
    if not named and (not parts.netloc.isascii() or "xn--" in name):
        raise NotReadError(f"{name} is written with letters that may look like others; it must be granted by name")
    if scheme == "http" and not (named and loops_back(name)):
        raise NotReadError("http:// is not encrypted; use https://")
    if not named and port not in (None, _DEFAULT[scheme]):
        raise NotReadError(f"port {port} is not usual; the host must be granted by name")
    path = quote(parts.path or "/", safe=_KEPT) + (f"?{quote(parts.query, safe=_KEPT)}" if parts.query else "")
    return Target(scheme, name.strip("[]"), port or _DEFAULT[scheme], path if path.startswith("/") else f"/{path}")


def loops_back(name: str) -> bool:
    """Whether a host is this machine by its very name."""
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return name in _LOOPBACK_NAMES


def reachable(wanted: Target, found: Iterable[str], hosts: tuple[str, ...] | None) -> tuple[str, ...]:
    """The addresses that a host was resolved to, if each of them may be spoken to. Raises `NotReadError`.

    One bad address among good ones refuses all: who answers so may answer otherwise the next moment.
    """
    addresses = tuple(dict.fromkeys(found))
    if not addresses:
        raise NotReadError(f"{wanted.host} has no address")
    named = hosts is not None and among(wanted.host, [known for known in hosts if not known.startswith("*.")])
    for address in addresses:
        if not _allowed(ipaddress.ip_address(address), named=named, here=loops_back(wanted.host)):
            raise NotReadError(f"{wanted.host} leads to {address}, which is no machine of the public internet")
    return addresses


def _allowed(address: IP, *, named: bool, here: bool) -> bool:
    """Public ones always; private ones of a host that is granted by name; this machine under its own name alone."""
    inner = _inside(address)
    if inner is not None:
        return _allowed(inner, named=named, here=here)
    if address.is_loopback:
        return named and here
    if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved:
        return False
    if address in _PROTOCOLS:
        return False
    return address.is_global or (named and address.is_private)


def _inside(address: IP) -> ipaddress.IPv4Address | None:
    """The older address that a newer one only wraps."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)
