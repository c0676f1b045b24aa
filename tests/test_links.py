"""What we read of the kernel's interfaces, addresses and routes is what iproute2 reads, and its news are heard."""

import asyncio
import json
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.model import Disturbance
from probe.uplink.ear import Ear, blips_of
from probe.uplink.tracker import Blip
from probe.wire import links as seam
from probe.wire.elsewhere import Elsewhere
from probe.wire.errors import RefusedError
from probe.wire.link import Departure
from probe.wire.links import links
from probe.wire.netlink import NEWADDR, NEWLINK, Message, attributes, messages
from probe.wire.rtnetlink import read_address
from tests.internet.net import Internet
from tests.need import need_namespaces

HOST = "v-laptop"
FAR, FAR6 = "203.0.113.34", "2001:db8:ffff::1"


@pytest.fixture(scope="module")
def net():
    need_namespaces()
    with Internet() as built:
        yield built


def ip(net, *words):
    done = net.run(HOST, "ip", *words)
    assert not done.stderr, done.stderr
    return done.stdout


def told(net, *words):
    return json.loads(ip(net, "-j", *words))


def test_interfaces_are_what_iproute2_says(net) -> None:
    ip(net, "tuntap", "add", "dev", "tun7", "mode", "tun")
    ip(net, "link", "add", "spare0", "type", "veth", "peer", "name", "spare1")
    by_ip = told(net, "link")
    with net.inside(HOST), links() as known:
        ours = [known.link(one["ifname"]) for one in by_ip]
        by_index = [known.link(one["ifindex"]) for one in by_ip]
        absent = known.link("nothere"), known.link(9999)
    ip(net, "link", "del", "tun7")
    ip(net, "link", "del", "spare0")

    assert absent == (None, None)
    assert ours == by_index
    assert [(one.name, one.index, one.is_up, one.is_direct) for one in ours] == [
        (
            one["ifname"],
            one["ifindex"],
            "UP" in one["flags"],
            bool({"NOARP", "POINTOPOINT"} & set(one["flags"])),
        )
        for one in by_ip
    ]
    assert {one.name: one.has_carrier for one in ours} == {
        "lo": True, "wlan0": True, "wwan0": True, "tun7": False, "spare0": False, "spare1": False,
    }  # fmt: skip


def test_addresses_are_what_iproute2_says_and_only_those_of_use_far_away_are_usable(net) -> None:
    ip(net, "addr", "add", "10.9.0.2", "peer", "10.9.0.1", "dev", "wwan0")
    by_ip = {
        (one["local"], one["prefixlen"], link["ifindex"], one["scope"] == "global")
        for link in told(net, "addr")
        for one in link["addr_info"]
    }
    with net.inside(HOST), links() as known:
        ours = {(one.text, one.prefix, one.index, one.is_usable) for one in known.addresses()}
        alone = [known.addresses(index) for index in {one[2] for one in ours}]
    ip(net, "addr", "del", "10.9.0.2", "peer", "10.9.0.1", "dev", "wwan0")

    assert ours == by_ip
    assert sorted(one.text for each in alone for one in each) == sorted(one[0] for one in ours)


def test_an_address_that_is_tried_out_for_duplicates_is_not_usable_yet() -> None:
    # struct ifaddrmsg: AF_INET6, /64, IFA_F_TENTATIVE, universe, interface 3; then IFA_ADDRESS.
    body = bytes([socket.AF_INET6, 64, 0x40, 0, 3, 0, 0, 0]) + b"\x14\x00\x01\x00"
    address = read_address(Message(NEWADDR, 0, 0, body + socket.inet_pton(socket.AF_INET6, FAR6)))

    assert address is not None
    assert (address.text, address.is_usable) == (FAR6, False)


@pytest.mark.parametrize(("destination", "family"), [(FAR, 4), (FAR6, 6)])
@pytest.mark.parametrize("interface", ["wlan0", "wwan0"])
def test_the_way_by_an_interface_is_its_own(net, interface, destination, family) -> None:
    uplink = net.uplink(HOST, interface)
    with net.inside(HOST), links() as known:
        index = known.link(interface).index
        way = known.departure(destination, index)

    assert way == Departure(
        index=index,
        source=net.address(HOST, interface, family),
        gateway=uplink.gateway.addresses[family == 6],
    )


def test_without_a_route_linux_would_take_the_world_for_neighbours_and_we_are_told(net) -> None:
    ip(net, "-4", "route", "del", "default", "dev", "wwan0", "metric", "700")
    with net.inside(HOST), links() as known:
        index = known.link("wwan0").index
        far, near = known.departure(FAR, index), known.departure("100.64.6.77", index)
    net.uplink(HOST, "wwan0").up()

    assert (far.is_routed, far.gateway) == (False, None)
    assert (near.is_routed, near.gateway) == (True, None)


def test_a_gateway_of_the_other_family_is_read(net) -> None:
    ip(net, "-4", "route", "add", "192.0.2.0/24", "via", "inet6", "2001:db8:6::1", "dev", "wwan0")
    with net.inside(HOST), links() as known:
        way = known.departure("192.0.2.7")
    ip(net, "-4", "route", "del", "192.0.2.0/24")

    assert way.gateway == "2001:db8:6::1"


@pytest.mark.parametrize("kind", ["unreachable", "prohibit", "blackhole"])
def test_a_route_that_leads_nowhere_is_an_error(net, kind) -> None:
    ip(net, "-4", "route", "add", kind, "192.0.2.0/24")
    with net.inside(HOST), links() as known, pytest.raises(OSError, match=r"\[Errno \d+\]"):
        known.departure("192.0.2.7")
    ip(net, "-4", "route", "del", kind, "192.0.2.0/24")


def test_where_there_is_no_netlink_the_same_is_seen_but_for_gateways(net) -> None:
    with net.inside(HOST), links() as known:
        kernel, other = known, Elsewhere()
        for name in ("lo", "wlan0", "wwan0", "nothere"):
            ours, theirs = kernel.link(name), other.link(name)
            assert (ours is None) == (theirs is None)
            if ours is not None:
                assert (ours.index, ours.is_up, ours.has_carrier) == (
                    theirs.index,
                    theirs.is_up,
                    theirs.has_carrier,
                )
        assert {(one.text, one.prefix) for one in kernel.addresses()} == {
            (one.text, one.prefix) for one in other.addresses()
        }
        seen, chosen = kernel.departure(FAR), other.departure(FAR)

    assert (seen.index, seen.source) == (chosen.index, chosen.source)


def test_a_system_that_does_not_let_us_ask_is_told_of_in_words() -> None:
    def closed(family: int, kind: int, protocol: int) -> socket.socket:
        raise OSError(97, "Address family not supported by protocol")

    with pytest.raises(RefusedError) as refused, seam.links(closed):
        pass

    assert refused.value.cause == "local.binding_refused"


async def test_what_happens_to_an_interface_is_heard(net) -> None:
    news = asyncio.Event()
    with net.inside(HOST):
        ear = Ear(socket.socket, None, news.set)
        index = socket.if_nametoindex("wwan0")
    assert not ear.hear().is_news
    uplink = net.uplink(HOST, "wwan0")
    heard = []
    for act, undo in (
        (uplink.down, uplink.up),
        (uplink.lose_carrier, uplink.regain_carrier),
        (uplink.lose_address, uplink.gain_address),
        (uplink.unplug, uplink.plug),
    ):
        news.clear()
        await asyncio.to_thread(act)
        async with asyncio.timeout(2):
            await news.wait()
        heard.append(ear.hear())
        await asyncio.to_thread(undo)
        ear.hear()
    ear.close()

    assert [one.is_news for one in heard] == [True] * 4
    own = [{blip for blip in one.blips if blip.index == index} for one in heard]
    assert Blip(index=index, what=Disturbance.LINK) in own[0] & own[1]
    assert Blip(index=index, what=Disturbance.ADDRESS, address=net.address(HOST, "wwan0")) in own[2]
    assert Blip(index=index, what=Disturbance.INTERFACE) in own[3]


@given(st.binary(max_size=200))
def test_whatever_bytes_a_message_holds_they_are_read_to_their_end(data) -> None:
    assert sum(len(one.body) for one in messages(data)) <= len(data)
    assert sum(map(len, attributes(data, 0).values())) <= len(data)


def test_what_bridges_tell_of_their_ports_is_no_loss() -> None:
    port = Message(NEWLINK, 0, 0, bytes([7, 0, 1, 0, 3, 0, 0, 0]) + bytes(8))

    assert list(blips_of([port])) == []
