"""A server's side of TLS: what it speaks and shows, to which names, and how it says why it refuses a handshake."""

import asyncio
import socket
import ssl
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import cast

from tests.internet.rule import DoorRule

_PATIENCE_SECONDS = 10.0
_GOODBYE_SECONDS = 1.0
_VERSIONS = {"1.1": ssl.TLSVersion.TLSv1_1, "1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
# The second Oakley group (RFC 2409, 6.2), of 1024 bits.
_WEAK_GROUP = Path(__file__).with_name("weak_group.pem")


def server_side(certificate: str) -> ssl.SSLContext:
    """Make the context of a server that shows the certificate of that file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols(["http/1.1"])
    return context


def careless_side(rule: DoorRule) -> ssl.SSLContext:
    """Make that of a server whose certificate may be too weak, and whose TLS is as the rule says."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    group = "kDHE:@SECLEVEL=0" if rule.has_weak_group else "ALL:@SECLEVEL=0"
    context.set_ciphers(rule.ciphers or group)
    if rule.has_weak_group:
        context.load_dh_params(str(_WEAK_GROUP))
    if rule.wants_certificate or rule.needs_certificate:
        context.verify_mode = ssl.CERT_REQUIRED if rule.needs_certificate else ssl.CERT_OPTIONAL
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = _VERSIONS["1.2" if rule.has_weak_group else rule.newest]
    context.load_cert_chain(rule.certificate)
    context.set_alpn_protocols(["http/1.1"])
    if rule.minds_names:
        context.sni_callback = _minding(rule)
    return context


def _minding(rule: DoorRule) -> Callable[[ssl.SSLObject, str | None, ssl.SSLContext], int | None]:
    """Return what looks at the name that a client asks for; it is called without any too."""
    default = server_side(rule.default_certificate) if rule.default_certificate else None

    def look(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
        is_known = name is not None and name.lower() in rule.names
        if (name is None and rule.requires_name) or (not is_known and rule.rejects_unknown_names):
            return ssl.AlertDescription.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        if not is_known and default:
            connection.context = default
        return None

    return look


class _Shaking(ssl.SSLObject):
    """A connection that keeps what OpenSSL says when it refuses."""

    outgoing: ssl.MemoryBIO
    last_words = b""

    def do_handshake(self) -> None:
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError:
            self.last_words = self.outgoing.read()
            raise


class Front:
    """The context of one connection whose refusals are heard.

    asyncio closes a connection whose handshake fails without sending the alert that OpenSSL has made.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        """Speak as that context does."""
        self._context = context
        self._context.sslobject_class = _Shaking
        self._made: ssl.SSLObject | None = None

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | None = None,
    ) -> ssl.SSLObject:
        """Begin a connection, as asyncio asks a context to."""
        made = self._made = self._context.wrap_bio(
            incoming, outgoing, server_side=server_side, server_hostname=server_hostname
        )
        if isinstance(made, _Shaking):
            made.outgoing = outgoing
        return made

    async def receive(self, connection: socket.socket, inside: Callable[[], asyncio.Protocol]) -> None:
        """Shake hands and lead to `inside`, or say why not and close."""
        # asyncio closes its own, and this one keeps the connection until everything is said.
        with connection.dup() as kept:
            try:
                await asyncio.get_running_loop().connect_accepted_socket(
                    inside,
                    connection,
                    ssl=cast(ssl.SSLContext, self),
                    ssl_handshake_timeout=_PATIENCE_SECONDS,
                )
            except ssl.SSLError:
                if isinstance(self._made, _Shaking) and self._made.last_words:
                    await asyncio.get_running_loop().sock_sendall(kept, self._made.last_words)
                    await leave(kept)


async def leave(connection: socket.socket) -> None:
    """Say that this is all, and wait until the client has closed.

    Closing first with its bytes unread would turn what was said into a reset.
    """
    connection.shutdown(socket.SHUT_WR)
    with suppress(TimeoutError):
        async with asyncio.timeout(_GOODBYE_SECONDS):
            while await asyncio.get_running_loop().sock_recv(connection, 1 << 16):
                continue
