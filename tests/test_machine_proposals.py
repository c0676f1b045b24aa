"""The vantages that are proposed are the uplinks and the proxies, and the configuration takes them as they are written."""

from pathlib import Path

import pytest

from probe.config import parse, to_yaml
from probe.machine.kind import Kind
from probe.machine.proposal import proposals
from probe.machine.proxy import LocalProxy, Sign
from probe.machine.route import Carried, Load
from probe.vantage import VANTAGES
from tests.machine_tree import interface

WIFI = interface("wlan0", Kind.WIFI)
MOBILE = interface("wwan0", Kind.MOBILE)
TUN = interface("Meta", Kind.TUN, carries=(Carried(version=4, table=None, load=Load.EVERYTHING),))


def proxy(url=None, sign=Sign.PORT, **facts):
    return LocalProxy(sign=sign, name="p", sentence="s.", evidence=(), url=url, **facts)


def names(*proposed):
    return [(one.name, dict(one.keys)) for one in proposed]


def test_every_uplink_is_a_vantage_and_a_tunnel_is_none():
    assert names(*proposals((WIFI, MOBILE, TUN), ())) == [
        ("wlan0", {"interface": {"name": "wlan0"}}),
        ("wwan0", {"interface": {"name": "wwan0"}}),
    ]


def test_a_proxy_that_is_found_twice_is_proposed_once():
    written = "socks5h://localhost:7890"

    proposed = proposals((), (proxy("http://127.0.0.1:7890"), proxy(written, Sign.ENVIRONMENT)))

    assert names(*proposed) == [("by-proxy-7890", {"proxy": {"url": written}})]


def test_names_are_the_configurations_and_no_two_are_alike():
    found = tuple(interface(name, Kind.WIFI) for name in ("Wi-Fi_0", "wi-fi_0", "中", "---"))

    assert [one.name for one in proposals(found, ())] == ["wi-fi_0", "wi-fi_0-2", "link", "link-2"]


@pytest.mark.parametrize("url", [None, "socks4://127.0.0.1:1080", "http://proxy.corp:3128"])
def test_what_a_vantage_cannot_speak_to_is_not_proposed(url):
    assert proposals((), (proxy(url),)) == ()


def test_a_proxy_that_is_dead_is_not_proposed():
    assert proposals((), (proxy("http://127.0.0.1:7890", is_dead=True),)) == ()


def test_what_is_past_a_proxy_in_the_way_says_what_may_still_catch_it():
    (caught,) = proposals((WIFI,), (proxy(is_in_the_way=True),))
    (free,) = proposals((WIFI,), ())

    assert ("firewall" in caught.why, "same as `system`" in free.why) == (True, True)


def test_the_configuration_takes_them_as_they_are_written():
    assert {"interface", "proxy"} <= set(VANTAGES)
    urls = ("http://127.0.0.1:7890", "socks5h://[::1]:1080", "socks5://localhost:1086")
    odd = interface("Wi-Fi_2", Kind.WIFI)

    proposed = proposals((WIFI, odd), tuple(map(proxy, urls)))

    text = to_yaml(
        {
            "vantages": {one.name: {key: dict(value) for key, value in one.keys.items()} for one in proposed},
            "hops": {"h": {"url": "https://192.0.2.1"}},
            "routes": {"r": {"hops": ["h"]}},
        }
    )
    plan = parse(text, where="proposed", folder=Path()).plan()
    assert [one.name for one in plan.vantages] == [one.name for one in proposed]
