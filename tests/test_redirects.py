"""Redirects are followed as far as the check says, without credentials for others, and never inward."""

import time

import pytest

from probe.abc import Connected
from probe.prober.http import Http
from probe.secret import Secret
from probe.steps.redirect import leads_inward
from probe.wire.tcp import TcpConnection
from tests import rig_certificates as certificates
from tests.rig import Recording, ask, bench, seconds_of, verdict
from tests.rig_dns import says
from tests.rig_servers import hold, name_server, ok, request, tcp_server, tls_server

OK = b"HTTP/1.1 200 OK\r\n"
FOUND = b"HTTP/1.1 %d X\r\nContent-Length: 0\r\nLocation: %s\r\n\r\n"


# Redirects


def serving(pages, got=None):
    """Answer each path by its bytes; keep the requests in `got`."""

    def script(connection):
        read = request(connection)
        if got is not None:
            got.append(read)
        connection.sendall(pages[read.split(b" ")[1]])

    return script


CHAIN = {b"/": FOUND % (307, b"/a"), b"/a": FOUND % (307, b"/b"), b"/b": ok(b"end")}


@pytest.mark.parametrize(
    ("redirects", "expected"), [(0, "http.status"), (1, "http.redirect_loop"), (2, None), (9, None)]
)
async def test_redirects_are_followed_as_far_as_the_check_says(redirects, expected) -> None:
    with tcp_server(serving(CHAIN)) as server:
        observation = await ask(Http(redirects=redirects), port=server.port)

    assert expected == verdict(observation)[0]
    followed = min(redirects, 2)
    here = f"http://127.0.0.1:{server.port}"
    assert observation.evidence.http.redirects == (f"{here}/", f"{here}/a")[:followed]


async def test_a_redirect_that_counts_as_the_answer_is_not_followed() -> None:
    with tcp_server(serving(CHAIN)) as server:
        observation = await ask(Http(status=(307,)), port=server.port)

    assert (verdict(observation)[0], len(server.peers)) == (None, 1)


async def test_the_phases_of_redirects_are_summed() -> None:
    def script(connection):
        read = request(connection)
        time.sleep(0.03)
        connection.sendall(CHAIN[read.split(b" ")[1]])

    with tcp_server(script) as server:
        observation = await ask(Http(redirects=2), port=server.port)

    assert verdict(observation) == (None, None)
    assert 0.09 <= seconds_of(observation)["processing"] < 0.15
    assert len(server.peers) == 3  # a fresh connection each


METHODS = [
    (301, "POST", "GET"),
    (302, "POST", "GET"),
    (303, "POST", "GET"),
    (303, "PUT", "GET"),
    (303, "HEAD", "HEAD"),
    (301, "HEAD", "HEAD"),
    (302, "PUT", "PUT"),
    (301, "DELETE", "DELETE"),
    (307, "POST", "POST"),
    (308, "PUT", "PUT"),
]


@pytest.mark.parametrize(("code", "method", "then"), METHODS)
async def test_the_method_after_a_redirect_is_a_browsers(code, method, then) -> None:
    got: list[bytes] = []
    body = "kept" if method in {"POST", "PUT"} else None
    with tcp_server(
        serving({b"/": FOUND % (code, b"/b"), b"/b": OK + b"Content-Length: 0\r\n\r\n"}, got)
    ) as server:
        observation = await ask(Http(method=method, body=body, redirects=1), port=server.port)

    assert verdict(observation) == (None, None)
    second, _, sent = got[1].partition(b"\r\n\r\n")
    assert second.startswith(then.encode() + b" /b ")
    assert (sent == b"kept") == (body is not None and then == method)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("location", "shown"),
    [
        (b"/b", True),
        (b"//127.0.0.1:%d/b", True),
        (b"http://127.0.0.1:%d/b", True),
        (b"http://localhost:%d/b", False),
        (b"//localhost:%d/b", False),
        (b"http://127.0.0.1:%(other)d/b", False),
    ],
)
async def test_credentials_go_to_their_own_origin_only(code, location, shown, monkeypatch) -> None:
    monkeypatch.setenv("TEST_KEY", "sk-canary-1234")
    got: list[bytes] = []
    pages = {b"/b": ok(b"end")}
    with tcp_server(serving(pages, got)) as server, tcp_server(serving(pages, got)) as other:
        here = location.replace(b"%(other)d", b"%d" % other.port).replace(b"%d", b"%d" % server.port)
        pages[b"/"] = FOUND % (code, here)
        observation = await ask(
            Http(
                redirects=1,
                bearer=Secret(env="TEST_KEY"),
                headers={"X-Key": Secret(env="TEST_KEY"), "X-Plain": "1"},
            ),
            port=server.port,
        )

    assert verdict(observation) == (None, None)
    assert [True, shown] == [b"canary" in read for read in got]
    assert b"X-Plain: 1" in got[1]


async def test_a_redirect_to_https_adds_the_tls_phase(ca_file) -> None:
    with tls_server(certificates.honest(), serving({b"/in": ok()})) as secure:
        location = b"https://localhost:%d/in" % secure.port
        with tcp_server(serving({b"/": FOUND % (301, location)})) as plain:
            observation = await ask(Http(redirects=1), host="localhost", port=plain.port, ca_file=ca_file)

    assert verdict(observation) == (None, None)
    assert set(seconds_of(observation)) == {"connect", "tls", "processing", "transfer"}


async def test_a_redirect_to_a_place_that_refuses_keeps_the_answer_that_led_there() -> None:
    with tcp_server(hold) as gone:
        closed = gone.port
    with tcp_server(serving({b"/": FOUND % (302, b"http://127.0.0.1:%d/x" % closed)})) as server:
        observation = await ask(Http(redirects=1), port=server.port)

    assert verdict(observation) == ("tcp.refused", "connect")
    assert (302, closed) == (observation.evidence.http.status, observation.evidence.tcp.port)
    assert {"connect", "processing", "transfer"} == set(seconds_of(observation))


INWARD = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:a00:1::1", "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("address", INWARD)
def test_from_a_public_address_no_redirect_leads_inward(address) -> None:
    assert leads_inward("8.8.8.8", address)
    assert leads_inward("2606:4700::1", address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1", "::ffff:1.1.1.1", "64:ff9b::808:808"])
def test_from_a_public_address_a_redirect_may_lead_to_another(address) -> None:
    assert not leads_inward("8.8.8.8", address)


@pytest.mark.parametrize("asked", ["127.0.0.1", "10.0.0.1", "198.18.0.9", "fd00::1"])
def test_from_within_a_redirect_may_lead_anywhere(asked) -> None:
    assert not leads_inward(asked, "127.0.0.1")


class Diverted(TcpConnection):
    """A connection that reaches loopback whatever address it dials."""

    async def connect(self, address: str, port: int) -> Connected:
        return await super().connect("127.0.0.1", port)


class Diverting(Recording):
    """A network on which every address leads to loopback."""

    def tcp(self, address, opening, options):
        connection = super().tcp("127.0.0.1", opening, options)
        return Diverted(connection._sock, self._clock, self._readiness, self.able)


async def test_a_public_hop_cannot_steer_the_probe_inward() -> None:
    got: list[bytes] = []
    pages = {b"/secret": ok()}
    with tcp_server(serving(pages, got)) as server, name_server(says("A 10.0.0.7")) as resolver:
        pages[b"/"] = FOUND % (302, b"http://internal.test:%d/secret" % server.port)
        async with bench(kind=Diverting) as ready:
            observation = await ready.ask(
                Http(redirects=3), host="8.8.8.8", port=server.port, resolvers=(resolver,)
            )

    assert (verdict(observation)[0], len(got)) == ("http.redirect_invalid", 1)
