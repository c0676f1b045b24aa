"""Names in the test internet: somebody on the way, the resolver itself or the zone is wrong, and the examiner tells which."""

import pytest

from tests.internet.net import Internet
from tests.need import need_tun
from tests.rig_examining import examining

PAGE = "page.lab.test"
ACCESS, AT_RESOLVER, AT_ZONE = "access[wifi]", "resolver[198.51.100.53]", "zone[lab.test]"
ELSEWHERE = ["A 203.0.113.98", "AAAA 2001:db8:11::2"]
NOBODY = ["A 198.51.100.66"]


@pytest.fixture(scope="module")
def net():
    need_tun()
    with Internet(wires="tun") as built:
        yield built


def forged(**how):
    return {"kind": "censor", "wire": "wifi", "by": "dns", "names": [PAGE], "action": "forge"} | how


def answered(host="dns", **how):
    return {"kind": "dns", "host": host, "names": [PAGE]} | how


FAULTS = {
    "a forged answer ahead of the true one": (
        [forged(copies=1)],
        ("dns.injected",), ACCESS,
    ),
    "a forged answer in the true one's place": (
        [forged(answers=NOBODY, is_inline=True)],
        ("dns.injected",), ACCESS,
    ),
    "a forged denial": (
        [forged(rcode="NXDOMAIN", is_inline=True)],
        ("dns.nxdomain.contradicted",), ACCESS,
    ),
    "a resolver that gives somebody else's address": (
        [answered(answers=ELSEWHERE)],
        ("dns.resolver_lies",), AT_RESOLVER,
    ),
    "a resolver that gives 0.0.0.0": (
        [answered(answers=["A 0.0.0.0"])],
        ("dns.bogon",), AT_RESOLVER,
    ),
    "a home router that answers everything, and lies": (
        [{"kind": "divert", "node": "r-wifi", "ports": [53], "protocol": "udp", "port": 53}, answered("r-wifi", answers=ELSEWHERE)],
        ("dns.injected", "dns.intercepted"), ACCESS,
    ),
    "a zone whose signatures are bad": (
        [answered(rcode="SERVFAIL", extended=[6]), answered("pubdns", rcode="SERVFAIL", extended=[6])],
        ("dns.servfail.dnssec",), f"zone[{PAGE}]",
    ),
    "a resolver whose port is closed": (
        [{"kind": "stopped", "host": "dns", "server": "dns"}],
        ("dns.resolver_unreachable",), AT_RESOLVER,
    ),
    "a resolver that is down": (
        [{"kind": "blackhole", "node": "dns"}],
        ("dns.timeout.all",), AT_RESOLVER,
    ),
    "a gateway that answers FORMERR to EDNS": (
        [answered(with_edns=True, rcode="FORMERR")],
        ("dns.protocol",), AT_RESOLVER,
    ),
    "a forged answer that leads to a working copy": (
        [forged(copies=1, answers=ELSEWHERE),
         {"kind": "door", "host": "abroad", "ports": [443], "act": "certificate", "names": [PAGE]},
         {"kind": "web", "host": "abroad", "names": [PAGE], "status": 200, "body": "a copy"}],
        ("dns.injected",), ACCESS,
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_wrong_name_is_blamed_on_who_made_it_wrong(net, fault):
    injected, causes, element = FAULTS[fault]

    with net.under(*injected):
        async with examining(net) as looking:
            found = await looking.look("page", "page")

    assert found is not None
    assert (found.causes, found.element) == (causes, element), found


async def test_the_service_may_work_all_the_same(net):
    copy = FAULTS["a forged answer that leads to a working copy"][0]

    with net.under(*copy):
        async with examining(net) as looking:
            found = await looking.look("page", "page")

    assert found is not None
    assert found.verdict == "ok"


async def test_addresses_that_differ_by_the_asker_are_no_finding(net):
    elsewhere = [
        answered(answers=ELSEWHERE),
        {"kind": "door", "host": "abroad", "ports": [443], "act": "certificate", "names": [PAGE]},
        {"kind": "web", "host": "abroad", "names": [PAGE], "status": 200, "body": "another one"},
    ]

    with net.under(*elsewhere):
        async with examining(net) as looking:
            assert await looking.look("page", "page") is None


async def test_a_name_at_an_address_that_was_good_a_moment_ago_is_not_asked_for_again(net):
    async with examining(net) as looking:
        await looking.look("page", "page")
        before = len(looking.told)
        with net.under({"kind": "door", "host": "static", "ports": [443], "act": "reset"}):
            await looking.look("page", "page")

    asked = [one.series.check for one in looking.told[before:] if hasattr(one, "kind")]
    assert [each for each in asked if each.startswith("control:names.")] == []
