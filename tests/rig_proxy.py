"""Local proxies that a test scripts: real SOCKS5 and CONNECT servers that dial, log in, wait and lie as they are told."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from probe.vantage.proxy import Proxy
from tests.rig_servers import Script, Server, request, take, tcp_server

GRANTED = b"\x05\x00\x00\x01\x7f\x00\x00\x01\x1f\x90"
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_LENGTHS = {1: 4, 4: 16}


@dataclass(slots=True)
class Orders:
    """How a proxy behaves, and what it was asked."""

    delay: float = 0.0
    login: tuple[bytes, bytes] | None = None
    # Where a name or address leads; everything else is dialled as it is.
    hosts: dict[str, str] = field(default_factory=dict)
    reply: Callable[[OSError | None], bytes] | None = None
    asked: list[str] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)

    def dial(self, host: str, port: int) -> socket.socket | OSError:
        """Make the connection that was asked for, after the ordered delay."""
        self.asked.append(f"{host}:{port}")
        time.sleep(self.delay)
        try:
            return socket.create_connection((self.hosts.get(host, host), port), 10)
        except OSError as error:
            return error


def socks5(orders: Orders) -> Script:
    """Speak SOCKS5 as the orders say, then relay."""

    def script(connection: socket.socket) -> None:
        methods = take(connection, take(connection, 2)[1])
        if orders.login is not None:
            if 2 not in methods:
                connection.sendall(b"\x05\xff")
                return
            connection.sendall(b"\x05\x02")
            user = take(connection, take(connection, 2)[1])
            given = user, take(connection, take(connection, 1)[0])
            orders.logins.append(given)
            connection.sendall(b"\x01\x00" if given == orders.login else b"\x01\x01")
            if given != orders.login:
                return
        else:
            connection.sendall(b"\x05\x00")
        kind = take(connection, 4)[3]
        raw = take(connection, _LENGTHS.get(kind) or take(connection, 1)[0])
        port = int.from_bytes(take(connection, 2), "big")
        families = {1: socket.AF_INET, 4: socket.AF_INET6}
        host = socket.inet_ntop(families[kind], raw) if kind in families else raw.decode()
        _relay(connection, orders, host, port, _socks5_reply)

    return script


def _socks5_reply(error: OSError | None) -> bytes:
    code = 0 if error is None else 5 if isinstance(error, ConnectionRefusedError) else 1
    return b"\x05" + bytes([code]) + GRANTED[2:]


def connect_tunnel(orders: Orders) -> Script:
    """Speak HTTP CONNECT as the orders say, then relay."""

    def script(connection: socket.socket) -> None:
        head = request(connection)
        orders.heads.append(head)
        if orders.login is not None:
            sent = [line for line in head.split(b"\r\n") if line.lower().startswith(b"proxy-authorization: ")]
            orders.logins += [(b"basic", line.split(b" ")[2]) for line in sent]
            if not sent or sent[0].split(b" ")[2] != orders.login[1]:
                connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                return
        host, _, port = head.split(b" ")[1].decode().rpartition(":")
        _relay(
            connection,
            orders,
            host.strip("[]"),
            int(port),
            lambda error: ESTABLISHED if error is None else b"HTTP/1.1 502 Bad Gateway\r\n\r\n",
        )

    return script


def _relay(
    connection: socket.socket, orders: Orders, host: str, port: int, reply: Callable[[OSError | None], bytes]
) -> None:
    target = orders.dial(host, port)
    answer = orders.reply or reply
    if isinstance(target, OSError):
        connection.sendall(answer(target))
        return
    with target:
        connection.sendall(answer(None))
        back = threading.Thread(target=_pump, args=(target, connection), daemon=True)
        back.start()
        _pump(connection, target)
        back.join(10)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


SPOKEN = {"socks5h": socks5, "socks5": socks5, "http": connect_tunnel}


@contextmanager
def proxy(scheme: str, orders: Orders | None = None, **keys) -> Iterator[tuple[Proxy, Orders, Server]]:
    """Run a real local proxy; yield the vantage that looks through it, its orders, and the server."""
    orders = orders or Orders()
    with tcp_server(SPOKEN[scheme](orders)) as server:
        yield Proxy(url=f"{scheme}://127.0.0.1:{server.port}", **keys), orders, server


@contextmanager
def scripted(scheme: str, script: Script, **keys) -> Iterator[Proxy]:
    """Run `script` in a proxy's place; yield the vantage that looks through it."""
    with tcp_server(script) as server:
        yield Proxy(url=f"{scheme}://127.0.0.1:{server.port}", **keys)
