"""Give an error its name: the one ordered table from (phase, error) to cause; pure.

The order matters: TimeoutError is also the kernel's ETIMEDOUT, ssl errors are OSErrors, and an end of file during
the handshake is not a reset (causes.md calls these look-alikes). The first row that fits wins.
"""

import errno
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from probe.cause.failed import ProbeFailed
from probe.cause.taxonomy import ALERTS
from probe.model import Phase
from probe.text import clean
from probe.wire.errors import PeerClosed, RefusedError, WireError
from probe.wire.tls import HandshakeTooLarge, NotTls

# EADDRINUSE: binding to a source address found no free port on it.
OUR_RESOURCES = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EAGAIN, errno.EADDRINUSE}
)
OUR_INTERFACE = frozenset({errno.EADDRNOTAVAIL, errno.ENODEV, errno.ENETDOWN})
OUR_POLICY = frozenset({errno.EPERM, errno.EACCES})
OUR_FAMILY = frozenset({errno.EAFNOSUPPORT})
OUR_ROUTES = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EINVAL})
# What ICMP makes of a socket (icmp_err_convert in Linux's net/ipv4/icmp.c); forbidden by IPv6 is EACCES.
UNREACHABLE = frozenset(
    {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENOPROTOOPT, errno.EOPNOTSUPP}
    | {getattr(errno, one) for one in ("EHOSTDOWN", "ENONET") if hasattr(errno, one)}
)
RESET = frozenset({errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED})

# Our own deadline, by the phase it found us in; a probe that had not begun a phase did not leave this machine.
DEADLINE: Mapping[Phase | None, str] = {
    None: "meta.late",
    Phase.RESOLVE: "dns.timeout",
    Phase.PROXY: "local.proxy_broken",
    Phase.CONNECT: "tcp.timeout",
    Phase.ECHO: "icmp.timeout",
    Phase.TLS: "tls.timeout",
    Phase.PROCESSING: "http.timeout.first_byte",
    Phase.TRANSFER: "http.timeout.body",
}

# OpenSSL's X509_V_ERR_* (openssl/x509_vfy.h).
_VERIFY: Mapping[int, str] = {
    2: "tls.cert.incomplete_chain",
    9: "tls.cert.not_yet_valid",
    10: "tls.cert.expired",
    18: "tls.cert.self_signed",
    19: "tls.cert.unknown_authority",
    20: "tls.cert.incomplete_chain",
    21: "tls.cert.incomplete_chain",
    23: "tls.cert.revoked",
    62: "tls.cert.name_mismatch",
    64: "tls.cert.name_mismatch",
    66: "tls.cert.weak",
    67: "tls.cert.weak",
    68: "tls.cert.weak",
}
_OUR_POLICY = frozenset(
    {
        "DH_KEY_TOO_SMALL",
        "EE_KEY_TOO_SMALL",
        "UNSUPPORTED_PROTOCOL",
        "EXCESSIVE_MESSAGE_SIZE",
        "UNSAFE_LEGACY_RENEGOTIATION_DISABLED",
    }
)
# OpenSSL's words for an alert that came in; Python 3.11 knows no reason for the newer ones and leaves them in the text.
_ALERT = re.compile(r"\b(?:sslv3|tlsv13?|ssl/tls) (?:alert )?([a-z ]+[a-z])")
_SPELT = {"user_cancelled": "user_canceled"}  # RFC 8446, 6 spells it with one l
# An alert whose number OpenSSL does not know is the one error that it cannot put into words.
_UNKNOWN_ALERT = "[SSL] unknown error"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: in these phases (all when empty), an error that `fits` has this cause."""

    phases: frozenset[Phase | None]
    fits: Callable[[BaseException], bool]
    cause: Callable[[BaseException], str]


def name(error: BaseException, phase: Phase | None) -> tuple[str, str]:
    """Return the cause of `error` in `phase`, and one cleaned sentence of detail."""
    if isinstance(error, ProbeFailed):
        return error.cause, clean(error.detail)
    if isinstance(error, RefusedError | WireError) and error.cause:
        return error.cause, clean(error.strerror or "")
    for row in TABLE:
        if (not row.phases or phase in row.phases) and row.fits(error):
            return row.cause(error), clean(_sentence(error))
    return "meta.bug", clean(f"{type(error).__name__}: {error}")


def _sentence(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError):
        return (error.reason or str(error)).replace("_", " ").lower()
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error) or type(error).__name__


def deadline(phase: Phase | None, seconds: float, expires_as: str | None = None) -> tuple[str, str]:
    """Name our own deadline of `seconds`, by what the probe said it waited for or else by the phase that was open."""
    cause = expires_as or DEADLINE.get(phase, "meta.late")
    where = f"in {phase}" if phase else "before the first phase"
    return cause, f"the deadline of {seconds:g} s passed {where}"


def alert_name(error: ssl.SSLError) -> str | None:
    """Return the IANA name of the TLS alert that the peer sent, `unknown` when it has none, or None for no alert."""
    text = str(error)
    if error.reason is None and text.startswith(_UNKNOWN_ALERT):
        return "unknown"
    found = _ALERT.search((error.reason or text).lower().replace("_", " "))
    name = found[1].replace(" ", "_") if found else ""
    name = _SPELT.get(name, name)
    return name if name in ALERTS else None


def _immediate(numbers: frozenset[int]) -> Callable[[BaseException], bool]:
    return lambda error: isinstance(error, WireError) and error.immediate and error.errno in numbers


def _errno(numbers: frozenset[int]) -> Callable[[BaseException], bool]:
    return lambda error: isinstance(error, OSError) and error.errno in numbers


def _is(kind: type[BaseException]) -> Callable[[BaseException], bool]:
    return lambda error: isinstance(error, kind)


def _tls_reason(reasons: frozenset[str]) -> Callable[[BaseException], bool]:
    return lambda error: isinstance(error, ssl.SSLError) and error.reason in reasons


def _is_alert(error: BaseException) -> bool:
    return isinstance(error, ssl.SSLError) and alert_name(error) is not None


def _alert(error: BaseException) -> str:
    found = alert_name(error) if isinstance(error, ssl.SSLError) else None
    return f"tls.alert.{found}" if found in ALERTS else "tls.alert"


def _verify(error: BaseException) -> str:
    code = error.verify_code if isinstance(error, ssl.SSLCertVerificationError) else 0
    return _VERIFY.get(code, "tls.cert.invalid")


def _in(*phases: Phase | None) -> frozenset[Phase | None]:
    return frozenset(phases)


def _row(
    phases: frozenset[Phase | None],
    fits: Callable[[BaseException], bool],
    cause: str | Callable[[BaseException], str],
) -> Row:
    return Row(phases, fits, cause if callable(cause) else lambda _: cause)


_ANY: frozenset[Phase | None] = frozenset()
_OPEN = _in(Phase.TLS, Phase.PROCESSING, Phase.TRANSFER)
_REFUSED = frozenset({errno.ECONNREFUSED})
_TIMED_OUT = _errno(frozenset({errno.ETIMEDOUT}))

TABLE: tuple[Row, ...] = (
    _row(_ANY, _is(ssl.SSLCertVerificationError), _verify),
    _row(_ANY, _is_alert, _alert),
    _row(_in(Phase.TLS), _is(NotTls), "tls.not_tls"),
    _row(_in(Phase.TLS), _tls_reason(_OUR_POLICY), "tls.local_policy"),
    _row(_ANY, _is(HandshakeTooLarge), "tls.too_large"),
    _row(_in(Phase.TLS), _is(ssl.SSLError), "tls.failed"),
    _row(_in(Phase.PROCESSING, Phase.TRANSFER), _is(ssl.SSLError), "tls.protocol"),
    _row(_ANY, _errno(OUR_RESOURCES), "local.resource"),
    _row(_ANY, _errno(OUR_INTERFACE), "local.interface_down"),
    _row(_ANY, _immediate(OUR_POLICY), "local.firewall"),
    _row(_ANY, _immediate(OUR_FAMILY), "local.family_mismatch"),
    _row(_ANY, _immediate(OUR_ROUTES), "local.no_route"),
    _row(_in(Phase.RESOLVE), _errno(UNREACHABLE | _REFUSED | OUR_POLICY), "dns.resolver_unreachable"),
    _row(_in(Phase.RESOLVE), _is(OSError), "dns.failed"),
    _row(_in(Phase.RESOLVE), _is(PeerClosed), "dns.protocol"),
    _row(_in(Phase.PROXY), _is(OSError), "local.proxy_broken"),
    _row(_in(Phase.PROXY), _is(PeerClosed), "local.proxy_broken"),
    _row(_in(Phase.CONNECT), _errno(_REFUSED), "tcp.refused"),
    _row(_in(Phase.CONNECT), _TIMED_OUT, "tcp.timeout"),
    _row(_in(Phase.CONNECT), _errno(UNREACHABLE), "tcp.unreachable"),
    _row(_in(Phase.CONNECT), _errno(OUR_POLICY), "tcp.unreachable.admin"),
    _row(_in(Phase.CONNECT), _errno(RESET), "tcp.reset"),
    _row(_in(Phase.CONNECT), _is(OSError), "tcp.failed"),
    _row(_in(Phase.ECHO), _errno(UNREACHABLE | _REFUSED), "icmp.unreachable"),
    _row(_in(Phase.ECHO), _is(OSError), "icmp.failed"),
    _row(_in(Phase.TLS), _is(PeerClosed), "tls.closed"),
    _row(_in(Phase.TLS), _errno(RESET), "tls.reset"),
    _row(_in(Phase.TLS), _TIMED_OUT, "tls.timeout"),
    # An open connection is not refused: that is a router that says that nothing answers there.
    _row(_OPEN, _errno(UNREACHABLE | _REFUSED), "tcp.unreachable"),
    _row(_OPEN, _errno(OUR_POLICY), "tcp.unreachable.admin"),
    _row(_in(Phase.TLS), _is(OSError), "tls.failed"),
    _row(_in(Phase.PROCESSING), _is(PeerClosed), "http.closed"),
    _row(_in(Phase.PROCESSING), _TIMED_OUT, "http.timeout.first_byte"),
    _row(_in(Phase.PROCESSING), _is(OSError), "http.reset"),
    _row(_in(Phase.TRANSFER), _TIMED_OUT, "http.timeout.body"),
    _row(_in(Phase.TRANSFER), _is(PeerClosed), "http.truncated"),
    _row(_in(Phase.TRANSFER), _is(OSError), "http.truncated"),
)
