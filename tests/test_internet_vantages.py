"""A host with two uplinks leaves by the one it says, and what happens to an uplink takes effect at once and is undone."""

import socket

import pytest

from tests.internet.net import Internet
from tests.internet_witness import Witness
from tests.need import need_namespaces, need_program

HOSTS = ("v-multi", "v-laptop")
UPLINKS = ("wlan0", "wwan0")


@pytest.fixture(scope="module")
def net():
    need_namespaces()
    need_program("curl")
    with Internet() as built:
        yield built


def whoami(net, host, *options, seconds=2.0):
    """Return whom the server saw: by device, by address, or by the kernel's choice."""
    return Witness(net, host).read(f"http://{net.address('static')}/whoami", *options, seconds=seconds)


def by(net, host, interface, seconds=2.0):
    return whoami(net, host, "--interface", interface, seconds=seconds)


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("interface", UPLINKS)
def test_a_socket_bound_to_a_device_leaves_by_it(net, host, interface):
    assert by(net, host, interface) == net.seen_as(host, interface)


@pytest.mark.parametrize("interface", UPLINKS)
def test_policy_routing_makes_a_source_address_leave_by_its_own_uplink(net, interface):
    address = net.address("v-multi", interface)

    assert by(net, "v-multi", address) == net.seen_as("v-multi", interface)


def test_without_policy_routing_a_source_address_leaves_by_the_preferred_uplink_and_finds_no_way_back(net):
    before = len(net.record("static", "arrival"))
    answer = by(net, "v-laptop", net.address("v-laptop", "wwan0"), seconds=0.25)

    assert (answer, len(net.record("static", "arrival"))) == ("", before)
    assert by(net, "v-laptop", net.address("v-laptop", "wlan0")) == net.seen_as("v-laptop", "wlan0")


@pytest.mark.parametrize(("mark", "interface"), [(101, "wlan0"), (102, "wwan0")])
def test_a_mark_leaves_by_the_uplink_of_its_table(net, mark, interface):
    with net.socket("v-multi") as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, mark)
        sock.settimeout(2)
        sock.connect((net.address("static"), 80))
        sock.sendall(b"GET /whoami HTTP/1.0\r\n\r\n")

        assert sock.recv(4096).endswith(net.seen_as("v-multi", interface).encode())


@pytest.mark.parametrize("host", HOSTS)
def test_what_is_bound_to_nothing_leaves_by_the_lowest_metric(net, host):
    before = whoami(net, host)
    with net.under({"kind": "link", "host": host, "interface": "wwan0", "act": "prefer", "metric": 5}):
        meanwhile = whoami(net, host)
    after = whoami(net, host)

    wifi, mobile = (net.seen_as(host, interface) for interface in UPLINKS)
    assert (before, meanwhile, after) == (wifi, mobile, wifi)


@pytest.mark.parametrize(
    ("host", "act"),
    [
        *(("v-multi", act) for act in ("down", "carrier", "address", "gateway", "unplug")),
        *(("v-laptop", act) for act in ("down", "unplug")),
    ],
)
def test_a_broken_uplink_carries_nothing_and_the_other_everything(net, host, act):
    with net.under({"kind": "link", "host": host, "interface": "wlan0", "act": act}):
        meanwhile = by(net, host, "wlan0", seconds=0.25), by(net, host, "wwan0")
    after = by(net, host, "wlan0"), by(net, host, "wwan0")

    wifi, mobile = (net.seen_as(host, interface) for interface in UPLINKS)
    assert (meanwhile, after) == (("", mobile), (wifi, mobile))


@pytest.mark.parametrize("act", ["down", "carrier", "address", "gateway", "unplug"])
def test_a_mended_uplink_has_its_ipv6_again_too(net, act):
    url = f"http://[{net.address('static', family=6)}]/whoami"
    with net.under({"kind": "link", "host": "v-laptop", "interface": "wwan0", "act": act}):
        pass
    done = net.run("v-laptop", "curl", "-s", "-m", "2", "--interface", "wwan0", url)

    assert done.stdout == net.address("v-laptop", "wwan0", family=6)


def test_an_address_can_go_in_one_family_only(net):
    page, page6 = net.address("static"), f"[{net.address('static', family=6)}]"
    wrong = {"kind": "link", "host": "v-wifi", "interface": "wlan0", "act": "address", "family": 6}
    with net.under(wrong):
        seen = [
            Witness(net, "v-wifi").read(f"http://{host}/whoami", "-g", seconds=0.25) for host in (page, page6)
        ]

    assert seen == [net.seen_as("v-wifi"), ""]


@pytest.mark.parametrize("address", ["198.18.3.77/24", "198.18.99.9/24"])
def test_a_new_lease_is_used_at_once_and_the_old_address_is_gone(net, address):
    old = net.address("v-multi", "wlan0")
    change = {"kind": "link", "host": "v-multi", "interface": "wlan0", "act": "change_address"}
    with net.under(change | {"address": address}):
        new = net.address("v-multi", "wlan0")
        seen = by(net, "v-multi", "wlan0"), by(net, "v-multi", new), by(net, "v-multi", old)

    assert new == address.partition("/")[0]
    assert seen == (net.seen_as("v-multi", "wlan0"), net.seen_as("v-multi", "wlan0"), "")
    assert by(net, "v-multi", old) == net.seen_as("v-multi", "wlan0")


def test_a_modem_comes_back_as_another_device_and_may_have_another_address(net):
    modem = net.uplink("v-laptop", "wwan0")
    number = net.run("v-laptop", "cat", "/sys/class/net/wwan0/ifindex").stdout
    modem.unplug()
    modem.plug("100.64.6.40/24")
    again = net.run("v-laptop", "cat", "/sys/class/net/wwan0/ifindex").stdout
    seen = net.address("v-laptop", "wwan0"), by(net, "v-laptop", "wwan0")
    modem.change_address("100.64.6.2/24")

    assert number != again
    assert seen == ("100.64.6.40", net.seen_as("v-laptop", "wwan0"))


def test_an_uplink_stands_many_flaps(net):
    wifi = net.uplink("v-multi", "wlan0")
    for _ in range(10):
        wifi.down()
        wifi.up()
        wifi.lose_carrier()
        wifi.regain_carrier()
        wifi.unplug()
        wifi.plug()

    assert by(net, "v-multi", "wlan0") == net.seen_as("v-multi", "wlan0")
    assert by(net, "v-multi", net.address("v-multi", "wlan0")) == net.seen_as("v-multi", "wlan0")


def test_a_server_tells_which_resolver_was_asked_by_whom(net):
    name = "once.lab.test"
    Witness(net, "v-mobile").get(f"http://{name}/")
    asked = [each["client"] for each in net.record("dns", "dns") if each["name"] == name]

    assert asked == [net.seen_as("v-mobile")]


def test_a_vantage_can_be_sent_to_another_resolver(net):
    name, resolver = "twice.lab.test", net.address("pubdns")
    with net.under({"kind": "resolver", "host": "v-mobile", "resolvers": [resolver]}):
        Witness(net, "v-mobile").get(f"http://{name}/")

    asked = {
        host: [each["name"] for each in net.record(host, "dns")].count(name) for host in ("dns", "pubdns")
    }
    assert asked == {"dns": 0, "pubdns": 1}
