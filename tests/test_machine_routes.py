"""What the routing tables send by an interface, and that netlink and /proc tell the same of them."""

import ipaddress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.machine.route import Carried, Load, Route, carried, routes
from tests.machine_tree import plant

ROUTE4 = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0
tun0\t00000080\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0
eth9\t00000000\t00000000\t0200\t0\t0\t0\t00000000\t0\t0\t0
broken
"""
ROUTE6 = """00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003    wlan0
fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001    wlan0
00000000000000000000000000000001 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000003 00000000 80200001       lo
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo
"""


def test_routes_are_read_from_proc(tmp_path):
    root = plant(tmp_path, {"proc/net/route": ROUTE4, "proc/net/ipv6_route": ROUTE6})

    def route(name, network, table=254):
        return Route(interface=name, destination=ipaddress.ip_network(network), table=table)

    assert {
        route("wlan0", "0.0.0.0/0"),
        route("tun0", "0.0.0.0/1"),
        route("tun0", "128.0.0.0/1"),
        route("wlan0", "::/0", None),
        route("wlan0", "fe80::/64", None),
    } == set(routes(root))


def test_netlink_and_proc_tell_the_same_of_this_machines_main_table(linux):
    def main4(found):
        return {one for one in found if one.destination.version == 4 and one.table == 254}

    asked = routes()
    read = routes(Path("/proc/self/root"))

    assert main4(read) == main4(asked)


def table(name, *networks, number=254):
    return [Route(interface=name, destination=ipaddress.ip_network(one), table=number) for one in networks]


@pytest.mark.parametrize(
    ("networks", "loads"),
    [
        (("0.0.0.0/0",), [Load.EVERYTHING]),
        (("0.0.0.0/1", "128.0.0.0/1"), [Load.EVERYTHING]),
        (("1.0.0.0/8", "2.0.0.0/7", "4.0.0.0/6", "8.0.0.0/5", "16.0.0.0/4", "32.0.0.0/3", "64.0.0.0/2", "128.0.0.0/1"), [Load.EVERYTHING]),
        (("0.0.0.0/1",), []),
        (("10.0.0.0/8",), []),
        (("198.18.0.0/15",), [Load.FAKE]),
        (("198.18.0.0/16",), [Load.FAKE]),
        (("198.18.0.1/32",), []),
        (("2000::/3",), [Load.EVERYTHING]),
        (("::/1", "8000::/1"), [Load.EVERYTHING]),
        (("fc00::/18",), [Load.FAKE]),
        (("fd00::/8",), []),
    ],
)  # fmt: skip
def test_what_a_table_sends_by_an_interface(networks, loads):
    assert loads == [one.load for one in carried(table("tun0", *networks), "tun0")]


def test_tables_and_families_are_told_apart():
    found = [*table("tun0", "0.0.0.0/0", number=2022), *table("tun0", "::/0"), *table("eth0", "0.0.0.0/0")]

    told = carried(found, "tun0")

    assert (
        Carried(version=4, table=2022, load=Load.EVERYTHING),
        Carried(version=6, table=254, load=Load.EVERYTHING),
    ) == told
    assert [str(one) for one in told] == ["everything of IPv4 in routing table 2022", "everything of IPv6"]


NETWORKS = st.integers(1, 12).flatmap(
    lambda length: st.integers(0, 2**length - 1).map(
        lambda bits: ipaddress.ip_network((bits << (32 - length), length))
    )
)


@given(st.lists(NETWORKS, max_size=12))
def test_everything_is_more_than_half_of_all_addresses(networks):
    covered = sum(one.num_addresses for one in ipaddress.collapse_addresses(networks))

    told = carried((Route(interface="x", destination=one, table=1) for one in networks), "x")

    assert (covered > 2**31) == (Load.EVERYTHING in {one.load for one in told})


@pytest.mark.parametrize("text", ["", "\n\n", "Iface\n", "x" * 5000, "a b c d e f g h i j\n" * 3])
def test_nonsense_in_proc_is_no_route(tmp_path, text):
    assert routes(plant(tmp_path, {"proc/net/route": text, "proc/net/ipv6_route": text})) == ()
