"""What each interface is, and by which of them one can look out, on machines made of files and on this one."""

import socket

import psutil
import pytest

from probe.machine.interface import interfaces
from probe.machine.kind import Kind, kind
from tests.machine_tree import ETHERNET, LOOPBACK, NO_LINK_LAYER, PPP, RAW_IP, Kernel, plant, sysfs

CARD = {"device__vendor": "0x8086\n"}


@pytest.mark.parametrize(
    ("expected", "number", "files"),
    [
        ("loopback", LOOPBACK, {}),
        ("wire", ETHERNET, CARD),
        ("wifi", ETHERNET, {**CARD, "phy80211__index": "0\n"}),
        ("wifi", ETHERNET, {**CARD, "uevent": "DEVTYPE=wlan\nINTERFACE=if0\n"}),
        ("mobile", ETHERNET, {**CARD, "uevent": "DEVTYPE=wwan\n"}),
        ("mobile", RAW_IP, {**CARD}),
        ("mobile", ETHERNET, {"device__driver": "-> ../../drivers/rndis_host"}),
        ("wire", ETHERNET, {"device__driver": "-> ../../drivers/r8152"}),
        ("ppp", PPP, {}),
        ("tun", NO_LINK_LAYER, {"tun_flags": "0x1001\n"}),
        ("virtual", ETHERNET, {"tun_flags": "0x1002\n"}),
        ("tun", NO_LINK_LAYER, {"uevent": "DEVTYPE=wireguard\n"}),
        ("tun", "776\n", {}),
        ("bridge", ETHERNET, {"uevent": "DEVTYPE=bridge\n"}),
        ("wire", ETHERNET, {"uevent": "DEVTYPE=vlan\n"}),
        ("virtual", ETHERNET, {}),
        ("virtual", "nonsense", {"tun_flags": "nonsense"}),
    ],
)
def test_the_kernels_files_tell_the_kind(tmp_path, expected, number, files):
    assert Kind(expected) == kind("if0", plant(tmp_path, sysfs("if0", number, **files)))


@pytest.mark.parametrize(
    ("name", "expected"), [("lo0", "loopback"), ("utun4", "tun"), ("en0", "unknown"), ("awdl0", "virtual")]
)
def test_without_files_the_name_tells_the_kind(tmp_path, name, expected):
    assert Kind(expected) == kind(name, tmp_path)


LAPTOP = {
    **sysfs("lo", LOOPBACK),
    **sysfs("wlan0", **CARD, phy80211__index="0\n"),
    **sysfs("wwan0", RAW_IP, mtu="1430\n"),
    **sysfs("eth0", **CARD),
    **sysfs("Meta", NO_LINK_LAYER, tun_flags="0x1001\n", mtu="9000\n"),
    "sys/class/net/bonding_masters": "\n",
}
ADDRESSES = {
    "lo": ("127.0.0.1", "::1"),
    "wlan0": ("192.168.1.5", "fe80::1", "2001:db8::5"),
    "wwan0": ("10.64.0.9",),
    "eth0": (),
    "Meta": ("198.18.0.1",),
}


def laptop(root, **how):
    kernel = Kernel(
        ADDRESSES,
        routed={("wlan0", 4), ("wwan0", 4), ("Meta", 4)},
        preferred={4: "Meta"},
        unplugged=("eth0",),
        **how,
    )
    return {one.name: one for one in interfaces(plant(root, LAPTOP), kernel, ())}


def test_the_uplinks_are_those_with_an_address_and_a_way_out(tmp_path):
    found = laptop(tmp_path)

    assert {
        name: (one.kind, one.has_carrier, one.leads_out, one.chosen, one.mtu, one.is_uplink)
        for name, one in found.items()
    } == {
        "Meta": (Kind.TUN, True, (4,), (4,), 9000, False),
        "eth0": (Kind.WIRE, False, (), (), 1500, False),
        "lo": (Kind.LOOPBACK, True, (), (), 1500, False),
        "wlan0": (Kind.WIFI, True, (4,), (), 1500, True),
        "wwan0": (Kind.MOBILE, True, (4,), (), 1430, True),
    }


def test_a_route_that_a_rule_keeps_for_one_source_address_is_a_way_out(tmp_path):
    assert laptop(tmp_path, only_from=("wwan0",))["wwan0"].is_uplink


def test_an_interface_that_is_down_is_no_uplink(tmp_path):
    found = laptop(tmp_path, down=("wlan0",))["wlan0"]

    assert (found.is_up, found.has_carrier, found.is_uplink) == (False, False, False)


def test_this_machines_interfaces_are_those_that_psutil_lists():
    found = {one.name: set(one.addresses) for one in interfaces()}

    ours = (socket.AF_INET, socket.AF_INET6)
    expected = {
        name: {one.address.partition("%")[0] for one in given if one.family in ours}
        for name, given in psutil.net_if_addrs().items()
    }
    assert expected == found


def test_loopback_is_found_and_is_no_uplink():
    (loopback,) = (one for one in interfaces() if one.kind is Kind.LOOPBACK)

    assert ("127.0.0.1" in loopback.addresses, loopback.is_uplink) == (True, False)
