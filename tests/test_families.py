"""A vantage dials only the families it has, and its lack of one is not the hop's fault."""

import dns.message
import dns.rrset
import pytest

from probe.attempt import Attempt
from probe.model import Outcome
from probe.prober.tcp import Tcp
from probe.vantage.dialer import BoundDialer
from probe.vantage.source import Source
from probe.vantage.system import System
from tests.rig import bench
from tests.rig_servers import hold, name_server, tcp_server

NAME = "hop.test"


def zone(**addresses):
    """Answer with these addresses by record type."""

    def reply(query):
        response = dns.message.make_response(query)
        asked = dns.rdatatype.to_text(query.question[0].rdtype)
        if asked in addresses:
            response.answer.append(dns.rrset.from_text(f"{NAME}.", 5, "IN", asked, addresses[asked]))
        return [response.to_wire()]

    return reply


async def ask(source, port, **addresses):
    with name_server(zone(**addresses)) as resolver:
        async with bench() as rig:
            attempt = rig.attempt(host=NAME, port=port)
            # The resolver is on IPv4 whatever the vantage's family is: this test is about the hop.
            dialer = ByIPv4(rig.network, source)
            dialer.known = (resolver,)
            asking = Attempt(hop=attempt.hop, request=attempt.request, dialer=dialer, clock=rig.clock)
            return await rig.measure(Tcp(), asking)


class ByIPv4(BoundDialer):
    """A dialer that asks its resolver without being bound to the vantage."""

    known: tuple[str, ...] = ()

    def __init__(self, network, source):
        super().__init__(network, source, ())
        self._plain = BoundDialer(network, System(), ())

    @property
    def resolvers(self):
        return self.known

    def datagrams(self, address, port):
        return self._plain.datagrams(address, port)


@pytest.mark.parametrize(
    ("source", "expected"), [(Source(address="::1"), "::1"), (Source(address="127.0.0.1"), "127.0.0.1")]
)
async def test_a_dual_stack_name_is_dialled_by_the_vantages_family(source, expected):
    with tcp_server(hold, host=expected) as server:
        observation = await ask(source, server.port, A="127.0.0.1", AAAA="::1")

    assert (observation.outcome, observation.evidence.tcp.address) == (Outcome.OK, expected)


async def test_a_name_of_the_other_family_only_is_not_measured():
    observation = await ask(Source(address="::1"), 1, A="127.0.0.1")

    assert (observation.outcome, observation.failure.cause) == (Outcome.NOT_MEASURED, "local.family_mismatch")


async def test_a_name_without_any_address_is_the_zones_fault():
    observation = await ask(Source(address="::1"), 1)

    assert observation.failure.cause == "dns.no_data"


async def test_binding_to_the_other_family_is_refused_and_never_goes_elsewhere():
    async with bench() as rig:
        dialer = BoundDialer(rig.network, Source(address="::1"), ())
        attempt = rig.attempt(host="127.0.0.1")
        asking = Attempt(hop=attempt.hop, request=attempt.request, dialer=dialer, clock=rig.clock)
        observation = await rig.measure(Tcp(), asking)

    assert observation.failure.cause == "local.family_mismatch"
