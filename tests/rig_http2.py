"""Say HTTP/2 frame by frame, right or wrong, as a server that a test scripts."""

import socket
import ssl
import time

import hpack

from tests import rig_certificates as certificates
from tests.rig_servers import Script, saying, take

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE = range(6)
PING, GOAWAY, WINDOW_UPDATE, CONTINUATION, ALTSVC = range(6, 11)
ACK = END_STREAM = 0x1
END_HEADERS, PADDED, PRIORITIZED = 0x4, 0x8, 0x20
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def frame(kind, payload=b"", flags=0, stream=0):
    """Return one frame."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + bytes(payload)


def block(*fields):
    """Return a header block that leaves the compression table alone, so that blocks can be sent in any number."""
    return hpack.Encoder().encode([hpack.NeverIndexedHeaderTuple(*field) for field in fields])


def head(status="200", *fields, flags=END_HEADERS, stream=1):
    """Return a HEADERS frame."""
    return frame(HEADERS, block((":status", str(status)), *fields), flags, stream)


def data(content=b"", *, last=False, flags=0, stream=1):
    """Return a DATA frame."""
    return frame(DATA, content, flags | (END_STREAM if last else 0), stream)


def goaway(last=0x7FFFFFFF, code=0):
    """Return a GOAWAY frame."""
    return frame(GOAWAY, last.to_bytes(4, "big") + code.to_bytes(4, "big"))


def reset_stream(code, stream=1):
    """Return a RST_STREAM frame."""
    return frame(RST_STREAM, code.to_bytes(4, "big"), stream=stream)


def window(increment, stream=0):
    """Return a WINDOW_UPDATE frame."""
    return frame(WINDOW_UPDATE, increment.to_bytes(4, "big"), stream=stream)


def settings(*pairs):
    """Return a SETTINGS frame with (identifier, value) pairs."""
    return frame(
        SETTINGS, b"".join(key.to_bytes(2, "big") + value.to_bytes(4, "big") for key, value in pairs)
    )


HELLO = settings((3, 100), (4, 65_535)) + window(1 << 20)
ACKED = frame(SETTINGS, flags=ACK)
PONG = frame(PING, b"12345678")


def answer(body=b"ok", *fields, status="200"):
    """Return an honest answer, without what a server says first."""
    return head(status, ("content-length", str(len(body))), *fields) + data(body, last=True)


class Asked:
    """A request as it was sent."""

    def __init__(self):
        self.fields = []
        self.body = b""
        self.frames = []

    def __getitem__(self, name):
        return dict(self.fields)[name]


def next_frame(connection):
    """Read one frame: its type, flags, stream and payload."""
    begun = take(connection, 9)
    payload = take(connection, int.from_bytes(begun[:3], "big"))
    return begun[3], begun[4], int.from_bytes(begun[5:], "big"), payload


def asked(connection) -> Asked:
    """Read the preface and a request up to its end."""
    assert take(connection, len(PREFACE)) == PREFACE
    seen, decoder = Asked(), hpack.Decoder()
    while True:
        kind, flags, stream, payload = next_frame(connection)
        seen.frames.append((kind, flags, stream, len(payload)))
        if kind == HEADERS:
            seen.fields = list(decoder.decode(payload))
        elif kind == DATA:
            seen.body += payload
        if kind in (HEADERS, DATA) and flags & END_STREAM:
            return seen


def answering_h2(*parts: bytes | float, then: Script | None = None) -> Script:
    """Read a request, then send the parts, pausing where there is a number, then do `then`."""

    def script(connection):
        asked(connection)
        saying(*parts, then=then or linger)(connection)

    return script


def linger(connection):
    """Take what the probe still says, and its leaving."""
    while connection.recv(65_536):
        pass


def leave(connection):
    """End our side, and take what the probe still says, so that it sees a FIN and no reset."""
    connection.shutdown(socket.SHUT_WR)
    linger(connection)


def flooding_h2(first: bytes, chunk: bytes) -> Script:
    """Read a request, send `first` and then `chunk` for ever, taking nothing more."""

    def script(connection):
        asked(connection)
        connection.sendall(first)
        while True:
            connection.sendall(chunk)

    return script


def dripping(*parts: bytes, pause: float = 0.0) -> Script:
    """Read a request, and send the parts byte by byte."""

    def script(connection):
        asked(connection)
        for byte in b"".join(parts):
            connection.sendall(bytes([byte]))
            time.sleep(pause)
        linger(connection)

    return script


def chooses(*protocols) -> ssl.SSLContext:
    """Return a server context with a good certificate that chooses of these protocols, the first that is offered."""
    context = certificates.honest()
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context
