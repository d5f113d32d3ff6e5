"""Which addresses the `http` tool reads at all."""

from __future__ import annotations

import pytest

from engine.tools.http.addresses import NotReadError, reachable, target

NEVER = (
    "http://example.org/",
    "ftp://example.org/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:text/html,x",
    "//example.org/",
    "example.org",
    "",
    "https://",
    "https:///x",
    "https://user@example.org/",
    "https://user:secret@example.org/",
    "https://example.org@evil.example/",
    "https://example.org:secret@evil.example/",
    "https://example.org\\@evil.example/",
    "https://example.org\t.evil.example/",
    "https://exa mple.org/",
    "https://example.org/\u202e",
    "https://example.org:8443/",
    "https://example.org:99999/",
    "https://example.org:x/",
    "https://ex\u0430mple.org/",
    "https://xn--exmple-4nf.org/",
    "https://\uff45xample.org/",
    "https://example.org/" + "x" * 2_000,
    "https://[::1/",
    "https://%65xample.org/",
)


@pytest.mark.parametrize("url", NEVER)
def test_an_address_that_may_lead_elsewhere_is_not_read(url: str) -> None:
    with pytest.raises(NotReadError):
        target(url, None)


@pytest.mark.parametrize("url", NEVER)
def test_granting_a_host_does_not_open_other_addresses(url: str) -> None:
    with pytest.raises(NotReadError):
        target(url, ("localhost", "example.net"))


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://Example.ORG", "https://example.org/"),
        ("https://example.org./a?b=c#d", "https://example.org/a?b=c"),
        ("https://example.org:443/", "https://example.org/"),
        ("HTTPS://example.org/ä/%C3%A4?q=ö", "https://example.org/%C3%A4/%C3%A4?q=%C3%B6"),
        ("https://93.184.216.34/", "https://93.184.216.34/"),
        ("https://[2606:2800:220:1::1]/", "https://[2606:2800:220:1::1]/"),
    ],
)
def test_an_address_is_put_together_again_from_its_parts(url: str, told: str) -> None:
    assert target(url, None).url == told


def test_granted_hosts_are_the_only_ones() -> None:
    hosts = ("docs.example.org", "*.example.net")
    assert target("https://docs.example.org/", hosts).host == "docs.example.org"
    assert target("https://a.b.example.net/", hosts).host == "a.b.example.net"
    for other in (
        "https://example.org/",
        "https://xdocs.example.org/",
        "https://example.net/",
        "https://evilexample.net/",
    ):
        with pytest.raises(NotReadError):
            target(other, hosts)


def test_what_is_granted_by_name_may_be_unusual() -> None:
    assert target("https://xn--exmple-4nf.org/", ("xn--exmple-4nf.org",)).host == "xn--exmple-4nf.org"
    assert target("https://intranet.example:8443/x", ("intranet.example",)).port == 8443
    assert target("http://127.0.0.1:8000/", ("127.0.0.1",)).scheme == "http"
    for hosts in (("*.example",), ("intranet.example",)):
        with pytest.raises(NotReadError):
            target("http://intranet.example/", hosts)


PRIVATE = (
    *("127.0.0.1", "127.9.9.9", "::1", "0.0.0.0", "::", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1"),
    *("169.254.169.254", "fe80::1", "fe80::1%1", "fc00::1", "fd00:ec2::254", "224.0.0.1", "ff02::1", "255.255.255.255"),
    *(
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "192.0.0.8",
    ),
    *("198.18.0.1", "240.0.0.1", "2001:db8::1"),
)


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_leads_into_a_private_network_is_not_followed(address: str) -> None:
    wanted = target("https://example.org/", None)
    with pytest.raises(NotReadError, match="no machine of the public internet"):
        reachable(wanted, [address], None)
    with pytest.raises(NotReadError):
        reachable(wanted, ["93.184.216.34", address], None)
    with pytest.raises(NotReadError):
        reachable(target("https://a.example.org/", ("*.example.org",)), [address], ("*.example.org",))


def test_public_addresses_are_followed_and_none_is_no_address() -> None:
    wanted = target("https://example.org/", None)
    assert reachable(wanted, ["93.184.216.34", "93.184.216.34", "2606:2800:220:1::1"], None) == (
        "93.184.216.34",
        "2606:2800:220:1::1",
    )
    with pytest.raises(NotReadError, match="no address"):
        reachable(wanted, [], None)


def test_a_host_that_is_granted_by_name_may_stand_in_a_private_network_but_never_be_this_machine() -> None:
    hosts = ("intranet.example", "localhost", "127.0.0.1")
    wanted = target("https://intranet.example/", hosts)
    assert reachable(wanted, ["10.1.2.3"], hosts) == ("10.1.2.3",)
    for address in ("127.0.0.1", "::1", "169.254.169.254", "::ffff:127.0.0.1", "64:ff9b::a9fe:a9fe", "fe80::1"):
        with pytest.raises(NotReadError):
            reachable(wanted, [address], hosts)
    assert reachable(target("http://localhost:80/", hosts), ["::1", "127.0.0.1"], hosts) == ("::1", "127.0.0.1")
