"""The one table from errors to causes: every row is reached, and the look-alikes are told apart."""

import ast
import errno
import os
import re
import socket
import ssl
import time
from pathlib import Path

import pytest

import probe
from probe.cause.failed import ProbeFailed
from probe.cause.naming import DEADLINE, TABLE, alert_name, deadline, name
from probe.cause.taxonomy import is_known
from probe.examination import RULES
from probe.model import Layer, Phase
from probe.prober.http import Http
from probe.prober.tcp import Tcp
from probe.vantage.system import System
from probe.wire.errors import PeerClosed, WireError
from probe.wire.tls import HandshakeTooLarge, NotTls
from tests.rig import ask, verdict
from tests.rig_servers import black_hole, tcp_server


def wire(number, *, immediate=False):
    return WireError(OSError(number, os.strerror(number)), immediate=immediate)


def from_openssl(*records):
    """Return the real error that OpenSSL raises for these bytes."""
    incoming = ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(incoming, ssl.MemoryBIO(), server_hostname="a.test")
    for record in (b"", *records):
        incoming.write(record)
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            continue
        except ssl.SSLError as error:
            return error
    raise AssertionError


def unverified():
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = 10, "certificate has expired"
    return error


def alert(number):
    return from_openssl(bytes([21, 3, 3, 0, 2, 2, number]))


def old():
    hello = b"\x02\x00\x00\x26\x03\x01" + b"\x01" * 32 + b"\x00\x00\x2f\x00"
    return from_openssl(b"\x16\x03\x01" + len(hello).to_bytes(2, "big") + hello)


# (error, phase, cause), in the order of the table; each is the example of one row.
EXAMPLES = [
    (unverified(), Phase.TLS, "tls.cert.expired"),
    (alert(40), Phase.TLS, "tls.alert.handshake_failure"),
    (NotTls("no"), Phase.TLS, "tls.not_tls"),
    (old(), Phase.TLS, "tls.local_policy"),
    (HandshakeTooLarge("much"), Phase.TLS, "tls.too_large"),
    (from_openssl(b"\x17\x03\x03\x00\x01x"), Phase.TLS, "tls.failed"),
    (from_openssl(b"\x17\x03\x03\x00\x01x"), Phase.PROCESSING, "tls.protocol"),
    (wire(errno.EMFILE), Phase.CONNECT, "local.resource"),
    (wire(errno.EADDRNOTAVAIL), Phase.CONNECT, "local.interface_down"),
    (wire(errno.EPERM, immediate=True), Phase.RESOLVE, "local.firewall"),
    (wire(errno.EAFNOSUPPORT, immediate=True), Phase.CONNECT, "local.family_mismatch"),
    (wire(errno.ENETUNREACH, immediate=True), Phase.CONNECT, "local.no_route"),
    (wire(errno.ECONNREFUSED), Phase.RESOLVE, "dns.resolver_unreachable"),
    (wire(errno.EPROTO), Phase.RESOLVE, "dns.failed"),
    (PeerClosed(), Phase.RESOLVE, "dns.protocol"),
    (wire(errno.ECONNREFUSED), Phase.PROXY, "local.proxy_broken"),
    (PeerClosed(), Phase.PROXY, "local.proxy_broken"),
    (wire(errno.ECONNREFUSED), Phase.CONNECT, "tcp.refused"),
    (wire(errno.ETIMEDOUT), Phase.CONNECT, "tcp.timeout"),
    (wire(errno.EHOSTUNREACH), Phase.CONNECT, "tcp.unreachable"),
    (wire(errno.EACCES), Phase.CONNECT, "tcp.unreachable.admin"),
    (wire(errno.ECONNRESET), Phase.CONNECT, "tcp.reset"),
    (wire(errno.EPROTO), Phase.CONNECT, "tcp.failed"),
    (wire(errno.EHOSTUNREACH), Phase.ECHO, "icmp.unreachable"),
    (wire(errno.EPROTO), Phase.ECHO, "icmp.failed"),
    (PeerClosed(), Phase.TLS, "tls.closed"),
    (wire(errno.ECONNRESET), Phase.TLS, "tls.reset"),
    (wire(errno.ETIMEDOUT), Phase.TLS, "tls.timeout"),
    (wire(errno.ECONNREFUSED), Phase.PROCESSING, "tcp.unreachable"),
    (wire(errno.EACCES), Phase.TRANSFER, "tcp.unreachable.admin"),
    (wire(errno.EPROTO), Phase.TLS, "tls.failed"),
    (PeerClosed(clean=False), Phase.PROCESSING, "http.closed"),
    (wire(errno.ETIMEDOUT), Phase.PROCESSING, "http.timeout.first_byte"),
    (wire(errno.EPIPE), Phase.PROCESSING, "http.reset"),
    (wire(errno.ETIMEDOUT), Phase.TRANSFER, "http.timeout.body"),
    (PeerClosed(), Phase.TRANSFER, "http.truncated"),
    (wire(errno.ECONNRESET), Phase.TRANSFER, "http.truncated"),
]


@pytest.mark.parametrize(("error", "phase", "cause"), EXAMPLES)
def test_an_error_has_its_cause(error, phase, cause) -> None:
    found, detail = name(error, phase)

    assert cause == found
    assert detail


def test_every_row_of_the_table_is_the_first_to_fit_something() -> None:
    def row(error, phase):
        fitting = (
            n for n, one in enumerate(TABLE) if (not one.phases or phase in one.phases) and one.fits(error)
        )
        return next(fitting)

    assert list(range(len(TABLE))) == [row(error, phase) for error, phase, _ in EXAMPLES]


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_any_errno_in_any_phase_of_ours_is_known_and_no_bug(number, phase) -> None:
    for immediate in (False, True):
        cause, _ = name(wire(number, immediate=immediate), phase)
        assert is_known(cause)
        assert cause != "meta.bug"


@pytest.mark.parametrize("code", range(100))
def test_any_verify_code_is_a_known_cause_below_tls_cert(code) -> None:
    error = unverified()
    error.verify_code = code

    cause, _ = name(error, Phase.TLS)

    assert is_known(cause)
    assert cause.startswith("tls.cert.")


def test_a_programming_error_is_a_bug_in_every_phase() -> None:
    seen = {name(KeyError("x"), phase) for phase in (None, *Phase)}

    assert {("meta.bug", "KeyError: 'x'")} == seen


def test_our_deadline_is_named_by_the_open_phase_or_what_was_awaited() -> None:
    assert {is_known(cause) for cause in DEADLINE.values()} == {True}
    assert deadline(Phase.TLS, 2.0) == ("tls.timeout", "the deadline of 2 s passed in tls")
    assert deadline(None, 2.0) == ("meta.late", "the deadline of 2 s passed before the first phase")
    assert deadline(Phase.RESOLVE, 2.0, "dns.truncated_no_tcp")[0] == "dns.truncated_no_tcp"


def test_a_finding_of_a_step_keeps_its_own_cause_and_is_cleaned() -> None:
    assert name(ProbeFailed("http.body", "no\x1b[31m"), Phase.TLS) == ("http.body", "no\ufffd[31m")


# The traps of which the order of the table takes care.


def test_the_kernels_timeout_is_no_deadline_of_ours() -> None:
    kernel = wire(errno.ETIMEDOUT)

    assert not isinstance(kernel, TimeoutError)
    assert name(kernel, Phase.CONNECT)[0] == "tcp.timeout"


def test_a_fin_is_no_reset() -> None:
    assert (
        name(PeerClosed(), Phase.TLS)[0],
        name(wire(errno.ECONNRESET), Phase.TLS)[0],
    ) == ("tls.closed", "tls.reset")


def test_a_library_error_is_an_oserror_and_still_named_as_tls() -> None:
    assert isinstance(unverified(), OSError)
    assert name(unverified(), Phase.TLS)[0] == "tls.cert.expired"


def test_our_own_alert_is_not_taken_for_the_peers() -> None:
    assert alert_name(from_openssl(b"\x16\x03\x03\x00\x04\x0e\x00\x00\x00")) is None


@pytest.mark.parametrize(
    ("number", "cause"),
    [
        (errno.EMFILE, "local.resource"),
        (errno.ENFILE, "local.resource"),
        (errno.ENOBUFS, "local.resource"),
        (errno.ENOMEM, "local.resource"),
        (errno.EADDRINUSE, "local.resource"),
        (errno.EADDRNOTAVAIL, "local.interface_down"),
        (errno.ENODEV, "local.interface_down"),
        (errno.ENETDOWN, "local.interface_down"),
        (errno.EPERM, "local.firewall"),
        (errno.EACCES, "local.firewall"),
        (errno.ENETUNREACH, "local.no_route"),
        (errno.EHOSTUNREACH, "local.no_route"),
        (errno.EAFNOSUPPORT, "local.family_mismatch"),
    ],
)
async def test_what_the_vantage_cannot_do_is_never_blamed_on_the_hop(number, cause) -> None:
    class Refusing(System):
        def open(self, family, kind, protocol=0):
            raise OSError(number, os.strerror(number))

    dialled = await ask(Tcp(), port=9, way=Refusing())
    asked = await ask(Tcp(), host="a.test", resolvers=("udp://127.0.0.1:9",), way=Refusing())

    assert [(cause, "connect"), (cause, "resolve")] == [verdict(dialled), verdict(asked)]


async def test_an_address_without_a_link_has_no_route() -> None:
    assert verdict(await ask(Tcp(), address="fe80::1", host="a.test")) == ("local.no_route", "connect")


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="needs TCP_USER_TIMEOUT, which Linux has")
async def test_the_kernels_own_timeout_is_told_apart_from_our_deadline() -> None:
    class Impatient(System):
        def open(self, family, kind, protocol=0):
            sock = super().open(family, kind, protocol)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 10)
            return sock

    with black_hole() as port, tcp_server(leave_unread, receive_bytes=2048) as server:
        connecting = await ask(Tcp(), port=port, way=Impatient(), seconds=4)
        asking = await ask(
            Http(method="POST", body="x" * 60_000), port=server.port, way=Impatient(), seconds=4
        )

    assert verdict(connecting) == ("tcp.timeout", "connect")
    assert verdict(asking) == ("http.timeout.first_byte", "processing")
    for observation in (connecting, asking):
        assert observation.failure.detail == "connection timed out"
        assert observation.elapsed_seconds < 4


def leave_unread(connection):
    time.sleep(0.5)


# Every cause that the source names is in the taxonomy.

ROOT = Path(probe.__file__).parent
_CAUSE = re.compile(rf"(?:{'|'.join(Layer)})(?:\.[a-z0-9_]+)+")


# What says what each cause is, and host names of others.
_NO_NAMING = (ROOT / "cause" / "taxonomy", ROOT / "proposal")


def named():
    for file in sorted(ROOT.rglob("*.py")):
        if not any(place in file.parents for place in _NO_NAMING):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value


def test_every_cause_named_in_the_source_is_in_the_taxonomy() -> None:
    causes = {text for text in named() if _CAUSE.fullmatch(text)} - {rule.id for rule in RULES}

    assert len(causes) > 100
    assert {one for one in causes if not is_known(one)} == set()
