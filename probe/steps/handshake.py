"""One full TLS handshake, with the certificates kept whether they verify or not."""

import functools
import ssl
from pathlib import Path

from probe.abc import Stream
from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed
from probe.cause.naming import alert_name
from probe.model import Phase, Tls
from probe.steps.certificate import describe
from probe.text import clean
from probe.wire.tls import TlsStream

_CHAIN = 10


async def handshake(
    attempt: Attempt, stream: Stream, *, server_name: str, alpn: tuple[str, ...] = (), alone: bool = False
) -> TlsStream:
    """Run the handshake as the phase `tls`; the phase holds no cryptography of ours.

    Our Finished leaves with the request that follows, or at once when the handshake stands `alone`.
    """
    asked = attempt.request.overrides.server_name
    name = server_name if asked is None else asked
    # Reading a trust store takes tens of milliseconds of our own, so it is no part of the phase.
    context = client_context(attempt.hop.ca_file, alpn, is_named=bool(name))
    with attempt.phase(Phase.TLS) as lap:
        tls = TlsStream(stream, context, name or None, attempt.clock)
        attempt.at_end(lambda: setattr(attempt, "tls", _evidence(tls, name)))
        await tls.handshake()
        if alone:
            await tls.flush()
        lap.took(tls.account.waited_ns / 1e9, tls.account.stamp)
    return tls


def _evidence(tls: TlsStream, server_name: str) -> Tls:
    """Tell about a handshake once it is over, either way."""
    established = tls.object.version()
    cipher = tls.object.cipher()
    bad = tls.error if isinstance(tls.error, ssl.SSLCertVerificationError) else None
    first_bytes, unanswered_ns = tls.account.first_bytes, tls.account.unanswered_ns
    return Tls(
        server_name=clean(server_name, 255),
        version=established,
        cipher=cipher[0] if cipher else None,
        alpn=_alpn(tls),
        verify_code=bad.verify_code if bad else None,
        verify_message=clean(bad.verify_message) if bad else None,
        alert=alert_name(tls.error) if tls.error else None,
        first_bytes=first_bytes.hex() if first_bytes and not established and not bad else None,
        own_seconds=tls.account.own_ns / 1e9,
        chain=tuple(describe(one) for one in tls.chain()[:_CHAIN]),
        server_hello=tls.has_server_hello,
        alert_code=tls.alert[1] if tls.alert else None,
        alert_level=tls.alert[0] if tls.alert else None,
        unanswered_seconds=None if unanswered_ns is None else unanswered_ns / 1e9,
    )


def _alpn(tls: TlsStream) -> str | None:
    try:
        chosen = tls.object.selected_alpn_protocol()
    except UnicodeDecodeError:
        return "\ufffd"  # the server chose bytes that we never offered
    return clean(chosen, 255) if chosen else None


def client_context(ca_file: str | None, alpn: tuple[str, ...], *, is_named: bool = True) -> ssl.SSLContext:
    """Return the verifying context for one trust store (the machine's when None), made once per version of its file.

    It verifies the server's name too, unless there is none to be asked for.
    """
    store = ssl.get_default_verify_paths()
    if ca_file is None and not (store.cafile or store.capath):
        # With nobody to trust every certificate would look bad, and the hops would be blamed for it.
        raise ProbeFailed("local.trust_store", "this machine has no trusted authorities")
    file = ca_file or store.cafile
    try:
        changed = Path(file).stat().st_mtime_ns if file else 0
        return _context(ca_file, alpn, changed, is_named)
    except (OSError, ssl.SSLError) as error:
        raise ProbeFailed("local.trust_store", f"{file}: {error}") from error


@functools.lru_cache(maxsize=64)
def _context(
    ca_file: str | None,
    alpn: tuple[str, ...],
    _changed_ns: int,
    is_named: bool,
) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file)
    context.check_hostname = is_named
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context
