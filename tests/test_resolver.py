"""How a resolver may be written."""

import pytest

from probe.resolver import parse_resolver, system_resolvers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("system", "system"),
        ("192.0.2.53", "udp://192.0.2.53:53"),
        ("192.0.2.53:5353", "udp://192.0.2.53:5353"),
        ("udp://192.0.2.53", "udp://192.0.2.53:53"),
        ("2001:db8::53", "udp://[2001:db8::53]:53"),
        ("[2001:DB8::53]:5353", "udp://[2001:db8::53]:5353"),
        ("udp://[2001:db8::53]:53", "udp://[2001:db8::53]:53"),
    ],
)
def test_a_resolver_has_one_spelling(text, expected) -> None:
    assert parse_resolver(text) == expected
    assert parse_resolver(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dns.example",
        "https://192.0.2.53/dns-query",
        "udp://192.0.2.53/x",
        "udp://me@192.0.2.53",
        "192.0.2.53:x",
        "192.0.2.53:0",
    ],
)
def test_what_is_no_resolver_is_refused(text) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_resolver(text)


def test_the_systems_resolvers_are_spelled_alike() -> None:
    found = system_resolvers()

    assert [parse_resolver(one) for one in found] == list(found)
