"""How a resolver may be written."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.resolver import PORTS, Place, parse_resolver, place, system_resolvers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("system", "system"),
        ("interface", "interface"),
        ("192.0.2.53", "udp://192.0.2.53:53"),
        ("192.0.2.53:5353", "udp://192.0.2.53:5353"),
        ("udp://192.0.2.53", "udp://192.0.2.53:53"),
        ("2001:db8::53", "udp://[2001:db8::53]:53"),
        ("[2001:DB8::53]:5353", "udp://[2001:db8::53]:5353"),
        ("udp://[2001:db8::53]:53", "udp://[2001:db8::53]:53"),
        ("tcp://192.0.2.53", "tcp://192.0.2.53:53"),
        ("TCP://[2001:db8::53]", "tcp://[2001:db8::53]:53"),
        ("tls://192.0.2.53", "tls://192.0.2.53:853"),
        ("tls://dns.alidns.com#223.5.5.5", "tls://dns.alidns.com:853#223.5.5.5"),
        ("tls://DNS.example:8853#[2001:DB8::53]", "tls://dns.example:8853#2001:db8::53"),
        ("tls://192.0.2.53#192.0.2.53", "tls://192.0.2.53:853"),
        ("https://1.1.1.1", "https://1.1.1.1:443/dns-query"),
        ("https://1.1.1.1/dns-query", "https://1.1.1.1:443/dns-query"),
        ("https://[2001:db8::53]/", "https://[2001:db8::53]:443/"),
        ("https://dns.alidns.com/dns-query#223.5.5.5", "https://dns.alidns.com:443/dns-query#223.5.5.5"),
    ],
)
def test_a_resolver_has_one_spelling(text, expected) -> None:
    assert parse_resolver(text) == expected
    assert parse_resolver(expected) == expected


NO_RESOLVER = "is not a resolver; write system, interface, an address, or one of udp://ADDRESS"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", NO_RESOLVER),
        ("192.0.2.53:x", NO_RESOLVER),
        ("192.0.2.53:0", NO_RESOLVER),
        ("192.0.2.53\n", NO_RESOLVER),
        ("quic://192.0.2.53", NO_RESOLVER),
        ("https:///dns-query", NO_RESOLVER),
        ("https://192.0.2.53/a b", NO_RESOLVER),
        ("dns.example", NO_RESOLVER),
        ("8.8.8", NO_RESOLVER),
        ("sytem", "'sytem' is not a resolver; did you mean 'system'?"),
        ("interfaces", "'interfaces' is not a resolver; did you mean 'interface'?"),
        ("tcp://dns.example#192.0.2.53", "a resolver over tcp is an address;"),
        ("udp://192.0.2.53/x", "a resolver over udp ends after address and port"),
        ("udp://192.0.2.53#192.0.2.53", "a resolver over udp ends after address and port"),
        ("udp://me@192.0.2.53", "a resolver has no user name and no password"),
        ("https://me:hunter2@192.0.2.53/", "a resolver has no user name and no password"),
        ("tls://192.0.2.53/x", "a resolver over tls has no path"),
        ("tls://192.0.2.53#192.0.2.54", "192.0.2.53 is dialled as it is"),
        ("tls://a..b#192.0.2.53", "'a..b' is no host name in ASCII and no IP address"),
        ("tls://dns.example", "does not say which address to dial, and nothing is resolved secretly"),
        ("tls://dns.example#fe80::1%eth0", "does not say which address to dial"),
        ("https://dns.example/dns-query", "add it as https://dns.example/dns-query#192.0.2.53"),
        ("https://192.0.2.53/dns-query{?dns}", "holds no query and no template"),
        ("https://192.0.2.53/dns-query?key=hunter2", "holds no query and no template"),
    ],
)
def test_what_is_no_resolver_is_refused_in_one_sentence(text, why) -> None:
    with pytest.raises(ValueError, match=re.escape(why)) as refused:
        parse_resolver(text)

    assert "hunter2" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_resolver_says_where_to_dial_and_whom_to_expect() -> None:
    assert place("https://dns.alidns.com/dns-query#223.5.5.5") == Place(
        scheme="https", host="dns.alidns.com", address="223.5.5.5", port=443, path="/dns-query"
    )


@given(
    scheme=st.sampled_from(sorted(PORTS)),
    address=st.ip_addresses().map(str),
    host=st.none() | st.from_regex(r"[a-z]{1,9}(\.[a-z]{2,9}){1,3}", fullmatch=True),
    port=st.none() | st.integers(1, 65_535),
    path=st.from_regex(r"(/[a-z0-9.~-]{0,9}){1,3}", fullmatch=True),
)
def test_every_spelling_is_read_as_what_it_says(scheme, address, host, port, path) -> None:
    name = host if scheme in ("tls", "https") else None
    meant = Place(
        scheme=scheme,
        host=name or address,
        address=address,
        port=port or PORTS[scheme],
        path=path if scheme == "https" else "",
    )

    assert place(str(meant)) == meant


@given(st.text(max_size=40) | st.from_regex(r"(udp|tls|https)://[a-z0-9.:\[\]#/@?%-]{0,30}", fullmatch=True))
def test_any_text_is_read_or_refused(text) -> None:
    try:
        spelt = parse_resolver(text)
    except ValueError:
        return

    assert parse_resolver(spelt) == spelt


def test_the_systems_resolvers_are_spelled_alike() -> None:
    found = system_resolvers()

    assert [parse_resolver(one) for one in found] == list(found)
