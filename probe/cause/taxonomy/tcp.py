"""Causes of the layer tcp: what comes of opening a connection, and of the first bytes on it."""

from probe.cause.taxonomy.cause import Element, Entry, lab, read, replayed
from probe.model import Verdict

_WAY = (Element.PATH, Element.EXIT, Element.ISP)
_EITHER = (Element.HOST, Element.PATH)

TCP = (
    Entry(
        id="tcp",
        meaning="no connection to the hop can be opened, or none that carries data",
        advice="Try the same port from another network: if it works there, the way from this vantage is at fault.",
        elements=_EITHER,
        verdict=Verdict.DOWN,
    ),
    Entry(
        id="tcp.refused",
        meaning="the port is closed: the connection was refused",
        advice="Log in to the hop and look whether its program runs and listens on that port (`ss -tln`); a firewall that "
        "rejects looks the same.",
        nel="tcp.refused",
        ooni=("connection_refused",),
        known=replayed("tests/test_hostile_tcp.py"),
    ),
    Entry(
        id="tcp.refused.injected",
        meaning="somebody on the way refuses the connection in the hop's place",
        advice="Serve the hop on another port as well: such refusals are often for one port only. The hop itself is well.",
        elements=_WAY,
        verdict=Verdict.BLOCKED,
        known=replayed("tests/scenarios/own/s034-refusals-forged.yaml"),
    ),
    Entry(
        id="tcp.timeout",
        meaning="no answer to the connection attempt",
        advice="See whether the hop's machine is on, then whether a firewall in front of it drops what comes from this "
        "vantage.",
        nel="tcp.timed_out",
        ooni=("generic_timeout_error", "timed_out"),
        known=replayed("tests/test_hostile_tcp.py"),
    ),
    Entry(
        id="tcp.timeout.port",
        meaning="this port of the address does not answer, and others do",
        advice="Look for a rule about the port: the hop's own firewall, its provider's security group, or a filter on the "
        "way. Another port shows which.",
        known=replayed("tests/scenarios/ooni/w42-port-dropped.yaml"),
    ),
    Entry(
        id="tcp.timeout.ip",
        meaning="no port of the address answers, and its neighbours do",
        advice="See whether the machine is on. If it is, and answers elsewhere, the address is blocked from here: give the "
        "hop another one.",
        known=replayed("tests/scenarios/own/s016-released-ipv6-address.yaml"),
    ),
    Entry(
        id="tcp.timeout.prefix",
        meaning="neither the address nor its neighbours answer",
        advice="Ask the hop's provider for an address in another range: a whole network cannot be reached from here.",
        elements=(Element.PATH, Element.EXIT, Element.ISP),
        known=read("RFC 5635 (black holes for a network)"),
    ),
    Entry(
        id="tcp.timeout.src_banned",
        meaning="the address does not answer us, and does answer others of the same provider",
        advice="Look at what bans addresses on the hop (`fail2ban-client status`, its firewall's counters) and let this "
        "vantage's public address pass.",
        elements=(Element.HOST,),
        verdict=Verdict.BLOCKED,
        known=read("fail2ban's manual: a ban drops all that comes from an address"),
    ),
    Entry(
        id="tcp.unreachable",
        meaning="a router says that the address cannot be reached",
        advice="A check of kind `trace` names the router that says so; ask whoever runs it, or the hop's provider.",
        elements=(Element.PATH, Element.HOST),
        nel="tcp.address_unreachable",
        ooni=("host_unreachable", "network_unreachable"),
        known=replayed("tests/test_cause_naming.py"),
    ),
    Entry(
        id="tcp.unreachable.admin",
        meaning="a router says that policy forbids the way to the address",
        advice="Look at the access list in front of the hop (the provider's security group, its router), and let this "
        "vantage pass.",
        verdict=Verdict.BLOCKED,
        known=replayed("tests/test_trace_internet.py"),
    ),
    Entry(
        id="tcp.unreachable.loop",
        meaning="the packets run in a circle between routers",
        advice="A check of kind `trace` shows the routers that send them to each other; their operator has to mend the "
        "route.",
        known=replayed("tests/test_trace.py"),
    ),
    Entry(
        id="tcp.reset",
        meaning="the connection was reset while it was being opened",
        advice="Look whether the hop's program crashes on accept, or a load balancer before it has nobody behind it; from "
        "another network one sees whether the way does it.",
        nel="tcp.reset",
        ooni=("connection_reset",),
        known=replayed("tests/test_cause_naming.py"),
    ),
    Entry(
        id="tcp.reset_on_data",
        meaning="the connection was opened, and reset after the first bytes",
        advice="Compare from abroad: if it works there, the address is filtered on the way, and another port or address "
        "helps. Otherwise the hop's program drops connections.",
        elements=(Element.PATH, Element.EXIT, Element.HOST),
        verdict=Verdict.BLOCKED,
        nel="tcp.reset",
        ooni=("connection_reset",),
        known=replayed("tests/test_hostile_tcp.py"),
    ),
    Entry(
        id="tcp.closed",
        meaning="the connection was opened, and closed after the first bytes without an answer",
        advice="Look at the log of the hop's program: it takes connections and ends them.",
        nel="tcp.closed",
        ooni=("eof_error",),
        known=replayed("tests/test_hostile_tcp.py"),
    ),
    Entry(
        id="tcp.silent",
        meaning="the connection was opened, and the first bytes got no answer",
        advice="Look whether the hop's program hangs: the system takes connections for it even then.",
        nel="tcp.timed_out",
        ooni=("generic_timeout_error",),
        known=replayed("tests/test_hostile_tcp.py"),
    ),
    Entry(
        id="tcp.data_blackhole",
        meaning="the connection was opened, and no data of ours is ever acknowledged",
        advice="Compare from abroad and with another port: something on the way lets connections open and swallows what "
        "they carry.",
        elements=_WAY,
        verdict=Verdict.BLOCKED,
        nel="tcp.timed_out",
        ooni=("generic_timeout_error",),
        known=lab(
            "TCP_INFO at expiry: bytes_acked 1, three retransmits or more, nothing received; Linux 6.18"
        ),
    ),
    Entry(
        id="tcp.pmtu_blackhole",
        meaning="small packets pass, and large ones vanish on the way without a word",
        advice="Clamp the segment size at the vantage's router (`tcp option maxseg size set rt mtu`) or lower its MTU, and "
        "let ICMP 'fragmentation needed' pass.",
        elements=(Element.ACCESS, Element.PATH),
        nel="tcp.timed_out",
        ooni=("generic_timeout_error",),
        known=lab(
            "TCP_INFO at expiry: data acknowledged, none received, rcv_ooopack 1; with TCP_MAXSEG 1200 all is well"
        ),
    ),
    Entry(
        id="tcp.ip6_broken",
        meaning="connections by IPv6 fail whoever is asked, and those by IPv4 do not",
        advice="Mend IPv6 in the vantage's network or switch it off there; the hops are well, and programs that try both "
        "only wait a little.",
        elements=(Element.ACCESS, Element.ISP),
        verdict=Verdict.OK,
        nel="tcp.address_unreachable",
        ooni=("network_unreachable", "host_unreachable"),
        known=replayed("tests/scenarios/ooni/x30-ipv6-unreachable.yaml"),
    ),
    Entry(
        id="tcp.failed",
        meaning="the connection failed in another way",
        advice="Read the detail: it has the system's own word for it.",
        nel="tcp.failed",
        ooni=("unknown_failure",),
        known=replayed("tests/test_cause_naming.py"),
    ),
)
