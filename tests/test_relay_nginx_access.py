"""Who sees what at the relay: tokens, rates, pages of other origins, and requests that try to write headers."""

import socket
import time
from collections import Counter

import pytest

from tests import rig_certificates as certificates
from tests.rig_dns import says
from tests.rig_relay import AUDIENCE, ORIGIN, SECRET, ask, bad_tokens, bearer, relay, spelt
from tests.rig_servers import answering, name_server, ok, tls_server

DETAILS = ("server-timing", "next-hop", "details", "attempts", "127.0.0.1:")
STANDARD = {"server", "date", "content-type", "content-length", "connection", "proxy-status", "vary"}


@pytest.fixture(scope="module")
def resolver():
    with name_server(says("A 127.0.0.1")) as address:
        yield address


@pytest.fixture(scope="module")
def healthy(tmp_path_factory, resolver):
    with (
        tls_server(certificates.honest(), answering(ok(headers=b"Content-Type: text/plain\r\n"))) as server,
        relay(tmp_path_factory.mktemp("healthy"), f"localhost:{server.port}", resolver) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def broken(tmp_path_factory, resolver):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # and never listens
        upstream = f"localhost:{bound.getsockname()[1]}"
        with relay(tmp_path_factory.mktemp("broken"), upstream, resolver) as running:
            yield running


def shown(answer):
    told = "\n".join(f"{name}: {value}" for name, value in answer.headers)
    return [detail for detail in DETAILS if detail in told]


def test_it_answers_by_itself_while_its_upstream_is_down(broken) -> None:
    answer = ask(broken.plain, "/hopwatch/self")

    assert (answer.status, answer.error()) == (200, "proxy_internal_response")
    assert answer.body == b'{"ok":true,"made_by":"relay","hop":"relay"}\n'


@pytest.mark.parametrize("path", ["/", "/hopwatch/self", "/hopwatch/other"])
def test_ordinary_users_get_nothing_but_standard_headers(path, healthy, broken) -> None:
    answers = [ask(one.plain, path) for one in (healthy, broken)]

    assert [{name for name, _ in answer.headers} - STANDARD for answer in answers] == [set(), set()]
    assert [shown(answer) for answer in answers] == [[], []]


def test_a_token_opens_the_details_until_it_expires(healthy, broken) -> None:
    answers = [ask(one.plain, headers=bearer()) for one in (healthy, broken)]

    assert [shown(answer) for answer in answers] == [["server-timing", "next-hop", "127.0.0.1:"]] * 2
    assert ask(healthy.plain, "/hopwatch/upstream", "HEAD", bearer()).status == 200
    assert ask(healthy.plain, "/hopwatch/upstream", "GET", bearer()).status == 405


@pytest.mark.parametrize("wrong", bad_tokens())
def test_no_other_token_opens_anything(wrong, healthy, broken) -> None:
    headers = bearer(bad_tokens()[wrong])

    assert shown(ask(broken.plain, headers=headers)) == []
    answer = ask(healthy.plain, "/hopwatch/upstream", "HEAD", headers)
    assert (answer.status, answer.error(), shown(answer)) == (403, "http_request_denied", [])


@pytest.mark.parametrize(
    ("secret", "opened"), [(SECRET[:32], ["server-timing"]), (SECRET[:31], []), ('""', [])]
)
def test_a_secret_that_can_be_guessed_opens_nothing(secret, opened, tmp_path) -> None:
    token = spelt(secret.strip('"'), AUDIENCE, int(time.time()) + 60)
    with relay(tmp_path, "localhost:1", "127.0.0.1:1", secret=secret) as running:
        answer = ask(running.plain, "/hopwatch/self", headers=bearer(token))

    assert shown(answer) == opened


def test_the_own_answer_is_rationed_and_the_users_requests_are_not(tmp_path, resolver) -> None:
    with (
        tls_server(certificates.honest(), answering(ok())) as server,
        relay(tmp_path, f"localhost:{server.port}", resolver) as running,
    ):
        begun = time.monotonic()
        own = [ask(running.plain, "/hopwatch/self", headers={"Origin": ORIGIN}) for _ in range(60)]
        seconds = time.monotonic() - begun
        users = Counter(ask(running.plain).status for _ in range(60))

    assert {answer.status for answer in own[:21]} == {200}
    assert sum(answer.status == 200 for answer in own) <= 21 + 5 * seconds + 1
    refused = next(answer for answer in own if answer.status != 200)
    assert (refused.status, refused.error(), refused.all("retry-after")) == (
        429,
        "http_request_denied",
        ["1"],
    )
    assert refused.all("access-control-allow-origin") == [ORIGIN]
    assert users == {200: 60}


def test_looking_at_the_upstream_is_rationed_for_everybody_together(tmp_path, resolver) -> None:
    with (
        tls_server(certificates.honest(), answering(ok())) as server,
        relay(tmp_path, f"localhost:{server.port}", resolver) as running,
    ):
        asked = [ask(running.plain, "/hopwatch/upstream", "HEAD", bearer()) for _ in range(12)]
        peers = len(server.peers)

    assert [answer.status for answer in asked[:6]] == [200] * 6
    assert {(answer.status, answer.error()) for answer in asked[6:]} - {(200, None)} == {
        (429, "http_request_denied")
    }
    assert peers == sum(answer.status == 200 for answer in asked)


def test_a_page_of_an_allowed_origin_can_read_errors_too(healthy, broken) -> None:
    answers = [ask(one.plain, headers={"Origin": ORIGIN}) for one in (healthy, broken)]

    assert [answer.status for answer in answers] == [200, 502]
    assert [answer.all("access-control-allow-origin") for answer in answers] == [[ORIGIN]] * 2
    assert ["Proxy-Status" in answer.all("access-control-expose-headers")[0] for answer in answers] == [
        True
    ] * 2
    assert [answer.all("vary") for answer in answers] == [["Origin"]] * 2


def test_its_preflight_is_answered_while_the_upstream_is_down(broken) -> None:
    asks = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    answer = ask(broken.plain, "/api/v1/chat/completions", "OPTIONS", asks)

    assert (answer.status, answer.error(), answer.body) == (204, "proxy_internal_response", b"")
    assert answer.all("access-control-allow-methods") == ["GET, POST"]
    assert "x-hopwatch-token" in answer.all("access-control-allow-headers")[0]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", f"{ORIGIN}.evil.example", f"x{ORIGIN}", "null", ""]
)
def test_a_page_of_another_origin_reads_nothing(origin, broken) -> None:
    asks = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    answers = [ask(broken.plain, method=method, headers=asks) for method in ("GET", "OPTIONS")]

    assert [answer.status for answer in answers] == [502, 502]
    assert [
        name for answer in answers for name, _ in answer.headers if name.startswith("access-control")
    ] == []


def test_what_the_upstream_says_for_pages_stands_alone(tmp_path, resolver) -> None:
    says_itself = answering(ok(headers=b"Access-Control-Allow-Origin: *\r\n"))
    with (
        tls_server(certificates.honest(), says_itself) as server,
        relay(tmp_path, f"localhost:{server.port}", resolver) as running,
    ):
        answer = ask(running.plain, headers={"Origin": ORIGIN})

    assert answer.all("access-control-allow-origin") == ["*"]


def test_an_upstream_that_breaks_off_after_speaking_for_pages_leaves_them_no_blank(
    tmp_path, resolver
) -> None:
    half = answering(b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nX: 1")
    with (
        tls_server(certificates.honest(), half) as server,
        relay(tmp_path, f"localhost:{server.port}", resolver) as running,
    ):
        answer = ask(running.plain, headers={"Origin": ORIGIN})

    assert (answer.status, answer.all("access-control-allow-origin")) == (502, [ORIGIN])


EVIL = "evil%0d%0aX-Evil: 1\\r\\nX-Evil: 1"
HOSTILE = {
    "in the path": (f"/{EVIL}".replace(" ", "%20"), {}),
    "in the path of the own answer": ("/hopwatch/self/..;x%0d%0aX-Evil:%201", {}),
    "in the query": (f"/?{EVIL}".replace(" ", "%20"), {}),
    "in the origin": ("/", {"Origin": f"{ORIGIN}{EVIL}"}),
    "in the host": ("/", {"Host": "localhost%0d%0aX-Evil"}),
    "in the token": ("/", {"X-Hopwatch-Token": f'{EVIL}"; error=dns_error'}),
    "in the asked method": ("/", {"Origin": ORIGIN, "Access-Control-Request-Method": EVIL}),
    "in a forged report": ("/", {"Proxy-Status": "evil; error=dns_error", "Server-Timing": "evil"}),
}


@pytest.mark.parametrize("where", HOSTILE)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_a_request_cannot_write_into_the_report(where, method, broken) -> None:
    path, headers = HOSTILE[where]
    answer = ask(broken.plain, path, method, headers)

    assert [line for line in answer.headers if "evil" in f"{line}".lower()] == []
    assert len(answer.all("proxy-status")) == 1
    assert answer.error() in {"destination_unavailable", "http_request_error", "proxy_internal_response"}


def test_what_the_relay_refuses_itself_it_owns(healthy) -> None:
    with socket.create_connection(("127.0.0.1", healthy.plain), 5) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6000000\r\n\r\n")
        head = client.recv(65_536)

    assert head.startswith(b"HTTP/1.1 413 ")
    assert b"\r\nProxy-Status: relay; error=http_request_error\r\n" in head


def test_nginx_had_nothing_to_complain_about_but_the_upstream(healthy, broken) -> None:
    ask(broken.plain)
    ask(healthy.plain)
    complaints = [
        line
        for one in (healthy, broken)
        for line in one.errors().splitlines()
        if "[error]" not in line and "notice" not in line and "upstream" not in line
    ]

    assert complaints == []
