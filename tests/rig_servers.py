"""Servers that a test scripts byte by byte; they run in threads, so that a blocked event loop does not slow them."""

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import dns.message

Script = Callable[[socket.socket], None]
# What a name server sends back to one query: datagrams or TCP messages, and pauses in seconds between them.
Reply = Callable[[dns.message.Message], Iterable[bytes | float]]


class Server:
    """A listening socket and the threads that serve it."""

    def __init__(self, host: str, backlog: int = 128, receive_bytes: int | None = None) -> None:
        self._listener = socket.create_server(
            (host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=backlog
        )
        if receive_bytes is not None:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.port: int = self._listener.getsockname()[1]
        self.peers: list[tuple[str, int]] = []
        self.taken: list[bytes] = []
        self._connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._closing = False

    def start(self, serve: Script) -> None:
        self._listener.settimeout(0.05)
        self._run(self._accept, serve)

    def _run(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, serve: Script) -> None:
        while not self._closing:
            try:
                connection, peer = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            connection.settimeout(10)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.peers.append(peer[:2])
            self._connections.append(connection)
            self._run(self._serve, connection, serve)

    def _serve(self, connection: socket.socket, serve: Script) -> None:
        # A probe may leave whenever it has seen enough.
        with contextlib.suppress(OSError, EOFError), connection:
            serve(connection)

    def close(self) -> None:
        self._closing = True
        with contextlib.suppress(OSError):  # wakes the accepting thread at once, where the system has it so
            self._listener.shutdown(socket.SHUT_RDWR)
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for connection in self._connections:
            connection.close()
        self._listener.close()


@contextmanager
def tcp_server(script: Script, host: str = "127.0.0.1", receive_bytes: int | None = None) -> Iterator[Server]:
    """Serve every connection with `script`; its socket is closed when the script returns."""
    server = Server(host, receive_bytes=receive_bytes)
    server.start(script)
    try:
        yield server
    finally:
        server.close()


@contextmanager
def tls_server(context: ssl.SSLContext, script: Script, host: str = "127.0.0.1") -> Iterator[Server]:
    """Serve every connection with TLS and then `script`; closed without close_notify unless the script unwraps."""

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True, suppress_ragged_eofs=False) as tls:
            script(tls)

    with tcp_server(serve, host) as server:
        yield server


@contextmanager
def black_hole() -> Iterator[int]:
    """Yield a port where SYNs are dropped: a listener whose queue is full."""
    with socket.socket() as listener, contextlib.ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port: int = listener.getsockname()[1]
        for _ in range(3):
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
        time.sleep(0.01)
        yield port


@contextmanager
def name_server(udp: Reply, tcp: Reply | None = None) -> Iterator[str]:
    """Answer DNS by `udp`, and over TCP by `tcp` (refused when None); yield the resolver's address."""
    with contextlib.ExitStack() as stack:
        datagrams, server = _udp_and_tcp(tcp)
        stack.callback(datagrams.close)
        if server is not None and tcp is not None:
            server.start(lambda connection: dns_over_tcp(connection, tcp))
            stack.callback(server.close)
        port = datagrams.getsockname()[1]
        datagrams.settimeout(0.05)
        over = threading.Event()
        thread = threading.Thread(target=_dns_over_udp, args=(datagrams, udp, over), daemon=True)
        thread.start()
        stack.callback(thread.join, 5)
        stack.callback(_end, over, port)
        yield f"udp://127.0.0.1:{port}"


def _end(over: threading.Event, port: int) -> None:
    over.set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
        waker.sendto(b"", ("127.0.0.1", port))


def _udp_and_tcp(tcp: Reply | None) -> tuple[socket.socket, Server | None]:
    for _ in range(20):
        server = Server("127.0.0.1") if tcp is not None else None
        datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            datagrams.bind(("127.0.0.1", server.port if server else 0))
        except OSError:
            datagrams.close()
            if server is not None:
                server.close()
            continue
        return datagrams, server
    raise AssertionError("no port free for both UDP and TCP")


def _dns_over_udp(sock: socket.socket, reply: Reply, over: threading.Event) -> None:
    while not over.is_set():
        try:
            data, peer = sock.recvfrom(65_535)
        except TimeoutError:
            continue
        except OSError:
            return
        if over.is_set():
            return
        for one in reply(dns.message.from_wire(data)):
            if isinstance(one, float):
                over.wait(one)
            else:
                with contextlib.suppress(OSError):
                    sock.sendto(one, peer)
            if over.is_set():
                return


def dns_over_tcp(connection: socket.socket, reply: Reply) -> None:
    """Read one query with its length in front, then send what `reply` says."""
    length = int.from_bytes(take(connection, 2), "big")
    query = dns.message.from_wire(take(connection, length))
    say(connection, reply(query))


def say(connection: socket.socket, parts: Iterable[bytes | float]) -> None:
    """Send the parts, pausing where there is a number; there may be no end of them."""
    for part in parts:
        if isinstance(part, float):
            time.sleep(part)
        else:
            connection.sendall(part)


def take(connection: socket.socket, count: int) -> bytes:
    """Read exactly `count` bytes."""
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def raw(connection: socket.socket, data: bytes) -> None:
    """Send bytes below TLS, as somebody on the path could."""
    socket.socket.send(connection, data)


def request(connection: socket.socket) -> bytes:
    """Read an HTTP request's head and body."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65_536)
        if not more:
            raise EOFError
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return data + take(connection, int(lengths[0]) - len(body)) if lengths else data


def hold(connection: socket.socket) -> None:
    """Say nothing more until the probe leaves."""
    while connection.recv(65_536):
        pass


def reset(connection: socket.socket) -> None:
    """Close with a RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def answering(*parts: bytes | float, then: Script | None = None) -> Script:
    """Read one request, then send the parts, pausing where there is a number, then do `then`."""

    def script(connection: socket.socket) -> None:
        request(connection)
        saying(*parts, then=then)(connection)

    return script


def saying(*parts: bytes | float, then: Script | None = None) -> Script:
    """Send the parts without waiting for a request, then do `then`."""

    def script(connection: socket.socket) -> None:
        say(connection, parts)
        if then is not None:
            then(connection)
        elif isinstance(connection, ssl.SSLSocket):
            connection.unwrap()

    return script


def flooding(first: bytes, chunk: bytes) -> Script:
    """Read one request, then send `first` and `chunk` for ever."""

    def script(connection: socket.socket) -> None:
        request(connection)
        connection.sendall(first)
        while True:
            connection.sendall(chunk)

    return script


def ok(body: bytes = b"ok", headers: bytes = b"") -> bytes:
    """Return an honest 200."""
    return b"HTTP/1.1 200 OK\r\n" + headers + b"Content-Length: %d\r\n\r\n" % len(body) + body
