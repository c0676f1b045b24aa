"""What routers say of an open connection: no end of it at once, because it may be wrong and users' programs never hear it.

An error of ICMP is taken for a passing one (RFC 1122, 4.2.3.9; RFC 5461), and one may be forged: Linux believes it when the
quoted sequence number lies within what is unacknowledged (tcp_v4_err in net/ipv4/tcp_ipv4.c, tcp_v6_err; RFC 5927), which
who sees the connection always knows and others have to guess. It is believed here when it is said of a repetition too, or when
nothing has come for a second, by which the kernel has repeated about three times.
"""

import errno
import os
from collections.abc import Iterable

from probe.clock import Clock
from probe.model import SoftError

# What the kernel makes of ICMP (icmp_err_convert in net/ipv4/icmp.c, icmpv6_err_convert in net/ipv6/icmp.c); a time that was
# exceeded is EHOSTUNREACH. No other error leaves a connection open.
BY_ICMP = frozenset(
    {
        errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ECONNREFUSED, errno.EACCES, errno.EPROTO, errno.ENOPROTOOPT,
        errno.EOPNOTSUPP, *(getattr(errno, name) for name in ("EHOSTDOWN", "ENONET") if hasattr(errno, name)),
    }
)  # fmt: skip
_PATIENCE_NS = 1_000_000_000
# Less than the shortest time after which Linux repeats (TCP_RTO_MIN, 200 ms); segments that left together draw an error each.
_REPETITION_NS = 150_000_000


class SoftErrors:
    """The errors of one connection, and whether they are to be believed by now."""

    def __init__(self, clock: Clock) -> None:
        """Begin without any."""
        self._clock = clock
        self._seen: dict[str, SoftError] = {}
        self._first_ns = 0
        self.unrefuted: OSError | None = None

    def believes(self, error: OSError, sent_ns: int) -> bool:
        """Take one in, `sent_ns` being when we last sent; tell whether it ends the connection."""
        now = self._clock.monotonic_ns()
        name = errno.errorcode.get(error.errno or 0, "?")
        before = self._seen.get(name)
        self._seen[name] = SoftError(
            errno=name,
            count=1 if before is None else before.count + 1,
            after_seconds=(now - sent_ns) / 1e9 if before is None else before.after_seconds,
        )
        if self.unrefuted is None:
            self._first_ns = now
        words = f"routers refuse packets of the open connection: {os.strerror(error.errno or 0).lower()}"
        said_before, self.unrefuted = self.unrefuted, OSError(error.errno, words)
        return said_before is not None and now - self._first_ns >= _REPETITION_NS

    @property
    def patience_seconds(self) -> float | None:
        """How much longer bytes are waited for before what was said is believed; None when nothing is to be refuted."""
        if self.unrefuted is None:
            return None
        return max(0.0, (self._first_ns + _PATIENCE_NS - self._clock.monotonic_ns()) / 1e9)

    def refuted(self) -> None:
        """Take back what was said: bytes have come."""
        self.unrefuted = None

    @property
    def told(self) -> Iterable[SoftError]:
        """All of them, the refuted ones too."""
        return self._seen.values()
