"""Choose the command by which a reader asks what a probe asked: curl, dig, openssl, nc, ping or traceroute; pure."""

import ipaddress
from collections.abc import Sequence
from typing import Final

from probe.host import is_name
from probe.model import DnsQuery, Observation
from probe.plan import Plan
from probe.prober.icmp import Icmp
from probe.prober.tls import Tls
from probe.prober.trace import Trace
from probe.resolver import Place, place
from probe.vantage.interface import Interface
from probe.vantage.proxy import Proxy
from probe.vantage.source import Source
from probe.web.curl import ROOT_NOTE, Asking, connecting, curl, entering
from probe.web.shell import Argument, Command

_EDNS_BYTES: Final = "1232"
_USUAL_TRACE_PORT: Final = 33_434
UNBOUND_NOTE: Final = "This program cannot be tied to an interface: it leaves by this machine's usual way."
SOCKS_NOTE: Final = "openssl speaks no SOCKS, so this goes past the vantage's proxy."
RAW_NOTE: Final = "It needs root where the system lets no others send such packets."


def commands(plan: Plan, seen: Observation) -> tuple[Command, ...]:
    """Return the commands that ask the same again, the main one first; none where no address is known."""
    asking = _asking(plan, seen)
    match seen.kind:
        case "http" | "page" | "cors":
            main = curl(asking)
        case "tls":
            main = _openssl(asking)
        case "tcp":
            main = _connect(asking)
        case "icmp":
            main = _ping(asking)
        case "trace":
            main = _traceroute(asking)
        case _:
            main = None
    return tuple(filter(None, (main, _dig(asking))))


def _asking(plan: Plan, seen: Observation) -> Asking:
    own = next(
        (one for one in plan.probes if one.series == seen.series and one.check.kind == seen.kind), None
    )
    looking = next((one.looking for one in plan.probes if one.series.vantage == seen.series.vantage), None)
    hop = next((one for one in plan.hops if one.name == seen.series.hop), None)
    return Asking(seen=seen, probe=own, looking=looking, hop=hop)


def _dig(asking: Asking) -> Command | None:
    query = next(reversed(asking.seen.evidence.dns), None)
    where = None if query is None else _place(query.resolver)
    if query is None or where is None:
        return None
    source = ("-b", asking.way.address) if isinstance(asking.way, Source) else ()
    arguments = (
        *entering(asking.way), "dig", *source, "-p", str(where.port), f"@{where.address}", *_transport(where, query),
        f"+bufsize={_EDNS_BYTES}" if query.edns else "+noedns", "+nocookie",
        *(("+cdflag",) if query.checking_disabled else ()),
        "+tries=1", f"+time={max(1, round(asking.seconds))}",
        # By option, because a name that begins with a sign would be taken for one.
        "-q", query.name, "-t", query.type,
    )  # fmt: skip
    notes = _entered(asking) + ((UNBOUND_NOTE,) if isinstance(asking.way, Interface) else ())
    return Command(arguments, notes)


def _transport(where: Place, query: DnsQuery) -> Sequence[str]:
    if not where.is_encrypted:
        return ["+tcp"] if "tcp" in (where.scheme, query.transport) else []
    way = "+tls" if where.scheme == "tls" else f"+https={where.path}"
    return [way, "+tls-ca", f"+tls-hostname={where.host}"]


def _openssl(asking: Asking) -> Command | None:
    where = _dialled(asking)
    if where is None:
        return None
    host, port = where
    arguments: list[Argument] = [
        *entering(asking.way),
        "timeout",
        f"{asking.seconds:g}",
        "openssl",
        "s_client",
    ]
    arguments += [
        "-connect",
        f"{_bracketed(host)}:{port}",
        *_named(asking, host),
        "-verify_return_error",
        "-showcerts",
    ]
    if asking.hop is not None and asking.hop.ca_file is not None:
        arguments += ["-CAfile", asking.hop.ca_file]
    if isinstance(asking.way, Source):
        arguments += ["-bind", f"{_bracketed(asking.way.address)}:0"]
    return Command((*arguments, *_proxied(asking)), (*_entered(asking), *_unbound(asking)))


def _named(asking: Asking, host: str) -> Sequence[str]:
    """Return the options that name the server and check that its certificate does."""
    tls, prober = asking.seen.evidence.tls, None if asking.probe is None else asking.probe.prober
    name = host if tls is None else tls.server_name
    offered = prober.alpn if isinstance(prober, Tls) else ()
    alpn = ["-alpn", ",".join(offered)] if offered else []
    if not name:
        return ["-noservername", *alpn]
    if not is_name(name):
        return ["-noservername", "-verify_ip", name, *alpn]
    return ["-servername", name, "-verify_hostname", name, *alpn]


def _proxied(asking: Asking) -> Sequence[str]:
    way = asking.way
    if not isinstance(way, Proxy) or way.proxy.protocol == "socks5":
        return []
    return ["-proxy", f"{_bracketed(way.proxy.address)}:{way.proxy.port}"]


def _unbound(asking: Asking) -> tuple[str, ...]:
    way = asking.way
    if isinstance(way, Proxy) and way.proxy.protocol == "socks5":
        return (SOCKS_NOTE,)
    return (UNBOUND_NOTE,) if isinstance(way, Interface) else ()


def _connect(asking: Asking) -> Command | None:
    where = _dialled(asking)
    if where is None:
        return None
    if isinstance(asking.way, Proxy):
        return connecting(asking, *where)
    source = ("-s", asking.way.address) if isinstance(asking.way, Source) else ()
    seconds = str(max(1, round(asking.seconds)))
    arguments = (*entering(asking.way), "nc", "-v", "-z", "-w", seconds, *source, where[0], str(where[1]))
    return Command(arguments, (*_entered(asking), *_unbound(asking)))


def _ping(asking: Asking) -> Command | None:
    ping, prober = asking.seen.evidence.ping, None if asking.probe is None else asking.probe.prober
    address = _target(asking, None if ping is None else ping.address)
    if address is None:
        return None
    how = prober if isinstance(prober, Icmp) else Icmp()
    size = how.size if ping is None else ping.size_bytes
    arguments = (
        *entering(asking.way), "ping", "-n", "-c", str(how.count), "-i", f"{how.spacing:g}", "-s", str(size),
        "-W", f"{how.wait:g}", *_tied(asking, "-I", "-I"), address,
    )  # fmt: skip
    return Command(arguments, _entered(asking))


def _traceroute(asking: Asking) -> Command | None:
    trace, prober = asking.seen.evidence.trace, None if asking.probe is None else asking.probe.prober
    address = _target(asking, None if trace is None else trace.address)
    if address is None:
        return None
    how = prober if isinstance(prober, Trace) else Trace()
    protocol = how.protocol if trace is None else trace.protocol
    port = how.port or _USUAL_TRACE_PORT if trace is None else trace.port
    arguments = (
        *entering(asking.way), "traceroute", "-n", "-T" if protocol == "tcp" else "-U", "-p", str(port),
        "-m", str(how.max_hops), "-q", str(how.tries), "-w", f"{how.wait:g}", *_tied(asking, "-i", "-s"), address,
    )  # fmt: skip
    return Command(arguments, (*_entered(asking), *((RAW_NOTE,) if protocol == "tcp" else ())))


def _tied(asking: Asking, by_name: str, by_address: str) -> Sequence[str]:
    match asking.way:
        case Interface():
            return [by_name, asking.way.name]
        case Source():
            return [by_address, asking.way.address]
        case _:
            return []


def _entered(asking: Asking) -> tuple[str, ...]:
    return (ROOT_NOTE,) if entering(asking.way) else ()


def _dialled(asking: Asking) -> tuple[str, int] | None:
    tcp, hop, proxy = asking.seen.evidence.tcp, asking.hop, asking.seen.evidence.proxy
    if tcp is not None:
        address = _target(asking, tcp.address)
        return None if address is None else (address, tcp.port)
    # By way of a proxy nobody here knows the address; the control that is no hop of the plan has no name either.
    if hop is None or (proxy is None and asking.probe is None):
        return None
    prober = None if asking.probe is None else asking.probe.prober
    return hop.host, getattr(prober, "port", None) or hop.port


def _target(asking: Asking, address: str | None) -> str | None:
    """Return an address that was dialled, or the name of the hop; what is neither is no argument."""
    try:
        return str(ipaddress.ip_address(address or ""))
    except ValueError:
        return (
            asking.hop.host
            if address is None and asking.hop is not None and asking.probe is not None
            else None
        )


def _place(resolver: str) -> Place | None:
    try:
        return place(resolver)
    except ValueError:
        return None


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
