"""The wait for an HTTP/2 answer ends with the first byte of its head, by the kernel's stamp, whatever came before."""

import time

import pytest

from probe.model import Taint
from probe.prober.http import Http
from tests.rig import BARE, bench, seconds_of, stamps_of, verdict
from tests.rig_http2 import ACKED, HELLO, PONG, asked, chooses, data, head, linger, window
from tests.rig_servers import tcp_server, tls_server
from tests.stalling import stalled

pytestmark = pytest.mark.alone

H2 = Http(protocol="http/2")
ANSWER = head() + data(b"x" * 400, last=True)


class Head(bytes):
    """The part that begins the answer."""


SAYINGS = {
    "settings at once": (HELLO, 0.03, Head(ACKED + ANSWER)),
    "settings late": (0.03, Head(HELLO + ACKED + ANSWER)),
    "pings on the way": (HELLO, 0.01, PONG, 0.01, window(1) + PONG, 0.01, Head(ANSWER)),
    "the head alone": (HELLO, 0.03, Head(head()), 0.02, data(b"x" * 400, last=True)),
    "the head in two": (HELLO, 0.03, Head(ANSWER[:1]), 0.02, ANSWER[1:]),
    "a body that trickles": (HELLO, 0.03, Head(ANSWER[:-200]), 0.02, ANSWER[-200:]),
}
IN_TWO = ("the head alone", "the head in two", "a body that trickles")
# How late a busy machine may give the server a request; the kernel's joining of segments would show as 20 ms.
SLACK = 0.015


def saying_timed(parts, delays):
    """Take a request and say the parts; note how long after the request the answer began."""

    def script(connection):
        asked(connection)
        began = time.monotonic()
        for part in parts:
            if isinstance(part, float):
                time.sleep(part)
                continue
            if isinstance(part, Head):
                delays.append(time.monotonic() - began)
            connection.sendall(part)
        linger(connection)

    return script


async def ask_all(ready, ca_file, parts):
    """Ask without TLS and with it; return each observation, and how long the server really took to answer."""
    delays: list[float] = []
    script = saying_timed(parts, delays)
    tls = {"host": "localhost", "scheme": "https", "ca_file": ca_file}
    with tcp_server(script) as plain, tls_server(chooses("h2"), script) as secure:
        by_plain = await ready.ask(H2, port=plain.port), delays[-1]
        by_tls = await ready.ask(H2, port=secure.port, **tls), delays[-1]
    return [by_plain, by_tls]


def wrong(seen):
    """Return the waits of those that are neither right nor say that they are late, beside the true ones."""
    return [
        (processing, delay)
        for one, delay in seen
        if Taint.LATE not in one.taints
        and not delay <= (processing := seconds_of(one)["processing"]) < delay + SLACK
    ]


@pytest.mark.parametrize("row", SAYINGS)
@pytest.mark.parametrize("able", [None, BARE], ids=["kernel", "bare"])
async def test_processing_is_the_servers_delay(row, able, ca_file, linux) -> None:
    async with bench(able) as ready:
        # A busy machine may give the server its request late: the best of three rounds is judged.
        rounds = [await ask_all(ready, ca_file, SAYINGS[row]) for _ in range(3)]

    seen = [one for ways in rounds for one, _ in ways]
    assert {(None, None)} == {verdict(one) for one in seen}
    for ways in zip(*rounds, strict=True):
        assert 0 <= min(seconds_of(one)["processing"] - delay for one, delay in ways) < SLACK
        least = 0.018 if row in IN_TWO else 0.0
        assert least <= min(seconds_of(one)["transfer"] for one, _ in ways) < least + SLACK
    assert {"user" if able else "kernel"} == {stamp for one in seen for stamp in stamps_of(one).values()}


@pytest.mark.parametrize("row", SAYINGS)
async def test_a_blocked_loop_does_not_move_it_unseen(row, ca_file, linux) -> None:
    async with bench() as ready, stalled():
        seen = [one for _ in range(4) for one in await ask_all(ready, ca_file, SAYINGS[row])]

    assert wrong(seen) == []
    assert {"kernel"} == {stamp for one, _ in seen for stamp in stamps_of(one).values()}
    assert max(one.lag_seconds for one, _ in seen) > 0.02


async def test_a_blocked_loop_does_not_spoil_what_cannot_have_been_joined(ca_file, linux) -> None:
    async with bench() as ready, stalled():
        seen = [one for _ in range(4) for one in await ask_all(ready, ca_file, SAYINGS["settings late"])]

    # A busy machine may take the processor from us within the call that sends.
    assert sum(one.taints == () for one, _ in seen) >= len(seen) - 2
