"""What ICMP ends is named after who said what, over real routers: in one connection attempt, on an open connection, and by UDP."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from probe.model import Icmp, Outcome, Overrides
from probe.prober.dns import Dns
from probe.prober.http import Http
from probe.prober.icmp import Icmp as Ping
from probe.prober.tcp import Tcp
from probe.prober.tls import Tls
from tests.internet.net import Internet
from tests.need import need_namespaces
from tests.rig import ask, verdict

VANTAGE, ROUTER, TARGET = "v-wifi", "r-wifi", "static"
# Type and code of each protocol (RFC 792, RFC 4443).
ADMIN = {4: (3, 13), 6: (1, 1)}
CLOSED = {4: (3, 3), 6: (1, 4)}
SILENT = {4: (3, 1), 6: (1, 3)}
# Of the segments of one request the first is lost and the second draws an error. The first itself would draw one while it is
# being sent, when Linux does not tell it (sock_owned_by_user in net/ipv4/tcp_ipv4.c); no real router is so near.
LOST_THEN_REFUSED = "\n".join(
    f"meta nfproto ipv4 tcp dport 80 tcp flags psh limit rate 1/minute burst 1 packets {act}"
    for act in ("drop", "reject with icmp type host-unreachable")
)
FAMILIES = pytest.mark.parametrize("family", [4, 6])


@pytest.fixture(scope="module")
def net():
    need_namespaces()
    with Internet() as built:
        # Linux says such a thing six times and then once a second; here no test should wait for another.
        for node in (VANTAGE, ROUTER, TARGET, "dns"):
            with built.inside(node):
                Path("/proc/sys/net/ipv4/icmp_ratelimit").write_text("0")
                Path("/proc/sys/net/ipv6/icmp/ratelimit").write_text("0")
        yield built


@contextlib.contextmanager
def nft(net, node, rule, chain="type filter hook forward priority -10", family="inet"):
    """Have one more rule of nft's in force in a node."""
    name = f"table {family} signals"
    done = net.run(node, "nft", f"{name} {{\nchain c {{\n{chain};\n{rule}\n}}\n}}\n")
    assert not done.returncode, done.stderr
    try:
        yield
    finally:
        net.run(node, "nft", f"delete {name}")


async def probe(net, prober, *, family=4, host=None, seconds=2.0, port=443, **how):
    """Ask the target, or a literal address, from the vantage."""
    with net.inside(VANTAGE):
        return await probe_here(net, prober, family=family, host=host, seconds=seconds, port=port, **how)


async def probe_here(net, prober, *, family=4, host=None, seconds=2.0, port=443, **how):
    address = host or net.address(TARGET, None, family)
    return await ask(
        prober,
        host="page.lab.test",
        scheme="https" if port == 443 else "http",
        port=port,
        ca_file=str(net.ca_file),
        seconds=seconds,
        overrides=Overrides() if isinstance(prober, Dns) else Overrides(address=address),
        **how,
    )


def unreachable(code, **how):
    return {"kind": "unreachable", "node": ROUTER, "code": code, "ports": [443], **how}


@FAMILIES
async def test_a_router_that_forbids_is_named_with_what_it_said(net, family) -> None:
    with net.under(unreachable("admin-prohibited")):
        observation = await probe(net, Tcp(), family=family)

    kind, code = ADMIN[family]
    said = Icmp(sender=net.address(ROUTER, "lan0", family), type=kind, code=code)
    assert verdict(observation) == ("tcp.unreachable.admin", "connect")
    assert (said,) == observation.evidence.tcp.icmp
    assert f"{said.sender} says that policy forbids it (ICMP {kind}/{code})" == observation.failure.detail
    assert observation.failure.after_seconds < 0.5


@FAMILIES
async def test_a_port_that_a_router_calls_closed_is_refused_by_that_router(net, family) -> None:
    with net.under(unreachable("port-unreachable")):
        observation = await probe(net, Tcp(), family=family)

    sender = net.address(ROUTER, "lan0", family)
    assert verdict(observation) == ("tcp.refused", "connect")
    assert observation.failure.detail.startswith(f"{sender} says that nothing answers there")


@FAMILIES
@pytest.mark.parametrize("code", ["admin-prohibited", "port-unreachable"])
async def test_this_machines_own_firewall_is_nobody_elses_fault(net, family, code) -> None:
    with net.under(unreachable(code, node=VANTAGE, hook="output")):
        observation = await probe(net, Tcp(), family=family)

    kind, number = (ADMIN if code == "admin-prohibited" else CLOSED)[family]
    own = net.address(VANTAGE, "wlan0", family)
    assert verdict(observation) == ("local.firewall", "connect")
    assert (Icmp(sender=own, type=kind, code=number),) == observation.evidence.tcp.icmp


@FAMILIES
@pytest.mark.parametrize("verdict_of_nft", ["drop", "reject"])
async def test_a_firewall_of_ours_that_stops_only_data_is_told_by_what_never_left(
    net, family, verdict_of_nft
) -> None:
    output = "type filter hook output priority -10"
    with nft(net, VANTAGE, f"tcp dport 443 tcp flags psh {verdict_of_nft}", output):
        observation = await probe(net, Tls(), family=family, seconds=1.0)

    info = observation.evidence.tcp.info
    assert verdict(observation) == ("local.firewall", "tls")
    assert (info.bytes_acked, info.unacked_segments, info.bytes_received) == (1, 0, 0)
    assert observation.evidence.tcp.sent_bytes == info.unsent_bytes > 0


@pytest.mark.parametrize(("family", "cause"), [(4, "tcp.unreachable"), (6, "tcp.unreachable.admin")])
async def test_what_forbids_data_ends_the_probe_long_before_its_deadline(net, family, cause) -> None:
    kind = "icmp" if family == 4 else "icmpv6"
    rule = f"tcp dport {{ 80, 443 }} tcp flags psh reject with {kind} type admin-prohibited"
    with nft(net, ROUTER, rule, family="ip" if family == 4 else "ip6"):
        by_tls = await probe(net, Tls(), family=family, seconds=5)
        by_http = await probe(net, Http(), family=family, seconds=5, port=80)

    assert [(cause, "tls"), (cause, "processing")] == [verdict(by_tls), verdict(by_http)]
    for seen in (by_tls, by_http):
        (soft,) = seen.evidence.tcp.soft_errors
        assert (soft.errno, seen.evidence.tcp.icmp) == ("EHOSTUNREACH" if family == 4 else "EACCES", ())
        assert seen.failure.after_seconds < 1.5


async def test_what_a_router_says_once_before_the_answer_comes_is_no_failure(net) -> None:
    with nft(net, ROUTER, LOST_THEN_REFUSED):
        observation = await probe(net, Http(), port=80, seconds=4)

    assert verdict(observation) == (None, None)
    assert [(one.errno, one.count) for one in observation.evidence.tcp.soft_errors] == [("EHOSTUNREACH", 1)]


async def test_a_deadline_finds_what_a_router_said_and_nothing_refuted(net) -> None:
    with nft(net, ROUTER, f"{LOST_THEN_REFUSED}\ntcp dport 80 tcp flags psh drop"):
        soon = await probe(net, Http(), port=80, seconds=0.8)

    assert verdict(soon) == ("tcp.unreachable", "processing")
    assert soon.failure.detail == "routers refuse packets of the open connection: no route to host"


@FAMILIES
async def test_a_resolver_that_a_router_forbids_is_unreachable_at_once(net, family) -> None:
    resolver = net.address("dns", None, family)
    written = f"udp://[{resolver}]:53" if family == 6 else f"udp://{resolver}:53"
    with net.under(unreachable("admin-prohibited", protocol="udp", ports=[53])):
        asked = await probe(net, Dns(), resolvers=(written,))
    with net.under(unreachable("admin-prohibited", protocol="udp", ports=[53], node=VANTAGE, hook="output")):
        own = await probe(net, Dns(), resolvers=(written,))

    kind, code = ADMIN[family]
    router, host = net.address(ROUTER, "lan0", family), net.address(VANTAGE, "wlan0", family)
    assert [verdict(one)[0] for one in (asked, own)] == ["dns.resolver_unreachable", "local.firewall"]
    assert [(Icmp(sender=one, type=kind, code=code),) for one in (router, host)] == [
        one.evidence.dns[0].icmp for one in (asked, own)
    ]
    assert asked.failure.after_seconds < 0.5


@FAMILIES
@pytest.mark.parametrize("kind", ["unreachable", "prohibit", "blackhole"])
async def test_a_route_of_this_machine_that_leads_nowhere_is_its_own_trouble(net, family, kind) -> None:
    target = net.address(TARGET, None, family)
    resolver = f"udp://[{target}]:53" if family == 6 else f"udp://{target}:53"
    route = (kind, f"{target}/{128 if family == 6 else 32}")
    assert not net.run(VANTAGE, "ip", f"-{family}", "route", "add", *route).returncode
    try:
        by_tcp = await probe(net, Tcp(), family=family)
        by_udp = await probe(net, Dns(), resolvers=(resolver,))
    finally:
        net.run(VANTAGE, "ip", f"-{family}", "route", "del", *route)

    assert [verdict(one) for one in (by_tcp, by_udp)] == [
        ("local.no_route", "connect"),
        ("local.no_route", "resolve"),
    ]


@FAMILIES
async def test_a_silent_gateway_is_this_networks_own_trouble_and_a_silent_neighbour_is_not(
    net, family
) -> None:
    gateway = net.address(ROUTER, "lan0", family)
    neighbour = gateway.rpartition("." if family == 4 else ":")[0] + (".77" if family == 4 else ":77")
    resolver = net.address("dns", None, family)
    written = f"udp://[{resolver}]:53" if family == 6 else f"udp://{resolver}:53"
    deaf = "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } drop"
    rule, table = ("drop", "arp") if family == 4 else (deaf, "ip6")
    with nft(net, ROUTER, rule, "type filter hook input priority 0", table):
        net.run(VANTAGE, "ip", "neigh", "flush", "dev", "wlan0")
        with net.inside(VANTAGE):
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(one)
                    for one in (
                        probe_here(net, Tcp(), family=family, seconds=5),
                        probe_here(net, Dns(), resolvers=(written,), seconds=5),
                        probe_here(net, Ping(count=1, wait=4.5, raw=True), family=family, seconds=5),
                        probe_here(net, Tcp(), host=neighbour, seconds=5),
                    )
                ]
    by_tcp, by_dns, by_ping, beside = (task.result() for task in tasks)

    kind, code = SILENT[family]
    own = (Icmp(sender=net.address(VANTAGE, "wlan0", family), type=kind, code=code),)
    assert [verdict(one)[0] for one in (by_tcp, by_dns, by_ping)] == ["local.gateway_unreachable"] * 3
    assert verdict(beside) == ("tcp.unreachable", "connect")
    assert [own, own] == [by_tcp.evidence.tcp.icmp, beside.evidence.tcp.icmp]
    assert f"the gateway {gateway} does not answer on its own link" == by_tcp.failure.detail
    assert f"nobody on this machine's own link answers for {neighbour}" == beside.failure.detail
    assert {Outcome.NOT_MEASURED} == {one.outcome for one in (by_tcp, by_dns, by_ping)}
