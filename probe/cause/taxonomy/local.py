"""Causes of the layer local: trouble of this machine or of the vantage's own network, for which no hop is blamed."""

from probe.cause.taxonomy.cause import Element, Entry, lab, replayed
from probe.model import Verdict

_NETWORK = (Element.ACCESS,)
_MACHINE = (Element.AGENT,)
_PROXY = (Element.PROXY,)

LOCAL = (
    Entry(
        id="local",
        meaning="this machine or the vantage's own network kept us from knowing; no hop is to blame",
        advice="Run `hopwatch doctor`, and look at the vantage's network before you look at any hop.",
        elements=(Element.ACCESS, Element.AGENT),
        verdict=Verdict.INSUFFICIENT,
    ),
    Entry(
        id="local.interface_down",
        meaning="the vantage's own address or interface is gone",
        advice="Bring the interface up again (`ip link`, the cable, Wi-Fi, the modem). The vantage measures on by itself "
        "once it has its address back.",
        elements=_NETWORK,
        nel="tcp.address_unreachable",
        ooni=("network_down", "network_unreachable"),
        known=replayed("tests/test_uplink_watch.py"),
    ),
    Entry(
        id="local.network_changed",
        meaning="the vantage's network went, or became another one, during the probe",
        advice="Once is no trouble. If it keeps happening, look why the interface loses its address: roaming, a loose "
        "cable, a lease that is not renewed.",
        elements=_NETWORK,
        known=replayed("tests/test_uplink_watch.py"),
    ),
    Entry(
        id="local.wrong_uplink",
        meaning="the packet would have left by another network than the vantage's",
        advice="Give the vantage's network a default route of its own, as docs/vantages.md shows; otherwise this vantage "
        "would only show another one's way.",
        elements=_MACHINE,
        known=replayed("tests/test_interface.py"),
    ),
    Entry(
        id="local.binding_refused",
        meaning="this system does not let us bind to the vantage's network",
        advice="Run `hopwatch doctor`: it names the right that is missing and the command that gives it.",
        elements=_MACHINE,
        known=replayed("tests/test_interface.py"),
    ),
    Entry(
        id="local.family_mismatch",
        meaning="the vantage has no address of the family (IPv4, IPv6) that the hop is reached by",
        advice="If the vantage should have that family, look why its network gives no address of it. Otherwise name the "
        "other one in the hop's `families`.",
        known=replayed("tests/test_families.py"),
    ),
    Entry(
        id="local.ipv6_broken",
        meaning="IPv6 does not work from this vantage, whatever the hop",
        advice="Mend IPv6 in that network or switch it off there: until then programs try it first and wait. The hops' "
        "IPv4 is not touched by it.",
        elements=_NETWORK,
        nel="tcp.address_unreachable",
        ooni=("network_unreachable", "host_unreachable"),
        known=replayed("tests/test_families_daemon.py"),
    ),
    Entry(
        id="local.no_route",
        meaning="this machine has no route to the address: connect failed before a packet left",
        advice="Ask the kernel with `ip route get ADDRESS`. Most often the default route is missing, such as after a DHCP "
        "lease that was not renewed.",
        nel="tcp.address_unreachable",
        ooni=("network_unreachable",),
        known=replayed("tests/test_cause_naming.py"),
    ),
    Entry(
        id="local.gateway_unreachable",
        meaning="the vantage's gateway does not answer on its own link",
        advice="Look at the router or modem that the vantage leaves by (`ip neigh` shows it as FAILED): restart it, or "
        "check cable and Wi-Fi.",
        elements=_NETWORK,
        nel="tcp.address_unreachable",
        ooni=("host_unreachable",),
        known=lab(
            "unanswered ARP: connect() ends with errno 113 after 3.07 s, whatever the target; Linux 6.18"
        ),
    ),
    Entry(
        id="local.cut_off",
        meaning="nobody answers this vantage, whoever is asked: what lies behind its gateway is at fault",
        advice="Look whether the line is down, paid for, and connected (the modem's page, the provider's notices). Other "
        "vantages tell how the hops are.",
        elements=(Element.ACCESS, Element.ISP),
        nel="tcp.timed_out",
        ooni=("generic_timeout_error",),
        known=replayed("tests/test_examination_local_internet.py"),
    ),
    Entry(
        id="local.resolver_down",
        meaning="the vantage's resolver tells nobody's address, and others do",
        advice="Ask the resolver by hand (`dig @ADDRESS NAME`), restart the router that runs it, or name another one in the "
        "vantage's `resolvers`.",
        elements=(Element.RESOLVER, Element.ACCESS),
        nel="dns.unreachable",
        ooni=("generic_timeout_error",),
        known=replayed("tests/test_examination_local_internet.py"),
    ),
    Entry(
        id="local.firewall",
        meaning="this machine's own policy refused the packet",
        advice="Look at this machine's own rules (`nft list ruleset`, `iptables -S`, security software) and let hopwatch's "
        "packets out.",
        elements=_MACHINE,
        nel="tcp.failed",
        ooni=("permission_denied",),
        known=replayed("tests/test_cause_naming.py"),
    ),
    Entry(
        id="local.resource",
        meaning="this machine ran out of file descriptors, ports or buffers",
        advice="Raise the limit of open files (`LimitNOFILE=` of the service) or lower the vantage's `concurrency`; "
        "`hopwatch doctor` says what there is room for.",
        elements=_MACHINE,
        ooni=("no_buffer_space",),
        known=replayed("tests/test_cause_naming.py"),
    ),
    Entry(
        id="local.ping_refused",
        meaning="this machine does not let the program ping",
        advice="Run `hopwatch doctor` and give the right that it names (`net.ipv4.ping_group_range`), or leave out the "
        "checks of kind `icmp`.",
        elements=_MACHINE,
        known=replayed("tests/test_icmp.py"),
    ),
    Entry(
        id="local.unsupported",
        meaning="this machine's system cannot do what the check needs",
        advice="Leave that check out on this machine, or run it on Linux; docs/platforms.md says what works where.",
        elements=_MACHINE,
        known=replayed("tests/test_icmp.py"),
    ),
    Entry(
        id="local.no_resolver",
        meaning="the vantage knows no resolver to ask",
        advice="Name one in the vantage's `resolvers`, or look why its network told none (`resolvectl status`).",
        known=replayed("tests/test_resolving.py"),
    ),
    Entry(
        id="local.captive_portal",
        meaning="a portal of the vantage's network answers in everybody's place until somebody logs in",
        advice="Open any http:// page in a browser on that network and log in. Until then nothing that is measured there "
        "says anything about a hop.",
        elements=_NETWORK,
        nel="http.failed",
        ooni=("http_unexpected_redirect_url",),
        known=replayed("tests/scenarios/own/s004-captive-portal.yaml"),
    ),
    Entry(
        id="local.fake_ip",
        meaning="the answer is an address that a local proxy made up, so only the proxy would have been timed",
        advice="Say that the vantage is behind the proxy (`system: {proxied: true}`, or a vantage of kind `proxy`), or "
        "have the proxy leave hopwatch's questions alone.",
        elements=_PROXY,
        known=replayed("tests/test_fake_ip.py"),
    ),
    Entry(
        id="local.proxy_broken",
        meaning="the vantage's proxy cannot be used: it is not there, silent, or does not speak its protocol",
        advice="Look at the proxy's log, its port and its own upstream, and start it again. How the hops are without it "
        "shows a vantage that goes past it.",
        elements=_PROXY,
        known=replayed("tests/test_proxy_hostile.py"),
    ),
    Entry(
        id="local.proxy_auth",
        meaning="the vantage's proxy wants a login, or refuses ours",
        advice="Put the right `user` and `password` into the vantage's `proxy`.",
        elements=_PROXY,
        known=replayed("tests/test_proxy_real.py"),
    ),
    Entry(
        id="local.proxy_denied",
        meaning="the vantage's proxy does not let us go there, by its own rules",
        advice="Allow the hop in the proxy's rules, or leave this vantage out of the route's `vantages`.",
        elements=_PROXY,
        known=replayed("tests/test_proxy_hostile.py"),
    ),
    Entry(
        id="local.trust_store",
        meaning="the file of trusted authorities could not be read",
        advice="Name a readable file of certificates in `ca_file`; `hopwatch doctor` tries each.",
        elements=_MACHINE,
        known=replayed("tests/test_certificates.py"),
    ),
    Entry(
        id="local.clock_skew",
        meaning="this machine's clock is wrong, so certificates seem to be out of their time",
        advice="Set the clock and keep it set: `timedatectl set-ntp true`.",
        elements=_MACHINE,
        nel="tls.cert.date_invalid",
        ooni=("ssl_invalid_certificate",),
        known=replayed("tests/scenarios/own/s011-clock-ten-years-back.yaml"),
    ),
    Entry(
        id="local.secret",
        meaning="a secret that the check needs could not be read",
        advice="Make the file readable, or set the variable, for the user that hopwatch runs as; `hopwatch doctor` tries "
        "each.",
        elements=_MACHINE,
        known=replayed("tests/test_secrets.py"),
    ),
)
