"""Connections in the test internet: filters, refusals, holes, hung servers and interceptors, and the examiner tells which."""

from dataclasses import replace

import pytest

from probe.model import Finding
from tests.internet.net import Internet
from tests.need import need_tun
from tests.rig_examining import examining

NAME = "page.lab.test"
WAY, AT_HOP, OWN = "path[wifi>page]", "host[page]", "access[wifi]"
# Half of the way in milliseconds, so that what is done on the way is apart in time from what the hop does.
DELAYS = {"wifi": 1, "border": 15}
_MINUTE_NS = 60 * 10**9


@pytest.fixture(scope="module")
def net():
    need_tun()
    with Internet(wires="tun") as built:
        for wire, delay in DELAYS.items():
            built.inject({"kind": "wire", "wire": wire, "delay_ms": delay})
        yield built


def censor(**how):
    return {"kind": "censor", "by": "sni", "names": [NAME], **how}


def door(**how):
    return {"kind": "door", "host": "static", "ports": [443], **how}


def at(node, kind, **how):
    return {"kind": kind, "node": node, "to": ["static"], **how}


FAULTS = {
    "a name that is reset": (censor(action="reset"), "tls.reset.sni", WAY),
    "a name that is reset, and then everything for a while": (
        censor(action="reset", residual_s=30), "tls.reset.sni", WAY,
    ),
    "a name that is dropped": (censor(action="drop"), "tls.timeout.sni", WAY),
    "every name but none": (censor(action="reset", names=["*"]), "tls.reset", WAY),
    "a port that somebody on the way refuses": (
        {"kind": "censor", "by": "address", "to": ["static"], "ports": [443], "action": "reset"}, "tcp.refused.injected", WAY,
    ),
    "a server that is stopped": ({"kind": "stopped", "host": "static"}, "tcp.refused", AT_HOP),
    "a port that is dropped": (at("t-intl", "blackhole", ports=[443]), "tcp.timeout.port", WAY),
    "a router that forbids it": (
        at("t-intl", "unreachable", code="admin-prohibited"), "tcp.unreachable.admin", WAY,
    ),
    "a port where all that is said is reset": (
        at("t-intl", "reset", part="data", ports=[443]), "tcp.reset_on_data", WAY,
    ),
    "a port where all that is said vanishes": (
        at("t-intl", "blackhole", part="data", ports=[443]), "tcp.data_blackhole", WAY,
    ),
    "a link too small for the answer": ({"kind": "wire", "wire": "static", "mtu": 800}, "tcp.pmtu_blackhole", WAY),
    "an own link too small for any answer": ({"kind": "wire", "wire": "wifi", "mtu": 800}, "tcp.pmtu_blackhole", OWN),
    "a server that hangs": (door(act="stall"), "tls.timeout.server_hung", AT_HOP),
    "a server that has no such name": (door(act="alert", number=112), "tls.alert.unrecognized_name", AT_HOP),
    "a server that speaks no TLS": (door(act="plain"), "tls.not_tls", AT_HOP),
    "a certificate that has run out": (
        door(act="certificate", certificate="expired"), "tls.cert.expired", AT_HOP,
    ),
    "a certificate without its intermediate": (
        door(act="certificate", certificate="no_intermediate"), "tls.cert.incomplete_chain", AT_HOP,
    ),
    "an interceptor in the own network": (at("r-wifi", "intercept"), "tls.interception", OWN),
}  # fmt: skip


async def well(looking):
    """Have the check be well twice, a minute apart."""
    probe = looking.probe("page", "page")
    seen = [await looking.ask(probe) for _ in range(2)]
    assert [one.failure for one in seen] == [None, None]
    looking._examiner.history.note(replace(seen[0], started_at_ns=seen[0].started_at_ns - _MINUTE_NS))
    looking._examiner.history.note(seen[1])


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_connection_is_blamed_on_what_was_done_to_it(net, fault):
    injected, cause, element = FAULTS[fault]

    async with examining(net) as looking:
        await well(looking)
        with net.under(injected):
            found = await looking.look("page", "page")

    assert isinstance(found, Finding)
    assert (found.causes, found.element) == ((cause,), element), found


async def test_what_lasted_a_moment_is_no_filter(net):
    async with examining(net) as looking:
        await well(looking)
        probe = looking.probe("page", "page")
        with net.under(censor(action="reset")):
            seen = await looking.ask(probe)
        await looking._examiner.examine(probe, seen)

    (found,) = [one for one in looking.told if isinstance(one, Finding)]
    assert (found.causes, found.verdict.value, found.level.value) == (("tls.reset",), "degraded", "discarded")
