"""How each question about a name is put: to whom, by what transport, for how long, and what it may cost; pure."""

from collections.abc import Iterator
from dataclasses import replace

from probe.examination.case import Case, Control
from probe.examination.hello import offered
from probe.examination.names import ids
from probe.examination.names.doubt import Doubt, hop_asked
from probe.examination.names.said import contradictions
from probe.host import is_name
from probe.model import AddressFamily, Layer, Outcome, Overrides
from probe.prober.dns import Dns
from probe.prober.tcp import Tcp
from probe.prober.tls import Tls
from probe.resolver import place

# A true answer comes a round trip after the forged one, of a resolver that has just been asked the same.
_LISTEN_SECONDS = 0.5
_SECONDS, _TRUSTED_SECONDS, _SILENT_SECONDS, _DEAD_SECONDS = 2.0, 1.5, 1.0, 0.6
# Packets of either direction, as measured, and what a lost or doubled one adds.
_PACKETS = {"udp": 3, "tcp": 10, "tls": 15, "https": 15}
_UNANSWERED_PACKETS, _HANDSHAKE_PACKETS, _PROBE_PACKETS = 1, 10, 16
_ROOT = Overrides(name=".", record_type="NS")


def same(case: Case, doubt: Doubt) -> Control:
    """Ask the same resolver the same once more, from another port, and listen for whoever answers second."""
    if doubt.used is None:
        return _question(case, doubt, ids.SAME, _same_name(doubt), seconds=_SILENT_SECONDS)
    listen = _LISTEN_SECONDS if may_be_forged(case, doubt) else 0.0
    return _question(case, doubt, ids.SAME, _same_name(doubt), listen=listen)


def may_be_forged(case: Case, doubt: Doubt) -> bool:
    """Tell whether somebody on the way may have given the answer: one that served its purpose only came late."""
    is_harmless = case.seen.outcome is Outcome.OK and not contradictions(doubt.query)
    return doubt.is_open and doubt.used is not None and doubt.used.is_answer and not is_harmless


def trusted(case: Case, doubt: Doubt) -> tuple[Control, ...]:
    """Ask those who are trusted; by TCP where the configuration says UDP, which anybody could answer."""
    others = [one for one in map(place, case.means.resolvers) if one.address != doubt.place.address]
    return tuple(
        _question(
            case,
            doubt,
            name,
            _same_name(doubt),
            resolver=str(replace(one, scheme="tcp") if one.scheme == "udp" else one),
            seconds=_TRUSTED_SECONDS,
        )
        for name, one in zip(ids.TRUSTED, others, strict=False)
    )


def by_tcp(case: Case, doubt: Doubt) -> Control:
    """Ask the same resolver the same on a connection, into which nobody on the way can speak."""
    whom = str(replace(doubt.place, scheme="tcp"))
    return _question(case, doubt, ids.BY_TCP, _same_name(doubt), resolver=whom, seconds=_SILENT_SECONDS)


def a_record(case: Case, doubt: Doubt) -> Control:
    """Ask for the IPv4 address of a name whose IPv6 address nobody tells."""
    what = replace(_same_name(doubt), record_type="A")
    return _question(case, doubt, ids.A_RECORD, what, seconds=_SILENT_SECONDS)


def unchecked(case: Case, doubt: Doubt) -> Control:
    """Ask the same resolver the same without having it verify signatures."""
    return _question(case, doubt, ids.UNCHECKED, replace(_same_name(doubt), checking_disabled=True))


def checked_again(case: Case, doubt: Doubt) -> Control:
    """Ask the same resolver once more as the probe did: one that fails now and then fails whether or not it verifies."""
    return _question(case, doubt, ids.CHECKED_AGAIN, _same_name(doubt))


def nobody(case: Case, doubt: Doubt) -> Iterator[Control]:
    """Ask an address where no resolver is, which is normally silent; only where that is allowed."""
    if "dead_resolver" not in case.allow or not case.means.dead_resolvers:
        return
    whom = case.means.dead_resolvers[0]
    asked = _question(case, doubt, ids.DEAD, _same_name(doubt), resolver=whom, seconds=_DEAD_SECONDS)
    yield replace(asked, packets=_UNANSWERED_PACKETS)


def neutral(case: Case, doubt: Doubt) -> Control:
    """Ask the same resolver for a name that no filter looks for."""
    return _neutral(case, doubt, ids.NEUTRAL, doubt.query.resolver, _SILENT_SECONDS)


def nobody_neutral(case: Case, doubt: Doubt) -> Control:
    """Ask where no resolver is, and somebody answered, for a name that no filter looks for."""
    return _neutral(case, doubt, ids.DEAD_NEUTRAL, case.means.dead_resolvers[0], _DEAD_SECONDS)


def same_probe(case: Case, doubt: Doubt, address: str) -> Iterator[Control]:
    """Ask the check's own question at another address of the hop."""
    if Layer.TCP in case.prober.layers and doubt.query.name == case.hop.host:
        yield Control(
            id=ids.TRUE,
            kind=case.seen.kind,
            hop=case.hop,
            prober=case.prober,
            overrides=Overrides(address=address),
            family=AddressFamily.of(address),
            seconds=_SECONDS,
            packets=_PROBE_PACKETS,
        )


def handshake(case: Case, doubt: Doubt, name: str, address: str, server_name: str) -> Control:
    """Shake hands with an address as the check would; whoever looks into the connection finds the same answer."""
    tcp, hop = case.seen.evidence.tcp, hop_asked(case, doubt)
    own = case.prober.port if isinstance(case.prober, Tcp | Tls) else None
    port = tcp.port if tcp is not None else own or hop.port
    verified = None if server_name in ("", hop.host) else server_name
    return Control(
        id=name,
        kind="tls",
        hop=hop,
        prober=Tls(server_name=verified, alpn=offered(case.prober)),
        overrides=Overrides(address=address, port=port, server_name=None if server_name else ""),
        family=AddressFamily.of(address),
        seconds=_SECONDS,
        packets=_HANDSHAKE_PACKETS,
    )


def _neutral(case: Case, doubt: Doubt, name: str, resolver: str, seconds: float) -> Control:
    """Name an anchor on this side of the border, or the root, which nobody can miss.

    It is the same question whatever is in doubt, so that it is asked once for all.
    """
    anchors = sorted(case.means.anchors, key=lambda one: one.where != "domestic")
    named = (one.hop for one in anchors if is_name(one.hop.host) and one.hop.host != doubt.query.name)
    hop = next(named, None)
    if hop is None:
        return _question(case, doubt, name, _ROOT, resolver=resolver, seconds=seconds)
    what = Overrides(name=hop.host, record_type="A")
    return replace(_question(case, doubt, name, what, resolver=resolver, seconds=seconds), hop=hop)


def _question(
    case: Case,
    doubt: Doubt,
    name: str,
    what: Overrides,
    *,
    resolver: str | None = None,
    seconds: float = _SECONDS,
    listen: float = 0.0,
) -> Control:
    whom = resolver or doubt.query.resolver
    return Control(
        id=name,
        kind="dns",
        hop=case.hop,
        prober=Dns(listen=listen),
        overrides=replace(what, resolver=whom),
        seconds=seconds,
        packets=_PACKETS[place(whom).scheme],
    )


def _same_name(doubt: Doubt) -> Overrides:
    return Overrides(name=doubt.query.name, record_type=doubt.query.type)
