"""A vantage of kind interface leaves by that interface or not at all, as a user without rights, and says why not."""

import errno
import json
import socket

import pytest
from click.testing import CliRunner
from pydantic import TypeAdapter, ValidationError

from probe.cli.config import check_config
from probe.vantage.interface import Interface
from probe.wire import device
from probe.wire.device import source_by, source_from
from probe.wire.errors import RefusedError
from tests.fake_links import Interfaces, laptop
from tests.internet.net import Internet
from tests.need import need_namespaces

FAR, FAR6 = "203.0.113.34", "2001:db8:ffff::1"
MENDS = "`ip route add default via GATEWAY dev wwan0 metric 1000` makes one"


def refusal(act, *arguments):
    """Return the cause and the sentence of a refusal."""
    with pytest.raises(RefusedError) as refused:
        act(*arguments)
    return refused.value.cause, refused.value.strerror


def by(interfaces: Interfaces, name: str, destination: str) -> str:
    link = interfaces.link(name)
    assert link is not None
    return source_by(link, destination, interfaces)


@pytest.mark.parametrize(
    ("name", "destination", "source"),
    [
        ("wlan0", FAR, "198.18.5.2"),
        ("wwan0", FAR, "100.64.6.2"),
        ("wwan0", FAR6, "2001:db8:6::2"),
    ],
)
def test_each_interface_sends_from_its_own_address(name, destination, source) -> None:
    assert source == by(laptop(), name, destination)


def test_an_interface_that_no_route_leaves_by_is_refused_with_the_command_that_mends_it() -> None:
    machine = laptop()
    machine.routes = [one for one in machine.routes if one[1] != "wwan0"]

    assert refusal(by, machine, "wwan0", FAR) == (
        "local.no_route",
        f"no route to {FAR} leaves by wwan0; if a gateway is there, {MENDS}",
    )
    assert refusal(by, machine, "wwan0", FAR6)[1].count("`ip -6 route add") == 1


def test_an_interface_that_would_borrow_anothers_address_is_refused() -> None:
    machine = laptop()
    machine.held["wwan0"] = [one for one in machine.held["wwan0"] if ":" not in one.text]

    assert refusal(by, machine, "wwan0", FAR6) == (
        "local.wrong_uplink",
        "wwan0 would send from 2001:db8:5::2, which is not its own",
    )


def test_a_line_with_one_peer_needs_no_route() -> None:
    machine = laptop()
    machine.add("ppp0", "10.9.0.2")
    machine.switch("ppp0", is_direct=True)

    assert by(machine, "ppp0", FAR) == "10.9.0.2"


def test_a_stub_on_this_machine_is_not_asked_through_an_interface() -> None:
    assert refusal(by, laptop(), "wlan0", "127.0.0.53") == (
        "local.no_route",
        "127.0.0.53 is this machine itself, which is not reached by wlan0",
    )


def test_what_is_sent_from_an_address_and_would_leave_by_another_interface_is_refused() -> None:
    machine = laptop()
    cause, sentence = refusal(source_from, "100.64.6.2", FAR, machine)
    machine.by_source["100.64.6.2"] = "wwan0"

    assert cause == "local.wrong_uplink"
    assert sentence.startswith("what is sent from 100.64.6.2, an address of wwan0, leaves by wlan0; ")
    assert source_from("100.64.6.2", FAR, machine) == "100.64.6.2"
    assert source_from("198.18.5.2", FAR, machine) == "198.18.5.2"


def test_an_address_of_an_interface_that_leads_nowhere_may_leave_by_any() -> None:
    machine = laptop()
    machine.add("dummy0", "192.0.2.9")

    assert source_from("192.0.2.9", FAR, machine) == "192.0.2.9"


@pytest.mark.parametrize("name", ["", "a-name-of-16-byte", "wlan 0", "a/b", "eth0:1", "..", "\u7f51" * 6])
def test_what_cannot_be_the_name_of_an_interface_is_a_mistake(name) -> None:
    with pytest.raises(ValidationError, match="is not the name of an interface"):
        TypeAdapter(Interface).validate_python({"name": name})


def test_an_interface_that_is_not_there_says_so_and_raises_nothing_until_it_is_used() -> None:
    absent = Interface(name="hopwatch7")

    assert absent.lack() == "there is no interface hopwatch7"
    assert refusal(absent.open, socket.AF_INET, socket.SOCK_STREAM) == (
        "local.interface_down",
        "there is no interface hopwatch7",
    )
    assert refusal(absent.own_resolvers) == ("local.interface_down", "there is no interface hopwatch7")
    assert absent.record_types == ("A", "AAAA")


def test_checking_a_configuration_warns_of_an_interface_that_is_not_there(tmp_path) -> None:
    (tmp_path / "hopwatch.yml").write_text(
        "vantages: {lan: {interface: {name: hopwatch7}}}\n"
        'hops: {page: {url: "https://page.test"}}\n'
        "routes: {page: {hops: [page]}}\n"
    )
    done = CliRunner().invoke(check_config, ["--config.file", str(tmp_path / "hopwatch.yml")])

    assert done.exit_code == 0
    assert (
        "warning: from lan nothing can be measured as it is now: there is no interface hopwatch7"
        in done.output
    )


@pytest.fixture(scope="module")
def net():
    need_namespaces()
    with Internet() as built:
        yield built


_CONNECT = """
import json, socket, sys
from probe.vantage.interface import Interface
from probe.wire.errors import RefusedError
way, (address, port) = Interface(name=sys.argv[1]), (sys.argv[2], 80)
family = socket.AF_INET6 if ":" in address else socket.AF_INET
told = {"types": way.record_types}
try:
    told["resolvers"] = way.own_resolvers()
    with way.open(family, socket.SOCK_STREAM) as sock:
        sock.settimeout(2)
        sock.connect((address, port))
        sock.sendall(b"GET /whoami HTTP/1.0\\r\\n\\r\\n")
        told |= {"source": sock.getsockname()[0], "seen": sock.recv(4096).decode().rpartition("\\r\\n\\r\\n")[2]}
except RefusedError as error:
    told |= {"cause": error.cause, "sentence": error.strerror}
print(json.dumps(told))
"""


def connect(net, host, interface, family=4):
    """Let a user without rights fetch the page through an interface; return what came of it."""
    process = net.python(host, "-c", _CONNECT, interface, net.address("static", family=family))
    out, error = process.communicate(timeout=10)
    assert not error
    return json.loads(out)


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("interface", ["wlan0", "wwan0"])
@pytest.mark.parametrize("host", ["v-multi", "v-laptop"])
def test_a_user_without_rights_leaves_by_the_interface_and_asks_its_router(
    net, host, interface, family
) -> None:
    told = connect(net, host, interface, family)
    ipv4, ipv6 = net.uplink(host, interface).gateway.addresses

    assert told == {
        "types": ["A", "AAAA"],
        "resolvers": [f"udp://{ipv4}:53", f"udp://[{ipv6}]:53"],
        "source": net.address(host, interface, family),
        "seen": net.seen_as(host, interface, family),
    }


@pytest.mark.parametrize(
    ("act", "cause", "sentence"),
    [
        ("down", "local.interface_down", "wwan0 is switched off"),
        ("carrier", "local.interface_down", "wwan0 has no link"),
        ("address", "local.interface_down", "wwan0 has no address"),
        ("unplug", "local.interface_down", "there is no interface wwan0"),
    ],
)
def test_what_an_uplink_lacks_is_said_and_nothing_is_sent(net, act, cause, sentence) -> None:
    before = len(net.record("static", "arrival"))
    with net.under({"kind": "link", "host": "v-laptop", "interface": "wwan0", "act": act}):
        told = connect(net, "v-laptop", "wwan0")

    # Both families are left to try, so that it is this that they are told.
    assert (told["cause"], told["sentence"], told["types"]) == (cause, sentence, ["A", "AAAA"])
    assert len(net.record("static", "arrival")) == before
    assert connect(net, "v-laptop", "wwan0")["seen"] == net.seen_as("v-laptop", "wwan0")


def test_without_a_default_route_of_its_own_an_interface_is_refused_at_once(net) -> None:
    route = ("default", "dev", "wwan0", "metric", "700")
    net.run("v-laptop", "ip", "-4", "route", "del", *route)
    told = connect(net, "v-laptop", "wwan0")
    net.uplink("v-laptop", "wwan0").up()

    assert told["cause"] == "local.no_route"
    assert told["types"] == ["A", "AAAA"]


def test_routes_by_source_address_alone_are_enough(net) -> None:
    gateway = net.uplink("v-laptop", "wwan0").gateway.addresses[0]
    address = net.address("v-laptop", "wwan0")
    for words in (
        f"route del default dev wwan0 metric 700;route add default via {gateway} dev wwan0 table 77",
        f"rule add from {address} table 77",
    ):
        for line in words.split(";"):
            assert not net.run("v-laptop", "ip", "-4", *line.split()).stderr
    told = connect(net, "v-laptop", "wwan0")
    net.run("v-laptop", "ip", "-4", "rule", "del", "from", address, "table", "77")
    net.uplink("v-laptop", "wwan0").up()

    assert (told["source"], told["seen"]) == (address, net.seen_as("v-laptop", "wwan0"))


def test_a_socket_that_chose_its_port_before_leaves_by_the_interface_too(net) -> None:
    with net.inside("v-laptop"), Interface(name="wwan0").open(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("", 0))
        sock.connect((net.address("static"), 33434))

        assert sock.getsockname()[0] == net.address("v-laptop", "wwan0")


def test_where_binding_is_forbidden_that_is_said_and_nothing_is_sent(net) -> None:
    class Old(socket.socket):
        def setsockopt(self, *arguments: object) -> None:
            raise PermissionError(errno.EPERM, "Operation not permitted")

    with net.inside("v-laptop"), Old() as sock:
        link = laptop().link("wlan0")
        cause, sentence = refusal(device._bind, sock, link)

    assert cause == "local.binding_refused"
    assert "Linux 5.7 and later do, earlier ones need CAP_NET_RAW" in sentence
