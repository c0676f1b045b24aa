"""The guards: names we answer to, methods, headers, time and connections."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import pytest

from probe.web import Limits
from probe.web.security import Hosts
from tests.web_server import Served, served


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8080",
        "LOCALHOST.",
        "127.0.0.1:9860",
        "127.9.9.9",
        "[::1]:9860",
        "[::1]",
        "a.localhost:1",
    ],
)
def test_loopback_is_answered_under_every_name(host: str):
    assert Hosts().allows(host, "127.0.0.1")


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "evil.example:9860", "127.0.0.1.evil.example", "localhost.evil.example", "192.0.2.7", "0.0.0.0:9860", "[::2]:80", "127.0.0.1:x", "localhost:9860:9860"],
)  # fmt: skip
def test_other_names_are_not_answered(host: str):
    assert not Hosts().allows(host, "127.0.0.1")


def test_the_address_that_was_connected_to_is_answered():
    assert Hosts().allows("192.0.2.7:9860", "192.0.2.7")


def test_names_that_were_allowed_are_answered():
    hosts = Hosts(["hopwatch", "Watch.Example."])
    hosts.add("10.0.0.5")

    assert [
        hosts.allows(name, None) for name in ("hopwatch:9860", "watch.example", "10.0.0.5:9860", "other")
    ] == [True, True, True, False]


def test_a_star_allows_every_name():
    assert Hosts(["*"]).allows("anything.example", None)


async def test_a_rebound_name_is_refused():
    async with served() as web:
        assert await web.get("metrics", Host="evil.example") == (
            403,
            "this server is not called 'evil.example'; --web.allowed-host lets it be\n",
        )


async def test_a_page_of_another_site_may_link_here_and_not_read():
    async with served() as web:
        link = await web.get("", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate")
        read = await web.get("api/v1/events", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors")

    assert (link[0], read[0]) == (200, 403)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["", "metrics", "nothing"])
async def test_only_reading_is_answered(method: str, path: str):
    async with served() as web, web.client.request(method, web.url + path) as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "GET,HEAD")


@pytest.mark.parametrize(
    "path", ["", "metrics", "static/page.js", "api/v1/state", "nothing", "api/nothing", "-/ready"]
)
async def test_every_answer_tells_the_browser_to_run_nothing_but_ours(path: str):
    async with served() as web, web.client.get(web.url + path) as answer:
        headers = answer.headers

    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "no-referrer")
    assert "no-cache" if path.startswith("static") else headers["Cache-Control"] == "no-store"
    assert (
        headers["Server"],
        headers.get("Access-Control-Allow-Origin"),
        headers.get("Set-Cookie"),
    ) == ("hopwatch", None, None)


@asynccontextmanager
async def _raw(
    web: Served, text: bytes = b"", *, receive_buffer: int | None = None
) -> AsyncIterator[asyncio.StreamReader]:
    port = int(web.url.rstrip("/").rpartition(":")[2])
    sock = socket.socket()
    if receive_buffer is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=sock, limit=1024)
    writer.write(text)
    try:
        yield reader
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def test_half_a_request_is_dropped_after_the_keepalive_time():
    async with (
        asyncio.timeout(5),
        served(limits=Limits(keepalive_seconds=0.2)) as web,
        _raw(web, b"GET / HTTP/1.1\r\nHost: loc") as reader,
    ):
        assert await reader.read() == b""


async def test_a_body_that_drips_is_not_waited_for():
    head = b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nx"
    async with asyncio.timeout(5), served() as web, _raw(web, head) as reader:
        answer = await reader.read()

    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_a_reader_who_does_not_read_is_cut_off():
    # Many pages are asked for and none is read, so that the kernel's buffers fill up.
    text = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200
    async with (
        asyncio.timeout(10),
        served(limits=Limits(request_seconds=0.3)) as web,
        _raw(web, text, receive_buffer=2048) as reader,
    ):
        await asyncio.sleep(1.0)
        answer = await reader.read()

    assert answer.count(b"HTTP/1.1 200 ") < 200


async def test_idle_connections_cannot_keep_a_scrape_out():
    async with asyncio.timeout(10), AsyncExitStack() as stack:
        web = await stack.enter_async_context(served(limits=Limits(connections=8)))
        for _ in range(200):
            await stack.enter_async_context(_raw(web, b"GET /metr"))
        status, _ = await web.get("metrics")

    assert status == 200


async def test_idle_connections_beyond_the_cap_are_closed_oldest_first():
    async with asyncio.timeout(10), AsyncExitStack() as stack:
        web = await stack.enter_async_context(served(limits=Limits(connections=4)))
        idle = []
        for _ in range(6):
            idle.append(await stack.enter_async_context(_raw(web)))
            await web.get("-/healthy", Connection="close")
        closed = [await _is_closed(reader) for reader in idle]

    assert closed == [True, True, True, False, False, False]


async def _is_closed(reader: asyncio.StreamReader) -> bool:
    try:
        async with asyncio.timeout(0.1):
            return await reader.read(1) == b""
    except TimeoutError:
        return False


async def test_when_all_connections_are_busy_a_newcomer_is_told_to_come_later():
    async with (
        asyncio.timeout(10),
        served(limits=Limits(connections=2)) as web,
        web.client.get(f"{web.url}api/v1/events"),
        web.client.get(f"{web.url}api/v1/events"),
    ):
        status, _ = await web.get("metrics")

    assert status == 503


async def test_oversized_heads_are_refused():
    async with served() as web:
        status, _ = await web.get("", X_Large="x" * 20_000)

    assert status == 400
