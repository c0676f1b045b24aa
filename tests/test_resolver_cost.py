"""What a question costs on the wire depends on how the resolver is spoken to."""

from pathlib import Path

import pytest

from probe.budget import budget
from probe.config import parse

DAY = 1440
# One question by each transport: itself, and its own connection, handshake and headers.
BYTES = {
    "192.0.2.53": 180,
    "system": 180,
    "tcp://192.0.2.53": 510,
    "tls://192.0.2.53": 5_790,
    "https://192.0.2.53": 6_160,
}
TEXT = """\
defaults: {{interval: 60s}}
vantages: {{home: {{system: , resolvers: ["{resolver}"]}}}}
hops: {{api: {{url: "https://api.test", families: [ipv4]}}}}
routes: {{chat: {{hops: [api], checks: {{name: {{{check}}}}}}}}}
"""


def traffic(resolver: str, check: str) -> float:
    plan = parse(TEXT.format(resolver=resolver, check=check), where="x", folder=Path()).plan()
    return budget(plan).vantages["home"].traffic


@pytest.mark.parametrize("resolver", BYTES)
def test_a_question_is_counted_with_what_carries_it(resolver: str) -> None:
    assert traffic(resolver, "dns: {}") == DAY * BYTES[resolver]


@pytest.mark.parametrize("resolver", BYTES)
def test_a_check_of_its_own_resolver_costs_what_that_one_does(resolver: str) -> None:
    assert traffic("192.0.2.53", f"dns: {{resolver: '{resolver}'}}") == DAY * BYTES[resolver]


def test_every_name_that_is_resolved_costs_it() -> None:
    by_udp, by_https = traffic("192.0.2.53", "tcp: "), traffic("https://192.0.2.53", "tcp: ")

    assert by_https - by_udp == DAY * (BYTES["https://192.0.2.53"] - BYTES["192.0.2.53"])
