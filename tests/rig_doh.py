"""Name servers that are spoken to by TLS and by HTTPS, scripted like the others; they run in threads."""

import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import dns.message
import h2.config
import h2.connection
import h2.events

from tests.rig_dns import response
from tests.rig_servers import Reply, Script, Server, dns_over_tcp, request, say, tls_server

TYPE = b"application/dns-message"
# What a DoH server sends back to one query: bytes of HTTP, and pauses in seconds between them.
Pages = Callable[[dns.message.Message], Iterable[bytes | float]]


def place(scheme: str, server: Server, host: str = "127.0.0.1", path: str = "") -> str:
    """Return how the server is written as a resolver; a name is dialled at 127.0.0.1."""
    dialled = "" if host == "127.0.0.1" else "#127.0.0.1"
    return f"{scheme}://{host}:{server.port}{path}{dialled}"


@contextmanager
def dot_server(context: ssl.SSLContext, reply: Reply) -> Iterator[Server]:
    """Answer DNS over TLS."""
    with tls_server(context, lambda connection: dns_over_tcp(connection, reply)) as server:
        yield server


def by_tcp(reply: Reply) -> Script:
    """Answer DNS over a plain stream."""
    return lambda connection: dns_over_tcp(connection, reply)


@contextmanager
def doh_server(context: ssl.SSLContext, pages: Pages) -> Iterator[Server]:
    """Answer DNS over HTTP/1.1; every request is kept in `taken`."""

    def serve(connection: socket.socket) -> None:
        asked = request(connection)
        server.taken.append(asked)
        say(connection, pages(dns.message.from_wire(asked.partition(b"\r\n\r\n")[2])))
        if isinstance(connection, ssl.SSLSocket):
            connection.unwrap()

    with tls_server(context, serve) as server:
        yield server


def page(wire: bytes, *, status: bytes = b"200 OK", kind: bytes = TYPE, headers: bytes = b"") -> bytes:
    """Return an HTTP/1.1 response that holds a DNS message."""
    return (
        b"HTTP/1.1 %b\r\nContent-Type: %b\r\n%bContent-Length: %d\r\n\r\n"
        % (status, kind, headers, len(wire))
        + wire
    )


def pages(*records: str, **how: object) -> Pages:
    """Answer with these records in an honest page."""
    return lambda query: [page(response(query, *records, **how))]


@contextmanager
def doh2_server(context: ssl.SSLContext, *records: str) -> Iterator[Server]:
    """Answer DNS over HTTP/2, by the library that a server would use."""
    context.set_alpn_protocols(["h2"])

    def serve(connection: socket.socket) -> None:
        talk = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        talk.initiate_connection()
        body = b""
        while True:
            connection.sendall(talk.data_to_send())
            data = connection.recv(65_536)
            if not data:
                return
            for event in talk.receive_data(data):
                if isinstance(event, h2.events.DataReceived):
                    body += event.data
                if isinstance(event, h2.events.StreamEnded):
                    server.taken.append(body)
                    wire = response(dns.message.from_wire(body), *records)
                    talk.send_headers(event.stream_id, [(":status", "200"), ("content-type", TYPE.decode())])
                    talk.send_data(event.stream_id, wire, end_stream=True)

    with tls_server(context, serve) as server:
        yield server
