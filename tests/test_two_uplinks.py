"""One daemon without rights looks by two uplinks of one host while they come and go, and never by the wrong one."""

import functools

import pytest

from probe.model import Disturbance
from tests.internet.net import Internet
from tests.need import need_namespaces
from tests.roaming import ROUTERS, VANTAGES, Roamer, at_once, roaming

pytestmark = pytest.mark.alone

HOSTS = ("v-multi", "v-laptop")
FLAPS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
MODEM = ("100.64.{}.11", "100.64.{}.12", "100.64.{}.13", "100.64.{}.14", "100.64.{}.15")


def wifi_flaps(roamer: Roamer) -> None:
    """The link goes for a tenth of a second to five, the address changes, and so does the default route."""
    uplink, other = roamer.net.uplink(roamer.host, "wlan0"), roamer.net.uplink(roamer.host, "wwan0")
    for seconds in FLAPS:
        roamer.suffer("wifi", f"off for {seconds} s", uplink.down, seconds, uplink.up)
    roamer.suffer("wifi", "no carrier", uplink.lose_carrier, 0.4, uplink.regain_carrier)
    change = functools.partial(uplink.change_address, "198.18.33.2/24")
    roamer.suffer("wifi", "another address", lambda: None, 0, change)
    other.prefer(1)


def modem_roams(roamer: Roamer) -> None:
    """A modem is pulled out and put back five times with another address, then loses its lease and its carrier."""
    uplink = roamer.net.uplink(roamer.host, "wwan0")
    subnet = roamer.net.address(roamer.host, "wwan0").split(".")[2]
    for address in MODEM:
        plug = functools.partial(uplink.plug, f"{address.format(subnet)}/24")
        roamer.suffer("mobile", f"plugged in as {address.format(subnet)}", uplink.unplug, 0.5, plug)
    roamer.suffer("mobile", "no lease", uplink.lose_address, 0.5, uplink.gain_address)
    for seconds in (0.1, 1.0, 3.0):
        roamer.suffer(
            "mobile", f"no carrier for {seconds} s", uplink.lose_carrier, seconds, uplink.regain_carrier
        )


@pytest.fixture(scope="module")
def roamed():
    """Let both hosts roam at the same time; what they did, recorded and showed to the servers is read by all tests."""
    need_namespaces()
    with Internet() as net:
        with roaming(net, HOSTS) as roamers:
            rights = {host: roamer.rights() for host, roamer in roamers.items()}
            at_once(
                [
                    functools.partial(wifi_flaps, roamers["v-multi"]),
                    functools.partial(modem_roams, roamers["v-laptop"]),
                ]
            )
        seen = {node: net.record(node) for node in ("static", *ROUTERS.values())}
        yield net, roamers, rights, seen


@pytest.mark.parametrize("host", HOSTS)
def test_the_daemon_is_nobody_and_has_no_capability(roamed, host):
    assert roamed[2][host] == ({"65534"}, {"0000000000000000"})


@pytest.mark.parametrize("vantage", VANTAGES)
@pytest.mark.parametrize("host", HOSTS)
def test_every_request_comes_by_the_vantages_own_router(roamed, host, vantage):
    net, _, _, seen = roamed
    clients = {one["client"] for one in seen["static"] if one.get("name") == f"{vantage}.{host}.test"}

    assert clients == {net.seen_as(host, VANTAGES[vantage])}


@pytest.mark.parametrize("vantage", VANTAGES)
def test_every_question_goes_to_the_vantages_own_router(roamed, vantage):
    _, _, _, seen = roamed
    asked = {one["name"] for one in seen[ROUTERS[vantage]] if one["event"] == "dns"}

    assert asked == {f"{vantage}.{host}.test" for host in HOSTS}


@pytest.mark.parametrize("host", HOSTS)
def test_no_hop_is_ever_blamed(roamed, host):
    assert roamed[1][host].blamed() == []


@pytest.mark.parametrize(("host", "vantage"), [("v-multi", "mobile"), ("v-laptop", "wifi")])
def test_the_other_vantage_goes_on_untouched(roamed, host, vantage):
    roamer = roamed[1][host]

    assert roamer.unmeasured(vantage, 0, 1e12) == []
    assert roamer.changes(vantage) == []


@pytest.mark.parametrize("host", HOSTS)
def test_there_is_one_change_for_each_happening_with_its_length(roamed, host):
    roamer = roamed[1][host]
    vantage = roamer.happenings[0].vantage
    changes = roamer.changes(vantage)
    lengths = [one.back_at - one.lost_at for one in roamer.happenings]

    assert len(changes) == len(roamer.happenings)
    for change, happening, length in zip(changes, roamer.happenings, lengths, strict=True):
        # With another IPv4 address the old IPv6 one stays.
        assert change.was_down is (happening.name != "another address"), happening
        assert change.lost_at_ns / 1e9 == pytest.approx(happening.lost_at, abs=0.6), happening
        assert change.lasted_seconds == pytest.approx(length, abs=0.6), happening


def test_a_change_says_what_happened(roamed):
    by_host = {
        host: [one.what for one in roamer.changes(roamer.happenings[0].vantage)]
        for host, roamer in roamed[1].items()
    }

    assert by_host == {
        "v-multi": [Disturbance.LINK] * 7 + [Disturbance.ADDRESS],
        "v-laptop": [Disturbance.INTERFACE] * 5 + [Disturbance.ADDRESS] + [Disturbance.LINK] * 3,
    }


@pytest.mark.parametrize("check", ["page", "slow"])
@pytest.mark.parametrize("host", HOSTS)
def test_probing_resumes_within_a_second_of_the_return(roamed, host, check):
    roamer = roamed[1][host]
    after = {one.name: roamer.resumed_after(one, check) for one in roamer.happenings}

    assert {name: seconds for name, seconds in after.items() if seconds > 1.0} == {}
