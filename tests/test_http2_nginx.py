"""HTTP/2 with Debian's nginx, and curl's opinion of the same server."""

import subprocess
import time

import pytest

from probe.prober.http import Http
from tests.need import need, need_program
from tests.rig import bench, seconds_of, stamps_of, verdict
from tests.rig_nginx import nginx
from tests.rig_servers import ok, request, tcp_server

pytestmark = pytest.mark.alone

LARGE = 8 << 20  # more than the window that we grant at first
SERVER = """
location = / {{ default_type text/html; return 200 "<h1>hello</h1>\\n"; }}
location = /empty {{ return 204; }}
location = /none {{ return 404; }}
location = /moved {{ return 302 /; }}
location = /large {{ alias {folder}/large; default_type text/plain; }}
location = /slow {{ proxy_pass http://127.0.0.1:{upstream}; }}
location = /echo {{ proxy_pass http://127.0.0.1:{upstream}; proxy_request_buffering off; }}
"""


def upstream(connection):
    """Take a request whole, and answer with the size of its body, after 30 ms where it is for /slow."""
    head, _, body = request(connection).partition(b"\r\n\r\n")
    if b" /slow " in head:
        time.sleep(0.03)
    connection.sendall(ok(b"%d" % len(body)))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nginx")
    (folder / "large").write_bytes(b"x" * LARGE)
    with tcp_server(upstream) as behind:
        lines = SERVER.format(folder=folder, upstream=behind.port)
        with nginx(folder, lines) as running:
            yield running
            assert [line for line in running.errors().splitlines() if "notice" not in line] == []


@pytest.fixture
def secure(server, ca_file):
    return {"port": server.secure, "host": "localhost", "scheme": "https", "ca_file": ca_file, "seconds": 5}


ROWS = {
    "a page": (Http(protocol="http/2", body_matches=("hello",)), 200, 15),
    "its head": (Http(method="HEAD", protocol="http/2"), 200, 0),
    "no content": (Http(path="/empty", protocol="http/2"), 204, 0),
    "a redirect": (Http(path="/moved", redirects=1, protocol="http/2"), 200, 15),
    "a large file": (Http(path="/large", max_body=LARGE, protocol="http/2"), 200, LARGE),
    "a small body sent": (Http(method="POST", path="/echo", body="x" * 10, protocol="http/2", body_matches=("^10$",)), 200, 2),
    "a large body sent": (Http(method="POST", path="/echo", body="ü" * 65_536, protocol="http/2", body_matches=("^131072$",)), 200, 6),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("way", ["tls", "prior knowledge"])
async def test_it_answers_as_by_http1(row, way, server, secure) -> None:
    prober, status, size = ROWS[row]
    async with bench() as ready:
        seen = await ready.ask(prober, **(secure if way == "tls" else {"port": server.prior, "seconds": 5}))

    http = seen.evidence.http
    assert verdict(seen) == (None, None)
    assert (http.version, http.status, http.body_bytes) == ("2", status, size)
    assert http.headers[0] == ("server", "nginx")


async def test_not_found_is_nginxs_own_page_by_both(secure) -> None:
    async with bench() as ready:
        seen = [
            await ready.ask(Http(path="/none", protocol=one), **secure)
            for one in ("http/1.1", "http/2", "auto")
        ]

    assert {("relay.misconfig", None)} == {verdict(one) for one in seen}
    assert [one.evidence.http.version for one in seen] == ["1.1", "2", "2"]
    assert len({one.evidence.http.excerpt for one in seen}) == 1


async def test_without_http2_on_a_port_there_is_none_to_be_had(server) -> None:
    async with bench() as ready:
        seen = await ready.ask(Http(protocol="http/2"), port=server.plain)

    assert verdict(seen) == ("http.version", "processing")


async def test_the_phases_are_the_same_in_both_versions(secure, linux) -> None:
    async with bench() as ready:
        seen = {
            one: [await ready.ask(Http(path="/slow", protocol=one), **secure) for _ in range(5)]
            for one in ("http/1.1", "http/2")
        }

    # A busy machine may wake servers late: the best of each is compared.
    best = {
        (version, phase): min(seconds_of(one)[phase] for one in several)
        for version, several in seen.items()
        for phase in ("connect", "tls", "processing", "transfer")
    }
    assert {(None, None)} == {verdict(one) for several in seen.values() for one in several}
    assert {"kernel"} == {
        stamp for several in seen.values() for one in several for stamp in stamps_of(one).values()
    }
    for phase in ("connect", "tls", "processing", "transfer"):
        assert best["http/2", phase] == pytest.approx(best["http/1.1", phase], abs=0.004)
    assert 0.03 <= best["http/2", "processing"] < 0.036


async def test_a_server_that_says_goodbye_at_once_still_answers(tmp_path, ca_file) -> None:
    with nginx(tmp_path, 'location / { return 200 "last"; }', requests=1) as running:
        async with bench() as ready:
            seen = await ready.ask(
                Http(protocol="http/2", body_matches=("^last$",)),
                port=running.secure,
                host="localhost",
                scheme="https",
                ca_file=ca_file,
            )

    assert verdict(seen) == (None, None)


def curl_says(ca_file, url):
    """Return the version, status and size that curl gets."""
    curl = need_program("curl")
    version = subprocess.run([curl, "-V"], capture_output=True, text=True).stdout
    need("HTTP2" in version, "a curl with HTTP/2")
    told = "%{http_version} %{response_code} %{size_download}"
    line = [curl, "-s", "--http2", "--noproxy", "*", "--cacert", ca_file, "-o", "/dev/null", "-w", told, url]
    return subprocess.run(line, capture_output=True, text=True, timeout=10).stdout


@pytest.mark.parametrize("path", ["/", "/empty", "/large", "/none"])
async def test_curl_sees_the_same(path, server, secure) -> None:
    async with bench() as ready:
        seen = await ready.ask(Http(path=path, max_body=LARGE, protocol="auto"), **secure)

    http = seen.evidence.http
    ours = f"{http.version} {http.status} {http.body_bytes}"
    assert ours == curl_says(secure["ca_file"], f"https://localhost:{server.secure}{path}")
