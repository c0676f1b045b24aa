"""Real nginx, with nothing of ours, with the six lines, with the whole include: each fault's cause and element."""

import contextlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import dns.rcode
import pytest

from probe.cause.response.reading import read
from probe.cause.response.upstream import UPSTREAM_PATH, Facts, looked
from probe.fingerprint import Fingerprints
from probe.model import Hop, Phase, Relay, Route, Span
from probe.prober.http import Http
from tests import rig_certificates as certificates
from tests.rig import ask, bench, verdict
from tests.rig_dns import says
from tests.rig_nginx import nginx
from tests.rig_relay import AUDIENCE, ROOT, SECRET, relay
from tests.rig_servers import answering, black_hole, hold, name_server, ok, saying, tcp_server, tls_server

ROUTE = Route(name="route", hops=("front", "back"))
SPAN = Span(route=ROUTE, asked="front", through="back")
LEG, FRONT, BACK = "seg[front>back]", "host[front]", "host[back]"
HERE, NOBODY = says("A 127.0.0.1"), says(rcode=dns.rcode.NXDOMAIN)
ALERT_40 = bytes.fromhex("15030300020228")
UP = "relay.upstream"
TIMES = "proxy_connect_timeout 300ms; proxy_read_timeout 300ms; proxy_http_version 1.1;"
SIX = (ROOT / "nginx" / "six-lines.conf").read_text()


def take_hello(connection):
    connection.recv(1000)


@contextmanager
def refusing() -> Iterator[int]:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # and never listens
        yield bound.getsockname()[1]


def plain(script):
    @contextmanager
    def start() -> Iterator[int]:
        with tcp_server(script) as server:
            yield server.port

    return start


def secure(script, name="localhost"):
    @contextmanager
    def start() -> Iterator[int]:
        with tls_server(certificates.honest(name), script) as server:
            yield server.port

    return start


def placed(observation, *, asked="front", through="back"):
    return replace(observation, series=replace(observation.series, hop=asked), through=through)


def reading(observation, prints=None, facts=None):
    """Read an observation as the examination does."""
    http = observation.evidence.http
    waited = next((one.seconds for one in observation.timings if one.phase is Phase.PROCESSING), None)
    found = read(
        http,
        SPAN,
        learnt=(prints or Fingerprints([ROUTE])).learnt(http, SPAN),
        facts=facts or Facts(),
        waited_seconds=waited,
    )
    return (found.cause, found.element) if found else None


# What stands behind nginx, how it is passed on to, and what is known with nothing of ours and with the six lines.
STOCK = {
    "stopped": (refusing, "http", UP, UP),
    "black hole": (black_hole, "http", UP, f"{UP}.connect_timeout"),
    "not TLS": (plain(saying(b"SSH-2.0-x\r\n", then=hold)), "https", UP, UP),
    "an alert": (plain(lambda one: (take_hello(one), saying(ALERT_40)(one))), "https", UP, UP),
    # nginx counts the handshake as connecting
    "silent in the handshake": (plain(hold), "https", UP, f"{UP}.connect_timeout"),
    "closed": (plain(answering()), "http", UP, UP),
    "silent": (plain(answering(then=hold)), "http", UP, f"{UP}.read_timeout"),
    "silent behind TLS": (secure(answering(then=hold)), "https", UP, f"{UP}.read_timeout"),
}


@pytest.mark.parametrize("fault", STOCK)
async def test_with_or_without_the_six_lines_each_fault_of_the_leg_is_told_as_deep_as_nginx_says(
    fault, tmp_path
) -> None:
    start, scheme, bare, six = STOCK[fault]
    found = []
    with start() as port:
        for name, lines in (("bare", ""), ("six", SIX)):
            (tmp_path / name).mkdir()
            passing = f"location / {{ {TIMES} proxy_pass {scheme}://127.0.0.1:{port}; }}"
            with nginx(tmp_path / name, lines + passing) as front:
                observation = await ask(Http(), port=front.plain)
            found.append(
                (verdict(observation)[0], observation.evidence.http.made.maker, reading(observation))
            )

    assert found == [(bare, "nginx", (bare, LEG)), (six, "proxy", (six, LEG))]


async def test_a_name_that_nginx_cannot_resolve_is_no_deeper_than_its_page_says(tmp_path) -> None:
    with name_server(NOBODY) as resolver:
        lines = f"resolver {resolver.removeprefix('udp://')}; location / {{ set $up back.example; proxy_pass http://$up; }}"
        with nginx(tmp_path, lines) as front:
            observation = await ask(Http(), port=front.plain)

    assert (verdict(observation)[0], reading(observation)) == (UP, (UP, LEG))


OWN = {
    "a limit": ("location / { limit_req zone=one; proxy_pass http://127.0.0.1:1; }", Http(), "relay.limited"),
    "a limit with another status": ("location / { limit_req zone=one; limit_req_status 429; proxy_pass http://127.0.0.1:1; }", Http(), "relay.limited"),
    "a body too large": ("location / { client_max_body_size 10; proxy_pass http://127.0.0.1:1; }", Http(method="POST", body="x" * 11), "relay.misconfig"),
    "a path that it does not have": ("location / { root /nowhere; }", Http(path="/x"), "relay.misconfig"),
    "a path that it forbids": ("location / { deny all; }", Http(), "relay.misconfig"),
}  # fmt: skip


@pytest.mark.parametrize("fault", OWN)
async def test_what_nginx_answers_of_itself_is_its_own_fault(fault, tmp_path) -> None:
    lines, prober, cause = OWN[fault]
    with nginx(tmp_path, lines, http="limit_req_zone $server_name zone=one:64k rate=1r/m;") as front:
        await ask(prober, port=front.plain)
        observation = await ask(prober, port=front.plain)

    assert (verdict(observation)[0], reading(observation)) == (cause, (cause, FRONT))


async def test_a_page_of_the_users_own_is_known_by_what_it_lacks(tmp_path) -> None:
    lines = (
        "location = /own { return 200 ok; } location = /sorry { internal; return 502 sorry; } error_page 502 /sorry;"
        f"location / {{ {TIMES} proxy_pass http://127.0.0.1:%d; }}"
    )
    prints = Fingerprints([ROUTE])
    with (
        plain(answering(ok(headers=b"X-Powered-By: Express\r\n")))() as port,
        nginx(tmp_path, lines % port) as front,
    ):
        for _ in range(2):
            prints.note(placed(await ask(Http(path="/own"), port=front.plain), through="front"))
            prints.note(placed(await ask(Http(), port=front.plain)))
    (tmp_path / "later").mkdir()
    own_error = b"HTTP/1.1 502 X\r\nX-Powered-By: Express\r\nContent-Length: 0\r\n\r\n"
    with (
        refusing() as closed,
        plain(answering(own_error))() as port,
        nginx(
            tmp_path / "later", lines % closed + f"location /deep {{ proxy_pass http://127.0.0.1:{port}; }}"
        ) as front,
    ):
        by_front = await ask(Http(), port=front.plain)
        by_back = await ask(Http(path="/deep"), port=front.plain)

    assert [verdict(one)[0] for one in (by_front, by_back)] == ["http.status"] * 2
    assert [reading(one, prints) for one in (by_front, by_back)] == [(UP, LEG), ("http.status", BACK)]
    assert reading(by_front) is None


# With the whole include: what any request is told, and how deep the hop's own look leads.
WHOLE = {
    "stopped": (refusing, HERE, UP, UP),
    "black hole": (black_hole, HERE, f"{UP}.connect_timeout", f"{UP}.connect_timeout"),
    "an alert": (
        plain(lambda one: (take_hello(one), saying(ALERT_40, then=hold)(one))),
        HERE,
        UP,
        f"{UP}.tls",
    ),
    "another name": (secure(answering(ok()), "other.example"), HERE, UP, f"{UP}.tls"),
    "closed": (secure(answering()), HERE, f"{UP}.closed", f"{UP}.closed"),
    "silent": (secure(answering(then=hold)), HERE, f"{UP}.read_timeout", f"{UP}.read_timeout"),
    "no name": (lambda: contextlib.nullcontext(1), NOBODY, f"{UP}.dns", f"{UP}.dns"),
}


@pytest.mark.parametrize("fault", WHOLE)
async def test_with_the_include_the_hop_says_which_step_failed(fault, tmp_path) -> None:
    start, reply, told, deeper = WHOLE[fault]
    shared = tmp_path / "shared"
    shared.write_text(SECRET)
    mine = Relay(audience=AUDIENCE, secret_file=str(shared), name="relay")
    hops = [
        Hop(name=name, scheme="http", host="127.0.0.1", port=1, relay=by)
        for name, by in (("front", mine), ("back", None))
    ]
    (tmp_path / "relay").mkdir()
    with (
        start() as port,
        name_server(reply) as resolver,
        relay(tmp_path / "relay", f"localhost:{port}", resolver) as front,
    ):
        observations = []
        async with bench() as ready:
            for prober in (Http(), Http(method="HEAD", path=UPSTREAM_PATH)):
                attempt = ready.attempt(port=front.plain, seconds=5)
                attempt.hop = replace(attempt.hop, relay=mine)
                observations.append(await ready.measure(prober, attempt))
    failed, look = observations
    prints = Fingerprints([ROUTE], hops)
    element = FRONT if deeper.endswith(".dns") else LEG

    assert (verdict(failed)[0], looked(look.evidence.http)) == (told, deeper)
    assert reading(failed, prints)[0] == told
    assert reading(failed, prints, Facts(looked=look.evidence.http)) == (deeper, element)


async def test_a_group_without_a_live_server_is_told_from_one_that_was_asked(tmp_path) -> None:
    shared = tmp_path / "shared"
    shared.write_text(SECRET)
    (tmp_path / "relay").mkdir()
    with refusing() as port:
        group = f"upstream group {{ server 127.0.0.1:{port}; server 127.0.0.2:{port}; }}"
        server = "location /group { proxy_pass http://group; }"
        with relay(
            tmp_path / "relay", f"localhost:{port}", "127.0.0.1:1", server=server, http=group
        ) as front:
            async with bench() as ready:
                found = []
                for _ in range(2):
                    attempt = ready.attempt(port=front.plain)
                    attempt.hop = replace(
                        attempt.hop, relay=Relay(audience=AUDIENCE, secret_file=str(shared))
                    )
                    found.append(verdict(await ready.measure(Http(path="/group"), attempt))[0])

    assert found == [UP, f"{UP}.no_live"]
