"""What slow, greedy and malformed clients cost: each is cut off, and a scrape comes through meanwhile."""

import asyncio
import json
import re
import shlex
import socket
import time
import urllib.parse
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import pytest
from structlog.testing import capture_logs

from probe.web import Limits
from tests.daemon_process import command
from tests.web_server import Served, served

HOST = b"Host: localhost\r\n"
SMUGGLED = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
REFUSED = {
    "length and chunks": b"GET / HTTP/1.1\r\n%bContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"GET / HTTP/1.1\r\n%bContent-Length: 0\r\nContent-Length: 5\r\n\r\n",
    "a length with a sign": b"GET / HTTP/1.1\r\n%bContent-Length: +0\r\n\r\n",
    "a negative length": b"GET / HTTP/1.1\r\n%bContent-Length: -1\r\n\r\n",
    "an unknown coding": b"GET / HTTP/1.1\r\n%bTransfer-Encoding: xchunked\r\n\r\n",
    "chunks that are not last": b"GET / HTTP/1.1\r\n%bTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "a blank before the colon": b"GET / HTTP/1.1\r\n%bContent-Length : 0\r\n\r\n",
    "a folded header": b"GET / HTTP/1.1\r\n%bX-A: b\r\n c\r\n\r\n",
    "a NUL": b"GET / HTTP/1.1\r\n%bX-A: b\x00\r\n\r\n",
    "a bare CR": b"GET / HTTP/1.1\r\n%bX-A: b\rX-B: c\r\n\r\n",
    "bare line feeds": b"GET / HTTP/1.1\nHost: localhost\nX: %b\n\n",
    "a chunk that is none": b"GET / HTTP/1.1\r\n%bTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    "a chunk without end": b"GET / HTTP/1.1\r\n%bTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\n%bHost: evil.example\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n%b",
    "a TLS handshake": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03%b",
    "a long path": b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n%b\r\n",
    "many headers": b"GET / HTTP/1.1\r\n%b" + b"X: a\r\n" * 100 + b"\r\n",
    "a header without end": b"GET / HTTP/1.1\r\n%bX-A: " + b"a" * 100_000,
}  # fmt: skip


@asynccontextmanager
async def connected(
    web: Served, text: bytes = b"", *, source: str = "127.0.0.1", receive_buffer: int | None = None
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    port = int(web.url.rstrip("/").rpartition(":")[2])
    sock = socket.socket()
    sock.bind((source, 0))
    if receive_buffer is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=sock, limit=1024)
    writer.write(text)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def everything(reader: asyncio.StreamReader) -> bytes:
    """Read until the other side ends the connection, one way or another."""
    got = b""
    with suppress(ConnectionError):
        while part := await reader.read(65536):
            got += part
    return got


async def test_whatever_two_servers_could_read_in_two_ways_is_refused_and_ends_the_connection():
    told = {}
    async with asyncio.timeout(20), served() as web:
        for what, text in REFUSED.items():
            async with connected(web, text % HOST + SMUGGLED) as (reader, _):
                answer = await everything(reader)
            told[what] = re.findall(rb"HTTP/1\.[01] (\d+) ", answer)

    assert told == {what: [b"400"] for what in REFUSED}


async def test_nobody_is_answered_who_asks_for_another_server_by_the_whole_address():
    asked = b"GET http://evil.example/metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    async with asyncio.timeout(5), served() as web, connected(web, asked) as (reader, _):
        answer = await everything(reader)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.endswith(b"only paths of this server are answered\n")


async def test_a_malformed_request_is_a_word_in_the_log_and_not_its_content(capfd):
    with capture_logs() as logged:
        async with asyncio.timeout(5), served() as web:
            text = b"GET / HTTP/1.1\r\nAuthorization: Basic canary-4711\x01\r\n\r\n"
            async with connected(web, text) as (reader, _):
                await everything(reader)
    shown = capfd.readouterr()

    assert [one["event"] for one in logged] == ["web.request_malformed"]
    assert "canary" not in str(logged) + shown.out + shown.err


@pytest.mark.alone
async def test_a_head_that_drips_is_not_waited_for():
    limits = Limits(keepalive_seconds=0.5)
    async with asyncio.timeout(10), served(limits=limits) as web, connected(web) as (reader, writer):
        began = time.perf_counter()
        with suppress(ConnectionError):
            for byte in b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + b"a" * 1000:
                writer.write(bytes([byte]))
                await asyncio.sleep(0.02)
                if reader.at_eof() or writer.is_closing():
                    break
        took = time.perf_counter() - began

    assert took < 3.0


async def test_a_second_request_that_drips_is_not_waited_for_either():
    text = b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\nGET /met"
    async with (
        asyncio.timeout(5),
        served(limits=Limits(keepalive_seconds=0.3)) as web,
        connected(web, text) as (reader, _),
    ):
        answer = await everything(reader)

    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("head", [b"Content-Length: 100000\r\n", b"Transfer-Encoding: chunked\r\n"])
async def test_a_body_that_drips_ends_with_its_connection(head: bytes):
    text = b"GET /-/healthy HTTP/1.1\r\n" + HOST + head + b"\r\n"
    async with asyncio.timeout(10), served() as web, connected(web, text) as (reader, writer):
        began = time.perf_counter()
        with suppress(ConnectionError):
            while not (reader.at_eof() or writer.is_closing()):
                writer.write(b"1")
                await asyncio.sleep(0.05)
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.01):
                        await reader.read(1000)
        took = time.perf_counter() - began

    assert took < 5.0


async def test_a_body_larger_than_any_request_needs_ends_with_its_connection():
    text = b"POST /-/reload HTTP/1.1\r\n" + HOST + b"Content-Length: 1000000000000\r\n\r\n"

    async def taken() -> tuple[bool, str]:
        return True, "taken over"

    async with (
        asyncio.timeout(10),
        served(on_reload=taken) as web,
        connected(web, text) as (reader, writer),
    ):
        with suppress(ConnectionError):
            while not writer.is_closing():
                writer.write(b"x" * 100_000)
                await writer.drain()
        answer = await everything(reader)

    assert answer == b"" or answer.startswith(b"HTTP/1.1 200 ")


async def test_readers_who_do_not_read_take_no_place_for_long():
    text = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200
    limits = Limits(connections=6, connections_per_address=6, request_seconds=0.3)
    async with asyncio.timeout(20), AsyncExitStack() as stack:
        web = await stack.enter_async_context(served(limits=limits))
        for _ in range(6):
            await stack.enter_async_context(connected(web, text, receive_buffer=2048))
        statuses = []
        for _ in range(30):
            statuses.append((await web.get("-/healthy", Connection="close"))[0])
            await asyncio.sleep(0.1)

    assert statuses[-10:] == [200] * 10


async def test_one_address_cannot_take_all_places():
    limits = Limits(connections=6, connections_per_address=4)
    watching = b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
    async with asyncio.timeout(10), AsyncExitStack() as stack:
        web = await stack.enter_async_context(served(limits=limits))
        told = []
        for source in ("127.0.0.2",) * 6 + ("127.0.0.3",):
            reader, _ = await stack.enter_async_context(connected(web, watching, source=source))
            told.append((await reader.read(12))[-3:])

    assert told == [b"200"] * 4 + [b"503"] * 2 + [b"200"]


@pytest.mark.alone
async def test_a_scrape_comes_through_hundreds_of_connections_that_say_nothing_or_half():
    async with asyncio.timeout(30), AsyncExitStack() as stack:
        web = await stack.enter_async_context(served())
        for number in range(400):
            half = b"GET /metrics HTTP/1.1\r\nHost: lo" if number % 2 else b""
            await stack.enter_async_context(connected(web, half))
        began = time.perf_counter()
        status, _ = await web.get("metrics")
        took = time.perf_counter() - began

    assert (status, took < 1.0) == (200, True)


@pytest.mark.alone
async def test_a_daemon_out_of_files_makes_room_by_itself(tmp_path):
    config = tmp_path / "hopwatch.yml"
    config.write_text(
        'version: 1\nhops: {api: {url: "http://127.0.0.1:1"}}\nroutes: {chat: {hops: [api], checks: {tcp: {tcp: {}}}}}\n'
    )
    # Enough to start with, and fewer than connections are let in.
    start = f"ulimit -n 56; exec {shlex.join(command(config, tmp_path / 'data'))}"
    process = await asyncio.create_subprocess_exec("sh", "-c", start, stderr=asyncio.subprocess.PIPE)
    assert process.stderr is not None
    try:
        async with asyncio.timeout(40), AsyncExitStack() as stack:
            line = b""
            while b"daemon.started" not in line:
                line = await process.stderr.readline()
                assert line, "the daemon ended before it was started"
            page = urllib.parse.urlsplit(json.loads(line)["page"])
            for _ in range(80):
                _, writer = await asyncio.open_connection(page.hostname, page.port)
                stack.callback(writer.close)
                writer.write(b"GET /metr")
            while b"web.accept_failed" not in line:
                line = await process.stderr.readline()
            reader, writer = await asyncio.open_connection(page.hostname, page.port)
            writer.write(b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = await everything(reader)
            writer.close()
    finally:
        process.terminate()
        await process.communicate()

    assert answer.startswith(b"HTTP/1.1 200 ")
