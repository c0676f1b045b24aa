"""A target that breaks HTTP/2, floods, or gives up: each ends by its own cause, in time, within bounds."""

import hpack
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probe.prober.http import Http
from tests.rig import BARE, ask, bench, verdict
from tests.rig_http2 import (
    ACKED,
    ALTSVC,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    HELLO,
    PADDED,
    PING,
    PONG,
    PRIORITY,
    PUSH_PROMISE,
    answer,
    answering_h2,
    asked,
    block,
    data,
    flooding_h2,
    frame,
    goaway,
    head,
    leave,
    reset_stream,
    window,
)
from tests.rig_http2 import settings as settings_frame
from tests.rig_servers import hold, ok, reset, saying, tcp_server

pytestmark = pytest.mark.alone

SECONDS = 0.5
EARLY = ("http.protocol", "processing")
LATE = ("http.protocol", "transfer")
OPEN = HELLO + head()
END_PART = b"\x00" * 9
BOMB = block((":status", "200"), ("x", "y" * 4000))


def bomb():
    """Return a block that names one large header of the table again and again (CVE-2016-6581)."""
    encoder = hpack.Encoder()
    first = encoder.encode([(":status", "200"), ("x-bomb", "y" * 4000)])
    again = encoder.encode([("x-bomb", "y" * 4000)])
    return first + again * 10_000


def after_reset(connection):
    asked(connection)
    connection.sendall(HELLO)
    reset(connection)


def in_fragments(block_bytes, size, *, ends=True):
    """Cut a block into HEADERS and CONTINUATION frames."""
    parts = [block_bytes[at : at + size] for at in range(0, len(block_bytes), size)]
    kinds = [HEADERS] + [CONTINUATION] * (len(parts) - 1)
    flags = [END_STREAM] + [0] * (len(parts) - 1)
    if ends:
        flags[-1] |= END_HEADERS
    return b"".join(frame(kind, part, flag, 1) for kind, part, flag in zip(kinds, parts, flags, strict=True))


ROWS = {
    # before the answer
    "no settings first": (answering_h2(answer()), EARLY),
    "settings acknowledged first": (answering_h2(ACKED + HELLO), EARLY),
    "HTTP/1.1 instead": (answering_h2(ok()), ("http.version", "processing")),
    "HTTP/1.1 that read nothing": (saying(b"HTTP/1.1 400 Bad Request\r\n\r\n", then=hold), ("http.version", "processing")),
    "SSH": (answering_h2(b"SSH-2.0-OpenSSH_9.2\r\n"), EARLY),
    "silence after the settings": (answering_h2(HELLO), ("http.timeout.first_byte", "processing")),
    "closed at once": (answering_h2(then=leave), ("http.closed", "processing")),
    "closed after the settings": (answering_h2(HELLO, then=leave), ("http.closed", "processing")),
    "reset after the settings": (after_reset, ("http.reset", "processing")),
    "a frame of 16 MiB": (answering_h2(HELLO, b"\xff\xff\xff\x00\x00\x00\x00\x00\x01"), EARLY),
    "a frame of 16385 bytes": (answering_h2(HELLO, frame(0xFA, b"x" * 16_385)), EARLY),
    "settings of 5 bytes": (answering_h2(frame(4, b"12345")), EARLY),
    "settings on a stream": (answering_h2(frame(4, b"", 0, 1)), EARLY),
    "an acknowledgement with content": (answering_h2(HELLO, frame(4, b"123456", 1)), EARLY),
    "a window of 2^31": (answering_h2(settings_frame((4, 1 << 31))), EARLY),
    "frames of 1 byte at most": (answering_h2(settings_frame((5, 1))), EARLY),
    "push switched to 2": (answering_h2(settings_frame((2, 2))), EARLY),
    "a window that overflows": (answering_h2(HELLO, window(0x7FFFFFFF), window(0x7FFFFFFF)), EARLY),
    "a window increment of 0": (answering_h2(HELLO, window(0)), EARLY),
    "a window for a stream that nobody opened": (answering_h2(HELLO, window(1, 7)), EARLY),
    "a ping of 7 bytes": (answering_h2(HELLO, frame(PING, b"1234567")), EARLY),
    "a push": (answering_h2(HELLO, frame(PUSH_PROMISE, b"\x00\x00\x00\x02" + block((":method", "GET")), 4, 1)), EARLY),
    "data before the head": (answering_h2(HELLO, data(b"x")), EARLY),
    "a head on another stream": (answering_h2(HELLO, head(stream=3)), EARLY),
    "a head on stream 0": (answering_h2(HELLO, head(stream=0)), EARLY),
    "a head of a push": (answering_h2(HELLO, head(stream=2)), EARLY),
    "a naked continuation": (answering_h2(HELLO, frame(CONTINUATION, b"", 4, 1)), EARLY),
    "a stream that depends on itself": (answering_h2(HELLO, frame(PRIORITY, b"\x00\x00\x00\x01\x10", 0, 1)), EARLY),
    "the stream reset": (answering_h2(HELLO, reset_stream(2)), ("http.reset.stream", "processing")),
    "the stream reset without an error": (answering_h2(HELLO, reset_stream(0)), ("http.reset.stream", "processing")),
    "the stream reset with an error of nobody's": (answering_h2(HELLO, reset_stream(0xDEADBEEF)), ("http.reset.stream", "processing")),
    "the stream refused": (answering_h2(HELLO, reset_stream(7)), ("http.refused", "processing")),
    "the stream sent back to HTTP/1.1": (answering_h2(HELLO, reset_stream(13)), ("http.version", "processing")),
    "no request taken": (answering_h2(HELLO, goaway(0)), ("http.refused", "processing")),
    "no request taken, too much of it": (answering_h2(HELLO, goaway(0, 11)), ("http.refused", "processing")),
    "told that we broke the protocol": (answering_h2(HELLO, goaway(0, 1)), ("http.closed", "processing")),
    "given up after our request": (answering_h2(HELLO, goaway(1, 2)), ("http.closed", "processing")),
    "sent back to HTTP/1.1": (answering_h2(HELLO, goaway(0, 13)), ("http.version", "processing")),
    "a goaway of 3 bytes": (answering_h2(HELLO, frame(7, b"123")), EARLY),
    "a graceful end without an answer": (answering_h2(HELLO, goaway(), then=leave), ("http.closed", "processing")),
    # the head
    "half a head": (answering_h2(HELLO, head()[:12]), ("http.timeout.body", "transfer")),
    "half a head, then the end": (answering_h2(HELLO, head()[:12], then=leave), ("http.truncated", "transfer")),
    "no status": (answering_h2(HELLO, frame(HEADERS, block(("x", "y")), 5, 1)), LATE),
    "two statuses": (answering_h2(HELLO, head("200", (":status", "200"))), LATE),
    "a status after a field": (answering_h2(HELLO, frame(HEADERS, block(("x", "y"), (":status", "200")), 5, 1)), LATE),
    "a pseudo-field of requests": (answering_h2(HELLO, head("200", (":path", "/"))), LATE),
    "status 20": (answering_h2(HELLO, head("20")), LATE),
    "status 099": (answering_h2(HELLO, head("099")), LATE),
    "status 2000": (answering_h2(HELLO, head("2000")), LATE),
    "status abc": (answering_h2(HELLO, head("abc")), LATE),
    "status ²00": (answering_h2(HELLO, head("\u00b200")), LATE),
    "status 999": (answering_h2(HELLO, answer(status="999")), ("http.status", None)),
    "switching protocols": (answering_h2(HELLO, head("101"), answer()), LATE),
    "an interim answer that is the last": (answering_h2(HELLO, head("103", flags=5)), LATE),
    "a name in capitals": (answering_h2(HELLO, head("200", ("X-Y", "z"))), LATE),
    "a name of nothing": (answering_h2(HELLO, head("200", ("", "z"))), LATE),
    "a line break in a value": (answering_h2(HELLO, head("200", ("x", "a\r\nb: c"))), LATE),
    "NUL in a value": (answering_h2(HELLO, head("200", ("x", "a\0b"))), LATE),
    "a field of the connection": (answering_h2(HELLO, head("200", ("connection", "close"))), LATE),
    "chunked": (answering_h2(HELLO, head("200", ("transfer-encoding", "chunked"))), LATE),
    "a length of nonsense": (answering_h2(HELLO, head("200", ("content-length", "x"))), LATE),
    "a length of 5000 digits": (answering_h2(HELLO, head("200", ("content-length", "9" * 5000))), LATE),
    "two lengths": (answering_h2(HELLO, head("200", ("content-length", "1"), ("content-length", "2"))), LATE),
    "a block that cannot be read": (answering_h2(HELLO, frame(HEADERS, b"\xff\xff\xff\xff\xff\xff", 5, 1)), LATE),
    "an index beyond the table": (answering_h2(HELLO, frame(HEADERS, b"\xfe", 5, 1)), LATE),
    "a table of 4 GiB": (answering_h2(HELLO, frame(HEADERS, b"\x3f\xe1\xff\xff\xff\x0f\x88", 5, 1)), LATE),
    "a block that explodes": (answering_h2(HELLO, in_fragments(bomb(), 16_384)), LATE),
    "a head of 100 kB": (answering_h2(HELLO, in_fragments(block((":status", "200"), ("x", "y" * 100_000)), 16_384)), LATE),
    "1000 continuations": (answering_h2(HELLO, in_fragments(block((":status", "200"), ("x", "y" * 1000)), 1)), LATE),
    "a continuation of another stream": (
        answering_h2(HELLO, frame(HEADERS, b"\x88", 0, 1), frame(CONTINUATION, b"", 4, 3)),
        LATE,
    ),
    "data amid a block": (answering_h2(HELLO, frame(HEADERS, b"\x88", 0, 1), data(b"x")), LATE),
    "padding longer than the frame": (answering_h2(HELLO, frame(HEADERS, b"\xff\x88", 4 | PADDED, 1)), LATE),
    # the body
    "cut amid the body": (answering_h2(OPEN, data(b"x"), then=leave), ("http.truncated", "transfer")),
    "reset amid the body": (answering_h2(OPEN, data(b"x"), 0.05, then=reset), ("http.truncated", "transfer")),
    "stalled amid the body": (answering_h2(OPEN, data(b"x")), ("http.timeout.body", "transfer")),
    "the stream reset amid the body": (answering_h2(OPEN, data(b"x"), reset_stream(2)), ("http.truncated", "transfer")),
    "refused amid the body": (answering_h2(OPEN, data(b"x"), reset_stream(7)), ("http.refused", "transfer")),
    "given up amid the body": (answering_h2(OPEN, data(b"x"), goaway(1, 2)), ("http.truncated", "transfer")),
    "a body shorter than it says": (
        answering_h2(HELLO, head("200", ("content-length", "5")), data(b"x", last=True)),
        ("http.truncated", "transfer"),
    ),
    "no body although it says one": (
        answering_h2(HELLO, head("200", ("content-length", "5"), flags=5)),
        ("http.truncated", "transfer"),
    ),
    "a body cut by trailers": (
        answering_h2(HELLO, head("200", ("content-length", "5")), data(b"x"), frame(HEADERS, block(("x", "y")), 5, 1)),
        ("http.truncated", "transfer"),
    ),
    "a body longer than it says": (answering_h2(HELLO, head("200", ("content-length", "1")), data(b"xx", last=True)), LATE),
    "padding that is all": (answering_h2(OPEN, frame(DATA, b"\x05xxx", PADDED | END_STREAM, 1)), LATE),
    "trailers that are not the last": (answering_h2(OPEN, frame(HEADERS, block(("x", "y")), 4, 1)), LATE),
    "two heads": (answering_h2(OPEN, head(flags=5)), LATE),
    "data on another stream": (answering_h2(OPEN, data(b"x", stream=3)), LATE),
    # floods
    "pings for ever": (flooding_h2(HELLO, PONG * 100), EARLY),
    "settings for ever": (flooding_h2(HELLO, settings_frame((4, 1)) * 100), EARLY),
    "empty settings for ever": (flooding_h2(HELLO, settings_frame() * 100), EARLY),
    "large settings for ever": (flooding_h2(HELLO, settings_frame(*[(4, 1 << 20)] * 2000)), EARLY),
    "windows for ever": (flooding_h2(HELLO, window(1) * 100), EARLY),
    "priorities for ever": (flooding_h2(HELLO, frame(PRIORITY, b"\x00\x00\x00\x00\x10", 0, 3) * 100), EARLY),
    "resets of others for ever": (flooding_h2(HELLO, reset_stream(8, 5) * 100), EARLY),
    "unknown frames for ever": (flooding_h2(HELLO, frame(0xFA, b"x" * 1000) * 10), EARLY),
    "alternatives for ever": (flooding_h2(HELLO, frame(ALTSVC, b"\x00\x01xh2=\":1\"") * 100), EARLY),
    "graceful ends for ever": (flooding_h2(HELLO, goaway() * 100), EARLY),
    "interim answers for ever": (flooding_h2(HELLO, head("103", ("link", "</x>")) * 10), LATE),
    "continuations for ever": (flooding_h2(HELLO + frame(HEADERS, b"\x88", 0, 1), frame(CONTINUATION, b"", 0, 1) * 100), LATE),
    "large continuations for ever": (
        flooding_h2(HELLO + frame(HEADERS, b"\x88", 0, 1), frame(CONTINUATION, b"\x00\x01a\x7fx" * 2000, 0, 1)),
        LATE,
    ),
    "pings amid the body for ever": (flooding_h2(OPEN, PONG * 100), LATE),
    "empty data for ever": (flooding_h2(OPEN, data() * 100), LATE),
    "data of one byte for ever": (flooding_h2(OPEN, data(b"x") * 100), LATE),
    "padding for ever": (
        flooding_h2(OPEN, frame(DATA, b"\xff" + b"\0" * 255, PADDED, 1) * 10),
        ("http.too_large", "transfer"),
    ),
    "data for ever": (flooding_h2(OPEN, data(b"x" * 16_384)), ("http.too_large", "transfer")),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
async def test_it_ends_by_its_own_cause(row) -> None:
    script, expected = ROWS[row]
    # What never ends has to be ended by its cause and not by a deadline, however busy the machine.
    seconds = 10.0 if row.endswith("for ever") else SECONDS
    with tcp_server(script) as server:
        observation = await ask(Http(protocol="http/2", max_body=100_000), port=server.port, seconds=seconds)

    assert expected == verdict(observation)


async def test_a_byte_budget_holds() -> None:
    with tcp_server(flooding_h2(OPEN, data(b"x" * 16_384))) as server:
        observation = await ask(Http(protocol="http/2"), port=server.port, received_bytes=50_000)

    assert verdict(observation) == ("http.too_large", "transfer")
    assert observation.evidence.tcp.received_bytes < 50_000 + 2 * 65_536


async def test_a_flood_does_not_hold_up_others() -> None:
    async with bench() as ready:
        with tcp_server(flooding_h2(OPEN, data(b"x" * 128) * 100)) as server:
            observation = await ready.ask(Http(protocol="http/2", max_body=1 << 20), port=server.port)

    assert verdict(observation) == ("http.too_large", "transfer")
    assert observation.loop_lag_seconds < 0.1


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.builds(
                frame,
                st.integers(0, 12),
                st.one_of(
                    st.binary(max_size=20), st.just(block((":status", "200"))), st.just(block(("x", "y")))
                ),
                st.integers(0, 255),
                st.sampled_from([0, 1, 1, 1, 2, 3, 0x7FFFFFFF]),
            ),
        ),
        max_size=6,
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_is_said_ends_as_one_observation_that_blames_no_bug(parts) -> None:
    def script(connection):
        asked(connection)
        connection.sendall(HELLO + b"".join(parts))

    with tcp_server(script) as server:
        observation = await ask(Http(protocol="http/2"), port=server.port, seconds=SECONDS, able=BARE)

    assert verdict(observation)[0] != "meta.bug"
