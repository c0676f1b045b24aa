"""How a handshake that is to be compared with the check's own has to begin, so that nothing differs but what it is to tell; pure."""

from probe.attempt import Prober
from probe.prober.cors import Cors
from probe.prober.http import Http
from probe.prober.page import Page
from probe.prober.tls import Tls


def offered(prober: Prober) -> tuple[str, ...]:
    """Return the application protocols that the check itself offers."""
    match prober:
        case Tls(alpn=alpn):
            return alpn
        case Http(protocol="http/1.1") | Page(protocol="http/1.1") | Cors(protocol="http/1.1"):
            return ("http/1.1",)
        case Http() | Page() | Cors():
            return ("h2", "http/1.1")
        case _:
            return ()
