"""Listening: addresses, and what is said when they cannot be had."""

import asyncio
import errno
import socket

import pytest
from aiohttp import web

from probe.exporter.recent import Recent
from probe.web import ListenError, make_app, serving
from probe.web.serve import _reason, parse_address
from tests.web_chain import HandClock, plan
from tests.web_server import FakeMetrics


def _app() -> web.Application:
    clock = HandClock()
    return make_app(
        plan=plan(),
        recent=Recent(clock=clock),
        metrics=FakeMetrics(),
        ready=lambda: (True, []),
        clock=clock,
        version="1",
    )


@pytest.mark.parametrize(
    ("address", "parsed"),
    [
        ("127.0.0.1:9860", ("127.0.0.1", 9860)),
        ("localhost:0", ("localhost", 0)),
        ("[::1]:80", ("::1", 80)),
        (":9860", ("", 9860)),
    ],
)
def test_an_address_is_host_and_port(address: str, parsed: tuple[str, int]):
    assert parsed == parse_address(address)


@pytest.mark.parametrize(
    "address", ["", "9860", "localhost", "localhost:http", "::1:80", "127.0.0.1:70000", "a:-1", "a:²"]
)
def test_anything_else_is_no_address(address: str):
    with pytest.raises(ListenError) as refusal:
        parse_address(address)

    assert f"{address!r} is not an address to listen on; write host:port, such as 127.0.0.1:9860" == str(
        refusal.value
    )


async def _refusal(address: str) -> str:
    with pytest.raises(ListenError) as refusal:
        async with serving(_app(), address):
            pass
    return str(refusal.value)


async def test_a_port_in_use_is_one_clear_sentence():
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"

        assert f"cannot listen on {address}: another program listens there already" == await _refusal(address)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EACCES, "this user may not listen there"),
        (errno.EMFILE, "too many open files"),
    ],
)
def test_other_refusals_of_the_kernel_are_told_in_words(number: int, said: str):
    assert _reason(OSError(number, "")) == said


async def test_an_address_of_another_machine_is_one_clear_sentence():
    assert await _refusal("192.0.2.1:0") == "cannot listen on 192.0.2.1:0: it is no address of this machine"


async def test_the_url_leads_to_the_page_and_stops_leading_there():
    async with serving(_app(), "127.0.0.1:0") as url:
        port = int(url.removeprefix("http://127.0.0.1:").removesuffix("/"))
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()

    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_every_address_of_the_machine_is_shown_as_loopback():
    async with serving(_app(), "0.0.0.0:0") as url:
        assert url.startswith("http://127.0.0.1:")
