"""TLS over any stream by memory BIO, so that the kernel still stamps the bytes and the certificates are kept."""

import contextlib
import ssl
from dataclasses import dataclass

from probe.abc import Received, Sent, Stream
from probe.clock import Clock
from probe.model import Stamp, TcpInfo
from probe.wire.errors import PeerClosed, WireError

_READ_BYTES = 65_536
# RFC 8446, 5.1. Who asks for less than a record can hold wants to know when just these bytes came.
_RECORD_BYTES = 16_384
# An honest server flight is some kB; this bounds what a hostile one can make us hold.
HANDSHAKE_BYTES = 262_144
FIRST_BYTES = 64
# RFC 8446, 5.1: change_cipher_spec, alert, handshake, application_data.
_RECORD_TYPES = frozenset({20, 21, 22, 23})
_ALERT, _HANDSHAKE, _SERVER_HELLO = 21, 22, 2
_ALERT_BYTES = 2
_HEADER_BYTES = 5


class HandshakeTooLarge(Exception):  # noqa: N818 - it names what the peer did
    """The peer sent more handshake bytes than an honest one would."""


class NotTls(Exception):  # noqa: N818 - it names what the peer did
    """The first bytes that the peer sent are no TLS record."""


@dataclass(slots=True)
class Handshake:
    """What the handshake has cost so far: waiting for the network and the server, and our own cryptography."""

    waited_ns: int = 0
    own_ns: int = 0
    received_bytes: int = 0
    first_bytes: bytes = b""
    stamp: Stamp = Stamp.KERNEL
    # How long the peer had been silent to our last flight when the handshake ended without it.
    unanswered_ns: int | None = None

    def note(self, received: Received, since_ns: int) -> None:
        """Count the wait for `received`, which began at `since_ns`. Raises HandshakeTooLarge, NotTls."""
        self.waited_ns += max(0, received.at_ns - since_ns)
        self.received_bytes += len(received.data)
        if len(self.first_bytes) < FIRST_BYTES:
            self.first_bytes = (self.first_bytes + received.data)[:FIRST_BYTES]
        if received.stamp is Stamp.USER:
            self.stamp = Stamp.USER
        if self.received_bytes > HANDSHAKE_BYTES:
            raise HandshakeTooLarge(f"more than {HANDSHAKE_BYTES} bytes before the handshake was done")
        # Told from the bytes: OpenSSL waits for five of them, and its reasons change from version to version.
        if self.first_bytes[0] not in _RECORD_TYPES or self.first_bytes[1:2] not in (b"", b"\x03"):
            raise NotTls("the first bytes are no TLS record")


class _Records:
    """Follows the records in what was read: how many bytes are missing of the one that has begun, and alerts in the clear."""

    __slots__ = ("_header", "_kind", "_left", "alert")

    def __init__(self) -> None:
        self._header = b""
        self._kind = 0
        self._left = 0
        # Level and number. OpenSSL does not tell the number of an alert that it does not know.
        self.alert = b""

    @property
    def missing(self) -> int:
        """The bytes up to the end of the record, or of its header as long as that is not whole."""
        return self._left or _HEADER_BYTES - len(self._header)

    def passed(self, data: bytes) -> None:
        """Go on by `data`."""
        at = 0
        while at < len(data):
            taken = min(self.missing, len(data) - at)
            if self._left:
                self._left -= taken
                if self._kind == _ALERT:
                    self.alert += data[at : at + taken]
            else:
                self._header += data[at : at + taken]
                if len(self._header) == _HEADER_BYTES:
                    self._begin(self._header)
                    self._header = b""
            at += taken

    def _begin(self, header: bytes) -> None:
        self._left = int.from_bytes(header[3:], "big")
        # A longer one is encrypted, or no alert at all.
        self._kind = header[0] if self._left == _ALERT_BYTES else 0
        if self._kind == _ALERT:
            self.alert = b""


class TlsStream:
    """A TLS client on a connected stream: one full handshake, never a resumed session."""

    def __init__(
        self, stream: Stream, context: ssl.SSLContext, server_name: str | None, clock: Clock
    ) -> None:
        """Wrap `stream`; nothing is sent yet. Without a name none is asked for, and the context must verify none."""
        self._stream = stream
        self._clock = clock
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.object = context.wrap_bio(self._in, self._out, server_hostname=server_name)
        self.account = Handshake()
        self.error: ssl.SSLError | None = None
        self._records = _Records()
        self._awaits_first = False
        self._last_at_ns = 0
        self._last_stamp = Stamp.USER

    async def handshake(self) -> None:
        """Run the handshake, keeping `account`. Raises ssl.SSLError, PeerClosed, WireError, HandshakeTooLarge.

        Under TLS 1.3 our Finished stays behind and leaves with the first bytes sent, or by `flush`.
        """
        waiting_since = self._clock.monotonic_ns()
        while not await self._step():
            if self._out.pending:
                waiting_since = (await self._stream.send(self._out.read())).before_ns
            received = await self._answer(waiting_since)
            self.account.note(received, waiting_since)
            waiting_since = received.at_ns
            self._take(received)

    async def _answer(self, since_ns: int) -> Received:
        try:
            return await self._stream.receive(_READ_BYTES)
        except BaseException:
            self.account.unanswered_ns = self._clock.monotonic_ns() - since_ns
            raise

    @property
    def alert(self) -> tuple[int, int] | None:
        """Level and number of the alert that the peer sent in the clear."""
        sent = self._records.alert
        return (sent[0], sent[1]) if len(sent) == _ALERT_BYTES else None

    @property
    def has_server_hello(self) -> bool:
        """Whether the peer has begun a ServerHello (RFC 8446, 4.1.3), which needs our ClientHello to have reached a TLS server."""
        first = self.account.first_bytes
        return first[:1] == bytes([_HANDSHAKE]) and first[_HEADER_BYTES : _HEADER_BYTES + 1] in (
            b"",
            bytes([_SERVER_HELLO]),
        )

    def _take(self, received: Received) -> None:
        self._records.passed(received.data)
        self._in.write(received.data)

    async def _step(self) -> bool:
        started = self._clock.monotonic_ns()
        try:
            self.object.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLZeroReturnError:
            raise PeerClosed from None
        except ssl.SSLError as error:
            self.error = error
            await self._say_why()
            raise
        finally:
            self.account.own_ns += self._clock.monotonic_ns() - started
        return True

    async def _say_why(self) -> None:
        # The alert tells the server's log why we leave; whether it arrives changes nothing.
        with contextlib.suppress(WireError):
            await self.flush()

    async def flush(self) -> Sent | None:
        """Send what TLS still has to say, such as our Finished."""
        return await self._stream.send(self._out.read()) if self._out.pending else None

    async def send(self, data: bytes) -> Sent:
        """Encrypt and send all of `data`."""
        self._awaits_first = True
        self.object.write(data)
        return await self._stream.send(self._out.read())

    async def receive(self, limit: int) -> Received:
        """Return the next decrypted bytes with the stamp of the segment that completed them."""
        last: Received | None = None
        fed = 0
        while not (data := self._decrypted(limit)):
            last = await self._feed(sparing=self._awaits_first or limit < _RECORD_BYTES)
            fed += len(last.data)
            if fed > HANDSHAKE_BYTES:
                # Tickets, key updates, empty records: an honest peer sends few of them between its words.
                raise HandshakeTooLarge(f"more than {HANDSHAKE_BYTES} bytes of TLS without a byte of data")
        self._awaits_first = False
        return self._restamped(data, last)

    def _decrypted(self, limit: int) -> bytes | None:
        try:
            data = self.object.read(limit)
        except ssl.SSLWantReadError:
            return None
        except ssl.SSLZeroReturnError:
            raise PeerClosed from None
        except ssl.SSLError as error:
            self.error = error
            raise
        if not data:
            raise PeerClosed
        return data

    async def _feed(self, *, sparing: bool) -> Received:
        await self.flush()
        # The kernel gives one stamp per read: up to the first byte of an answer no read goes beyond its record.
        limit = self._records.missing if sparing else _READ_BYTES
        try:
            received = await self._stream.receive(limit)
        except PeerClosed:
            raise PeerClosed(clean=False) from None
        self._take(received)
        return received

    def _restamped(self, data: bytes, last: Received | None) -> Received:
        if last is None:  # it came in the same segment as what was read before
            now = self._clock.monotonic_ns()
            return Received(data, min(self._last_at_ns, now), now, self._last_stamp)
        self._last_at_ns, self._last_stamp = last.at_ns, last.stamp
        return Received(data, last.at_ns, last.read_ns, last.stamp)

    def chain(self) -> tuple[bytes, ...]:
        """Return the certificates as the server sent them (DER, leaf first), also when they failed verification."""
        # Public from Python 3.13 on; before that the same call exists one level down, and a test holds it in place.
        owner = self.object if hasattr(self.object, "get_unverified_chain") else self.object._sslobj  # type: ignore[attr-defined]  # noqa: SLF001
        sent = owner.get_unverified_chain() or ()
        return tuple(one if isinstance(one, bytes) else one.public_bytes(_DER) for one in sent)

    def is_crowded(self) -> bool:
        """Tell whether the stamp of the last record may be that of a later segment."""
        return self._stream.is_crowded()

    def info(self) -> TcpInfo | None:
        """Return the connection's TCP_INFO."""
        return self._stream.info()

    def close(self) -> None:
        """Close the connection below."""
        self._stream.close()


# _ssl.ENCODING_DER, an OpenSSL constant (X509_FILETYPE_ASN1).
_DER = 2
