"""What a local proxy makes up or answers unasked is never reported as the network's."""

import pytest

from probe.abc import Connected
from probe.model import Outcome, Stamp, Taint
from probe.prober.dns import Dns
from probe.prober.http import Http
from probe.prober.tcp import Tcp
from probe.prober.tls import Tls
from probe.taint import Conditions, taints
from probe.vantage.dialer import BoundDialer
from probe.vantage.system import System
from probe.vantage.tun import is_tuns
from probe.wire.tcp import TcpConnection
from tests.config_text import load_text
from tests.rig import Recording, ask, bench, seconds_of, verdict
from tests.rig_dns import says
from tests.rig_servers import answering, hold, name_server, ok, tcp_server

NAME = "vps.example.net"
FAKE = ["198.18.0.7", "198.19.255.254", "fc00::7"]
TUN = System(proxied=True)


def kind_of(address):
    return "AAAA" if ":" in address else "A"


@pytest.mark.parametrize("address", FAKE)
@pytest.mark.parametrize("prober", [Tcp(), Tls(), Http()], ids=lambda one: type(one).__name__)
async def test_an_address_that_a_proxy_made_up_is_not_dialled_but_told(address, prober):
    with name_server(says(f"{kind_of(address)} {address}")) as resolver:
        observation = await ask(prober, host=NAME, resolvers=(resolver,))

    assert (
        observation.outcome,
        observation.failure.cause,
        observation.evidence.tcp,
    ) == (Outcome.NOT_MEASURED, "local.fake_ip", None)
    assert observation.failure.detail == (
        f"{NAME} resolves to {address}, which a local proxy made up: add a vantage of kind proxy, or give this one a"
        " resolver that the proxy does not catch"
    )
    assert seconds_of(observation) == {}


async def test_a_resolver_that_makes_addresses_up_is_not_timed_as_the_networks():
    with name_server(says("A 198.18.0.7")) as resolver:
        observation = await ask(Dns(resolver=resolver), host=NAME)

    assert (observation.outcome, observation.failure.cause) == (Outcome.NOT_MEASURED, "local.fake_ip")


@pytest.mark.parametrize("address", ["198.17.255.255", "198.20.0.1", "fd00::7", "fc00:4000::1"])
async def test_neighbours_of_the_made_up_ranges_are_dialled(address):
    with name_server(says(f"{kind_of(address)} {address}")) as resolver:
        observation = await ask(Tcp(), host=NAME, resolvers=(resolver,), way=Nowhere())

    assert observation.failure.cause == "local.firewall"


class Nowhere(System):
    """A vantage from which no socket can be opened, so that nothing leaves this test."""

    def open(self, family, kind, protocol=0):
        if kind == 1:
            raise PermissionError(1, "refused by the test")
        return super().open(family, kind, protocol)


async def test_a_literal_address_is_the_users_own_word():
    observation = await ask(Tcp(), host="198.18.0.7", way=Nowhere())

    assert observation.failure.cause == "local.firewall"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", {"198.18.0.7": True, "28.0.0.7": False}),
        ("fake_ips: []\n", {"198.18.0.7": False, "28.0.0.7": False}),
        ("fake_ips: [28.0.0.0/8]\n", {"198.18.0.7": False, "28.0.0.7": True}),
    ],
)
async def test_the_configuration_says_which_addresses_are_made_up(line, expected):
    hops = 'hops: {api: {url: "https://api.example"}}\nroutes: {chat: {hops: [api]}}\n'
    probe, *_ = load_text(line + hops).plan().probes
    async with bench() as rig:
        dialer = BoundDialer(rig.network, probe.looking.way, (), None, probe.looking.fake_ips)

    assert {address: dialer.is_fake(address) for address in expected} == expected


# Behind a proxy that takes everything by a device of its own.


async def test_behind_the_proxy_made_up_addresses_lead_somewhere():
    """Here they lead to loopback, as they lead to the proxy's own stack in truth."""
    with (
        tcp_server(answering(ok(b"end"))) as server,
        name_server(says("A 198.18.0.7")) as resolver,
    ):
        async with bench(kind=Caught) as rig:
            observation = await rig.ask(Http(), host=NAME, port=server.port, resolvers=(resolver,), way=TUN)

    assert verdict(observation) == (None, None)
    assert list(seconds_of(observation)) == ["resolve", "proxy", "processing", "transfer"]
    told = observation.evidence.proxy
    assert ("tun", f"198.18.0.7:{server.port}", ["connect"]) == (
        told.protocol,
        told.asked,
        [step.name for step in told.steps],
    )
    assert (observation.evidence.tcp, told.tcp.address) == (None, "198.18.0.7")


class CaughtConnection(TcpConnection):
    """A connection that a proxy on this machine answers, whatever address it is for."""

    async def connect(self, address, port):
        connected = await super().connect("127.0.0.1", port)
        return Connected(min(connected.seconds, 0.0004), Stamp.KERNEL)


class Caught(Recording):
    """A network of which everything ends on this machine."""

    def tcp(self, address, opening, options):
        connection = super().tcp("127.0.0.1", opening, options)
        caught = CaughtConnection(connection._sock, self._clock, self._readiness, self.able)
        self.opened[-1] = caught
        return caught


async def test_a_handshake_that_the_proxy_refuses_is_its_word():
    with tcp_server(hold) as gone:
        closed = gone.port
    observation = await ask(Tcp(), port=closed, way=TUN)

    assert verdict(observation) == ("relay.proxy", "proxy")
    assert observation.failure.detail == "the local proxy answers the handshake: connection refused"


def read_and_leave(connection):
    connection.recv(65_536)


async def test_an_end_right_after_the_proxys_handshake_is_told_with_its_doubt():
    with tcp_server(read_and_leave) as server:
        observation = await ask(Tls(), port=server.port, way=TUN, seconds=1)

    assert verdict(observation) == ("tls.closed", "tls")
    assert (
        "; nothing came since the local proxy completed the handshake, after " in observation.failure.detail
    )


# Behind such a proxy, and nobody said so.


class ByTun(BoundDialer):
    """A vantage whose packets go into a proxy's device."""

    def leaves_by_tun(self, source):
        return True


async def undeclared(address, dialer=ByTun, way=None):
    with tcp_server(hold) as server:
        async with bench(kind=Caught) as rig:
            attempt = rig.attempt(host=address, port=server.port)
            attempt.dialer = dialer(rig.network, way or System(), ())
            return await rig.measure(Tcp(), attempt)


async def test_a_handshake_that_no_network_can_be_so_quick_for_is_tainted_and_told():
    observation = await undeclared("1.1.1.1")

    assert (observation.outcome, observation.taints) == (Outcome.OK, (Taint.PROXIED,))
    assert 0 < seconds_of(observation)["connect"] < 0.001


@pytest.mark.parametrize("address", ["127.0.0.1", "192.168.1.1", "10.0.0.1", "169.254.1.1"])
async def test_a_neighbour_may_be_as_quick(address):
    assert (await undeclared(address)).taints == ()


async def test_a_quick_handshake_by_a_wire_is_believed():
    assert (await undeclared("1.1.1.1", BoundDialer)).taints == ()


async def test_a_declared_proxy_needs_no_taint():
    assert (await undeclared("1.1.1.1", way=TUN)).taints == ()


def test_the_taint_is_one_of_the_conditions():
    conditions = Conditions(
        elapsed=1, loop_lag=0, send_bracket=0, wall_drift=0, suspended=False, is_intercepted=True
    )

    assert taints((), conditions) == (Taint.PROXIED,)


def test_no_address_of_this_machine_is_a_tuns_without_one():
    assert [is_tuns("127.0.0.1"), is_tuns("192.0.2.1")] == [False, False]
