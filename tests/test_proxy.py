"""A check by way of a proxy: who is asked for what, what is timed as whose, and what is told of it."""

import asyncio
import contextlib

import pytest

from probe.model import Phase
from probe.prober.dns import Dns
from probe.prober.http import Http
from probe.prober.tcp import Tcp
from probe.prober.tls import Tls
from probe.vantage.proxy import Proxy as ProxyVantage
from tests import rig_certificates as certificates
from tests.rig import ask, bench, seconds_of, stamps_of, verdict
from tests.rig_dns import framed, says
from tests.rig_proxy import ESTABLISHED, Orders, connect_tunnel, proxy, scripted
from tests.rig_servers import (
    answering,
    hold,
    name_server,
    ok,
    request,
    saying,
    take,
    tcp_server,
    tls_server,
)

NAME = "vps.example.net"
HERE = {NAME: "127.0.0.1"}
SCHEMES = ("socks5h", "http")


def steps_of(observation):
    return [step.name for step in observation.evidence.proxy.steps]


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_the_proxys_time_and_the_hops_are_told_apart(scheme):
    with (
        tcp_server(answering(0.1, ok(b"end"))) as server,
        proxy(scheme, Orders(delay=0.05, hosts=HERE)) as (way, orders, _),
    ):
        observation = await ask(Http(), host=NAME, port=server.port, way=way)

    assert verdict(observation) == (None, None)
    found = seconds_of(observation)
    assert list(found) == ["proxy", "processing", "transfer"]
    assert 0.05 <= found["proxy"] < 0.1
    assert 0.1 <= found["processing"] < 0.15
    assert [f"{NAME}:{server.port}"] == orders.asked


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [("socks5h", ["connect", "greeting", "request"]), ("http", ["connect", "request"])],
)
async def test_each_step_of_the_talk_is_told(scheme, expected, linux):
    with tcp_server(hold) as server, proxy(scheme, Orders(delay=0.02, hosts=HERE)) as (way, _, by):
        observation = await ask(Tcp(), host=NAME, port=server.port, way=way)

    told = observation.evidence.proxy
    assert expected == steps_of(observation)
    added_up = sum((step.seconds for step in told.steps), 0.0)
    assert abs(seconds_of(observation)["proxy"] - added_up) < 1e-9
    assert 0.02 <= told.steps[-1].seconds < 0.1
    assert stamps_of(observation) == {"proxy": "kernel"}
    assert (told.asked, told.tcp.address, told.tcp.port) == (f"{NAME}:{server.port}", "127.0.0.1", by.port)
    assert told.reply == {"socks5h": 0, "http": 200}[scheme]


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_the_connection_to_the_proxy_is_never_the_hops(scheme):
    with tcp_server(hold) as server, proxy(scheme) as (way, _, _by):
        observation = await ask(Tcp(), port=server.port, way=way)

    assert (observation.evidence.tcp, seconds_of(observation).get("connect")) == (None, None)


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_tls_and_http_are_the_hops_own_end_to_end(scheme, ca_file):
    with (
        tls_server(certificates.honest(NAME), answering(ok(b"end"))) as server,
        proxy(scheme, Orders(hosts=HERE)) as (way, _, _by),
    ):
        observation = await ask(Http(), host=NAME, scheme="https", port=server.port, way=way, ca_file=ca_file)

    assert verdict(observation) == (None, None)
    assert [timing.phase for timing in observation.timings] == [
        Phase.PROXY,
        Phase.TLS,
        Phase.PROCESSING,
        Phase.TRANSFER,
    ]
    assert (observation.evidence.tls.server_name, observation.evidence.tls.version) == (NAME, "TLSv1.3")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_a_literal_address_is_asked_for_as_it_is(scheme, host):
    with tcp_server(hold, host=host) as server, proxy(scheme) as (way, orders, _):
        observation = await ask(Tcp(), host=host, port=server.port, way=way)

    assert ((None, None), [f"{host}:{server.port}"]) == (verdict(observation), orders.asked)


async def test_the_hops_own_address_goes_before_its_name():
    with tcp_server(hold) as server, proxy("socks5h") as (way, orders, _):
        observation = await ask(Tcp(), host=NAME, address="127.0.0.1", port=server.port, way=way)

    assert ((None, None), [f"127.0.0.1:{server.port}"]) == (verdict(observation), orders.asked)


@pytest.mark.parametrize("how", [{"scheme": "socks5"}, {"scheme": "socks5h", "resolve": "vantage"}])
async def test_the_vantage_resolves_when_it_is_told_to(how):
    with (
        tcp_server(hold) as server,
        name_server(says("A 127.0.0.1")) as resolver,
        proxy(**how) as (way, orders, _),
    ):
        observation = await ask(Tcp(), host=NAME, port=server.port, way=way, resolvers=(resolver,))

    assert ((None, None), [f"127.0.0.1:{server.port}"]) == (verdict(observation), orders.asked)
    assert list(seconds_of(observation)) == ["resolve", "proxy"]


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_question_over_tcp_passes_the_proxy_too(scheme):
    reply = framed("A 203.0.113.9")
    with name_server(says(), reply) as udp, proxy(scheme) as (way, orders, _):
        place = udp.removeprefix("udp://")
        observation = await ask(Dns(resolver=f"tcp://{place}"), host=NAME, way=way)

    assert (verdict(observation), orders.asked) == ((None, None), [place])


async def test_a_dead_proxy_is_no_fault_of_the_resolver_behind_it():
    with proxy("socks5h") as (way, _, _by):
        pass
    observation = await ask(Dns(resolver="tcp://192.0.2.53"), host=NAME, way=way)

    assert verdict(observation) == ("local.proxy_broken", "resolve")


async def test_a_name_left_to_the_proxy_costs_no_question():
    with tcp_server(hold) as server, proxy("socks5h", Orders(hosts=HERE)) as (way, _, _by):
        observation = await ask(Tcp(), host=NAME, port=server.port, way=way, resolvers=("udp://127.0.0.1:1",))

    assert (verdict(observation), observation.evidence.dns) == ((None, None), ())


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_redirect_asks_the_proxy_for_its_name_again(scheme):
    orders = Orders(hosts={NAME: "127.0.0.1", "other.example.net": "127.0.0.1"})
    with tcp_server(answering(ok(b"end"))) as second:
        there = f"http://other.example.net:{second.port}/".encode()
        found = b"HTTP/1.1 302 X\r\nContent-Length: 0\r\nLocation: %s\r\n\r\n" % there
        with tcp_server(answering(found)) as first, proxy(scheme, orders) as (way, _, _by):
            observation = await ask(Http(redirects=1), host=NAME, port=first.port, way=way)

    assert verdict(observation) == (None, None)
    assert [f"{NAME}:{first.port}", f"other.example.net:{second.port}"] == orders.asked
    assert f"other.example.net:{second.port}" == observation.evidence.proxy.asked


@pytest.mark.parametrize(
    "place", ["127.0.0.1", "192.168.1.1", "[::1]", "localhost", "169.254.169.254", "router", "nas.local"]
)
async def test_no_redirect_leads_inward_by_a_proxy_either(place):
    found = b"HTTP/1.1 302 X\r\nContent-Length: 0\r\nLocation: http://%s/\r\n\r\n" % place.encode()
    with tcp_server(answering(found)) as server, proxy("socks5h", Orders(hosts=HERE)) as (way, orders, _):
        observation = await ask(Http(redirects=1), host=NAME, port=server.port, way=way)

    assert verdict(observation) == ("http.redirect_invalid", None)
    assert [f"{NAME}:{server.port}"] == orders.asked


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_what_the_hop_says_with_the_proxys_last_byte_is_not_lost(scheme):
    """A hop that speaks first may be heard in the very segment that says connected."""
    with tcp_server(saying(b"220 hello\r\n", then=hold)) as server:
        orders = Orders(hosts=HERE)
        with proxy(scheme, orders) as (way, _, _by), contextlib.ExitStack() as stack:
            joined = stack.enter_context(scripted(scheme, _joining(scheme, b"220 hello\r\n")))
            async with bench() as rig:
                heard = [await _first_bytes(rig, one, server.port) for one in (way, joined)]

    assert heard == [b"220 hello\r\n", b"220 hello\r\n"]


def _joining(scheme, banner):
    def script(connection):
        if scheme == "socks5h":
            take(connection, 3)
            connection.sendall(b"\x05\x00")
            connection.recv(500)
            connection.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00" + banner)
        else:
            request(connection)
            connection.sendall(ESTABLISHED + banner)
        hold(connection)

    return script


async def _first_bytes(rig, way, port):
    from probe.steps.connect import connect

    attempt = rig.attempt(host=NAME, port=port, way=way)
    async with asyncio.timeout(2):
        stream = await connect(attempt, NAME, port)
        heard = (await stream.receive(100)).data
    attempt.close()
    return heard


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("then", "expected"), [(None, "tls.closed"), (hold, "tls.timeout")])
async def test_a_proxy_that_says_connected_before_it_tried_is_told_beside_the_cause(scheme, then, expected):
    with scripted(scheme, _lying(scheme, then)) as way:
        observation = await ask(Tls(), host=NAME, port=443, way=way, seconds=0.4)

    assert (expected, "tls") == verdict(observation)
    assert "nothing came since the proxy said connected, after " in observation.failure.detail
    assert steps_of(observation)[-1] == "request"


def _lying(scheme, then):
    def script(connection):
        _joining(scheme, b"")(connection) if then else _talk_and_read(scheme, connection)

    return script


def _talk_and_read(scheme, connection):
    if scheme == "socks5h":
        take(connection, 3)
        connection.sendall(b"\x05\x00")
        connection.recv(500)
        connection.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
    else:
        request(connection)
        connection.sendall(ESTABLISHED)
    # All of it is read, so that the end is a FIN and no reset.
    size = int.from_bytes(take(connection, 5)[3:], "big")
    take(connection, size)


async def test_a_proxy_by_tls_is_shaken_hands_with_first(tmp_path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", certificates.trust_file(tmp_path))
    orders = Orders(delay=0.02, hosts=HERE)
    with (
        tcp_server(answering(ok(b"end"))) as server,
        tls_server(certificates.honest("proxy.example.net"), connect_tunnel(orders)) as by,
    ):
        way = ProxyVantage(url=f"https://proxy.example.net:{by.port}#127.0.0.1")
        observation = await ask(Http(), host=NAME, port=server.port, way=way)

    assert verdict(observation) == (None, None)
    assert steps_of(observation) == ["connect", "tls", "request"]
    assert (observation.evidence.tls, observation.evidence.proxy.reply) == (None, 200)


async def test_a_proxy_with_a_wrong_certificate_is_broken_and_no_fault_of_the_hop(tmp_path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", certificates.trust_file(tmp_path))
    with tls_server(certificates.honest("other.example.net"), hold) as by:
        way = ProxyVantage(url=f"https://proxy.example.net:{by.port}#127.0.0.1")
        observation = await ask(Http(), host=NAME, way=way)

    assert verdict(observation) == ("local.proxy_broken", "proxy")
    assert "certificate is not valid for 'proxy.example.net'" in observation.failure.detail


async def test_a_probe_that_ends_within_a_step_tells_how_long_it_lasted():
    with scripted("socks5h", hold) as way:
        observation = await ask(Tcp(), host=NAME, way=way, seconds=0.2)

    told = observation.evidence.proxy
    assert (told.protocol, told.asked, steps_of(observation)) == (
        "socks5",
        f"{NAME}:1",
        ["connect", "greeting"],
    )
    assert 0.15 <= told.steps[-1].seconds < 0.25 + observation.loop_lag_seconds
    assert (told.tcp.sent_bytes, told.tcp.received_bytes) == (3, 0)


async def test_other_vantages_are_not_held_up_by_a_dead_proxy():
    with tcp_server(hold) as server, scripted("socks5h", hold) as way:
        async with bench() as stuck, bench() as free, asyncio.TaskGroup() as group:
            slow = group.create_task(stuck.ask(Tcp(), host=NAME, way=way, seconds=0.5))
            quick = await free.ask(Tcp(), port=server.port)
            assert (verdict(quick), slow.done()) == ((None, None), False)

    assert verdict(slow.result()) == ("local.proxy_broken", "proxy")
