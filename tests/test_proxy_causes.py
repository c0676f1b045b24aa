"""What a proxy says of its own way to the hop is believed as far as its code says one thing exactly."""

import pytest

from probe.cause.proxied import connect_status, socks_reply
from probe.cause.taxonomy import is_known
from probe.model import Outcome
from probe.prober.tcp import Tcp
from tests.rig import ask, verdict
from tests.rig_proxy import GRANTED, Orders, proxy
from tests.rig_servers import hold, tcp_server

NAME, IPV4, IPV6 = "vps.example.net", "203.0.113.9", "2001:db8::9"
SOCKS = [
    (1, NAME, "relay.proxy"),
    (2, NAME, "local.proxy_denied"),
    (3, NAME, "tcp.unreachable"),
    (4, NAME, "relay.proxy"),  # many say so of a name that they cannot resolve
    (4, IPV4, "tcp.unreachable"),
    (4, IPV6, "tcp.unreachable"),
    (5, NAME, "tcp.refused"),
    (6, NAME, "tcp.unreachable"),
    (7, NAME, "local.proxy_broken"),
    (8, NAME, "local.proxy_broken"),
    (8, IPV6, "local.family_mismatch"),
    (9, NAME, "local.proxy_broken"),
    (255, NAME, "local.proxy_broken"),
]
STATUS = [
    (302, "", "local.proxy_broken"),
    (400, "", "local.proxy_broken"),
    (401, "", "local.proxy_auth"),
    (403, "", "local.proxy_denied"),
    (404, "", "local.proxy_broken"),
    (407, "", "local.proxy_auth"),
    (407, "p; error=http_request_denied", "local.proxy_auth"),
    (429, "", "local.proxy_denied"),
    (500, "", "relay.proxy"),
    (501, "", "local.proxy_broken"),
    (502, "", "relay.proxy"),
    (503, "", "relay.proxy"),
    (504, "", "relay.proxy.timeout"),
    (502, "p; error=connection_refused", "tcp.refused"),
    (504, "p; error=connection_timeout", "tcp.timeout"),
    (502, "p; error=dns_error", "dns.failed"),
    (504, 'near; error=dns_timeout, far; details="x; error=connection_refused"', "dns.timeout"),
    (502, "p; error=destination_ip_unroutable", "tcp.unreachable"),
    (403, "p; error=destination_ip_prohibited", "local.proxy_denied"),
    (502, "p; error=proxy_internal_error", "relay.proxy"),
    (502, "p", "relay.proxy"),
]


@pytest.mark.parametrize(("code", "host", "expected"), SOCKS)
def test_a_socks5_reply_is_named(code, host, expected):
    assert expected == socks_reply(code, host)[0]


@pytest.mark.parametrize(("status", "header", "expected"), STATUS)
def test_an_answer_to_connect_is_named(status, header, expected):
    assert expected == connect_status(status, header)


def test_every_name_is_in_the_taxonomy():
    named = {socks_reply(code, host)[0] for code in range(1, 256) for host in (NAME, IPV4, IPV6)}
    named |= {connect_status(status, "") for status in range(300, 600)}

    assert [cause for cause in named if not is_known(cause)] == []


@pytest.mark.parametrize(
    ("code", "expected", "outcome"),
    [
        (1, "general failure", Outcome.FAILED),
        (2, "its rules do not allow this connection", Outcome.NOT_MEASURED),
        (5, "connection refused", Outcome.FAILED),
    ],
)
async def test_the_detail_says_that_the_proxy_says_so(code, expected, outcome):
    orders = Orders(hosts={NAME: "127.0.0.1"}, reply=lambda _: b"\x05" + bytes([code]) + GRANTED[2:])
    with tcp_server(hold) as server, proxy("socks5h", orders) as (way, _, by):
        observation = await ask(Tcp(), host=NAME, port=server.port, way=way)

    assert (outcome, code) == (observation.outcome, observation.evidence.proxy.reply)
    assert f"the proxy 127.0.0.1:{by.port} says: {expected}" == observation.failure.detail


@pytest.mark.parametrize(("scheme", "expected"), [("socks5h", "tcp.refused"), ("http", "relay.proxy")])
async def test_a_hop_that_refuses_is_seen_to_by_socks5(scheme, expected):
    with tcp_server(hold) as gone:
        closed = gone.port
    with proxy(scheme) as (way, _, _by):
        observation = await ask(Tcp(), port=closed, way=way)

    assert (expected, "proxy") == verdict(observation)


@pytest.mark.parametrize("scheme", ["socks5h", "http"])
async def test_a_proxy_that_is_not_there_is_our_own_trouble(scheme):
    with proxy(scheme) as (way, _, by):
        pass
    observation = await ask(Tcp(), host=NAME, way=way)

    assert verdict(observation) == ("local.proxy_broken", "proxy")
    place = f"127.0.0.1:{by.port}"
    assert f"the proxy {place}, in the step connect: connection refused" == observation.failure.detail
