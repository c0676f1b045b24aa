"""Make up the questions about a connection that tell address, port, name, size and content apart; pure.

Nobody is named whom the configuration does not name or imply: the address that the probe itself used, other ports of it,
its neighbours among the hops, and the anchors. What is said quietly names nobody; what may provoke a filter wants the
vantage's consent (probe/consent.py).
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace

from probe.attempt import Prober
from probe.consent import is_foreign
from probe.examination.case import Case, Control
from probe.examination.hello import offered
from probe.examination.transport.facts import are_neighbours
from probe.examination.transport.subject import Subject
from probe.model import AddressFamily, Anchor, Hop, Overrides
from probe.prober.cors import Cors
from probe.prober.http import Http
from probe.prober.page import Page
from probe.prober.tcp import Tcp
from probe.prober.tls import Tls

TARGET, NAMELESS, FOREIGN = "transport.target", "transport.nameless", "transport.foreign"
SMALL, BYTES = "transport.small", "transport.bytes"
NEUTRAL, NEAR, CARRIED = "transport.anchor", "transport.anchor.near", "transport.anchor.target"
PORT, NEIGHBOUR = "transport.port.", "transport.neighbour."

# A SYN is repeated after a second: who answers only the repetition is heard too.
_SECONDS = 1.3
# What we send within these seconds when nothing comes back: SYN and repetition; words and three repetitions. A handshake
# that is answered takes no more.
_CONNECT_PACKETS, _HELLO_PACKETS, _BYTES_PACKETS = 4, 8, 6
# RFC 9293, 3.7.1: what every host takes without having said so, so no link has less.
_SMALL_BYTES = 536
_MOST_PORTS, _MOST_NEIGHBOURS = 2, 2
# The checks of a hop fail one after the other; what is asked for the first of them is to serve them all, and none much later.
_FRESH_SECONDS = 20.0
_USUAL_PORTS = (443, 80, 22)
# A request that names no host (RFC 1945, 5).
_REQUEST = b"GET / HTTP/1.0\r\n\r\n"


def can_vary(case: Case, about: Subject) -> bool:
    """Tell whether we can say the same there with another name: a hello, or the check's own request when it costs nothing."""
    return about.is_tls or (_is_plain_request(case, about) and is_free(case))


def is_free(case: Case) -> bool:
    """Tell whether the check's request may be repeated at will: it uses up no quota of a key."""
    return case.prober.cost(case.hop).keyed_requests == 0


def target(case: Case, about: Subject) -> Control:
    """Ask the same of the same address and port, no more than what failed there."""
    if _is_plain_request(case, about):
        return same_request(case, about, TARGET)
    return _hello(case, about, TARGET, Overrides(address=about.address, port=about.port))


def connection(case: Case, about: Subject) -> Control:
    """Open the same connection again, and say nothing."""
    # Whether a port can be reached changes from one moment to the next.
    return replace(_connect(case.hop, TARGET, about.address, about.port), now=True)


def nameless(case: Case, about: Subject) -> Control:
    """Say the same without naming anybody: a handshake without a server name, a request to the bare address."""
    if _is_plain_request(case, about):
        bare = f"[{about.address}]" if ":" in about.address else about.address
        return _request(case, about, NAMELESS, Overrides(address=about.address, host=bare))
    there = Overrides(address=about.address, port=about.port, server_name="")
    return _hello(case, about, NAMELESS, there)


def foreign(case: Case, about: Subject) -> Control | None:
    """Say the same with a neutral name of the configuration's, where the vantage consents."""
    names = [one for one in case.means.server_names if is_foreign(one, (about.name, case.hop.host))]
    if "foreign_sni" not in case.allow or not names:
        return None
    if _is_plain_request(case, about):
        return _request(case, about, FOREIGN, Overrides(address=about.address, host=names[0]))
    there = Overrides(address=about.address, port=about.port, server_name=names[0])
    return _hello(case, about, FOREIGN, there)


def small(case: Case, about: Subject) -> Control:
    """Ask the same in segments so small that they fit everywhere."""
    if not about.is_tls:
        return same_request(case, about, SMALL, is_small=True)
    there = Overrides(address=about.address, port=about.port, mss_bytes=_SMALL_BYTES)
    return _hello(case, about, SMALL, there)


def same_request(case: Case, about: Subject, key: str, *, is_small: bool = False) -> Control:
    """Ask the whole question of the check again at the same address, in usual segments or in small ones."""
    there = Overrides(address=about.address, mss_bytes=_SMALL_BYTES if is_small else None)
    return _request(case, about, key, there)


def other_bytes(case: Case, about: Subject) -> Control:
    """Say something that is no part of what failed: 64 bytes of no protocol where that is allowed, else something quiet.

    On a port for TLS a request is as much out of place as noise, and on one for requests a handshake without a name is.
    """
    if "garbage_bytes" in case.allow:
        words = hashlib.sha512(f"{about.address} {about.port}".encode()).digest()
    elif about.is_tls:
        words = _REQUEST
    else:
        there = Overrides(address=about.address, port=about.port, server_name="")
        return _hello(case, about, BYTES, there)
    there = Overrides(address=about.address, port=about.port, first_bytes=words)
    return _control(
        BYTES, case.hop, Tcp(), "tcp", there, packets=_BYTES_PACKETS, family=_family(about.address)
    )


def ports(case: Case, about: Subject) -> Iterator[Control]:
    """Open connections to other ports of the same address, first those that the configuration uses itself.

    Where a redirect led is the answerer's choice: nobody makes us knock at a stranger's other doors.
    """
    if not about.is_hop:
        return
    wanted = [*_known_ports(case, about.address), *_USUAL_PORTS]
    others = [port for port in dict.fromkeys(wanted) if port != about.port]
    for port in others[:_MOST_PORTS]:
        asked = _connect(case.hop, f"{PORT}{port}", about.address, port)
        yield replace(asked, fresh_seconds=_FRESH_SECONDS)


def neighbours(case: Case, about: Subject) -> Iterator[Control]:
    """Open connections to hops of ours that lie in the same network as the address."""
    hops = {one.name: one for one in case.everywhere}
    found: dict[str, Control] = {}
    for one in case.known.siblings:
        tcp, hop = one.evidence.tcp, hops.get(one.series.hop)
        if tcp is None or hop is None or not are_neighbours(about.address, tcp.address):
            continue
        key = f"{NEIGHBOUR}{hop.name}"
        found.setdefault(key, _connect(hop, key, tcp.address, tcp.port))
    yield from list(found.values())[:_MOST_NEIGHBOURS]


def anchor(case: Case, where: str) -> Anchor | None:
    """Return the anchor on that side of the border, one that is meant for TLS before others."""
    fitting = [one for one in case.means.anchors if one.where == where]
    return min(fitting, key=lambda one: one.hop.scheme != "https", default=None)


def at_anchor(case: Case, about: Subject) -> tuple[Control, ...]:
    """Ask an anchor, best one beyond the border, without naming anybody."""
    chosen = anchor(case, "abroad") or anchor(case, "domestic")
    return (_at(chosen, case, about, NEUTRAL, None),) if chosen else ()


def near_anchor(case: Case, about: Subject) -> tuple[Control, ...]:
    """Ask an anchor on this side of the border in the same way, where there is one on either side."""
    chosen = anchor(case, "domestic") if anchor(case, "abroad") else None
    return (_at(chosen, case, about, NEAR, None),) if chosen else ()


def carried(case: Case, about: Subject) -> tuple[Control, ...]:
    """Say our name to the anchor: who answers there, be it that the name is not theirs, has seen no filter."""
    chosen = anchor(case, "abroad") or anchor(case, "domestic")
    return (_at(chosen, case, about, CARRIED, about.name),) if chosen else ()


def _at(chosen: Anchor, case: Case, about: Subject, key: str, name: str | None) -> Control:
    hop, family = chosen.hop, _family(about.address)
    if about.is_tls:
        port = hop.port if hop.scheme == "https" else 443
        prober: Prober = Tls(server_name=name, alpn=offered(case.prober))
        overrides = Overrides(port=port, server_name=None if name else "")
    else:
        prober = Http(path=chosen.path)
        overrides = Overrides(port=hop.port if hop.scheme == "http" else 80, host=name)
        hop = Hop(name=hop.name, scheme="http", host=hop.host, port=hop.port, address=hop.address)
    kind = "tls" if about.is_tls else "http"
    return _control(key, hop, prober, kind, overrides, packets=_HELLO_PACKETS, family=family)


def _hello(case: Case, about: Subject, key: str, overrides: Overrides) -> Control:
    name = about.name if about.name != case.hop.host else None
    prober = Tls(server_name=name, alpn=offered(case.prober))
    family = _family(about.address)
    return _control(key, case.hop, prober, "tls", overrides, packets=_HELLO_PACKETS, family=family)


def _request(case: Case, about: Subject, key: str, overrides: Overrides) -> Control:
    # A deeper hop may need as long as the check allows it; what we wait for is any answer at all.
    family = _family(about.address)
    return _control(
        key, case.hop, case.prober, case.seen.kind, overrides, packets=_HELLO_PACKETS, family=family
    )


def _connect(hop: Hop, key: str, address: str, port: int) -> Control:
    there, family = Overrides(address=address, port=port), _family(address)
    return _control(key, hop, Tcp(), "tcp", there, packets=_CONNECT_PACKETS, family=family)


def _control(
    key: str,
    hop: Hop,
    prober: Prober,
    kind: str,
    overrides: Overrides,
    *,
    packets: int,
    family: AddressFamily,
) -> Control:
    return Control(
        id=key,
        kind=kind,
        hop=hop,
        prober=prober,
        overrides=overrides,
        family=family,
        seconds=_SECONDS,
        packets=packets,
    )


def _family(address: str) -> AddressFamily:
    return AddressFamily.of(address)


def _is_plain_request(case: Case, about: Subject) -> bool:
    return not about.is_tls and about.is_hop and isinstance(case.prober, Http | Page | Cors)


def _known_ports(case: Case, address: str) -> Iterator[int]:
    for hop in case.everywhere:
        if case.hop.host == hop.host or hop.address == address:
            yield hop.port
    for one in case.known.siblings:
        if one.evidence.tcp is not None and one.evidence.tcp.address == address:
            yield one.evidence.tcp.port
