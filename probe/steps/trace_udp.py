"""Trace by datagrams to a port where nobody should listen, and judge how it ended.

A target that says so proves the path; one that is silent proves nothing, as many are; a router's refusal proves a fault
unless it is of the kind that may hold for these datagrams alone.
"""

import statistics

from probe.cause.failed import ProbeFailed
from probe.model import Phase
from probe.steps.path_mtu import PathMtuSearch
from probe.steps.refusal import refusal
from probe.steps.tcp_trail import ports_for
from probe.steps.tracing import Found, Tracing
from probe.steps.udp_trail import UdpTrail
from probe.trail import loss_begins
from probe.wire.icmp import Meaning, meaning

_PROVE_NOTHING = frozenset({Meaning.ADMIN, Meaning.PORT_CLOSED, Meaning.TOO_BIG, Meaning.OTHER})


async def trace_by_udp(tracing: Tracing) -> None:
    """Find the path, then the largest packet it takes, then ask again. Raises ProbeFailed, WireError."""
    attempt, ladder, (address, port) = tracing.attempt, tracing.ladder, tracing.place
    until_ns = tracing.until_ns()
    with attempt.phase(Phase.ECHO) as lap:
        attempt.expires_as = "meta.insufficient"
        feeler = attempt.dialer.feeler(address, port, next(ports_for(address, port)))
        attempt.keep_feeler(feeler)
        trail = UdpTrail(attempt, feeler, ladder, address, tracing.wait_seconds)
        found = Found(protocol="udp")
        attempt.at_end(lambda: _keep(tracing, found, trail))
        found.source, found.source_port = feeler.source
        await trail.walk(until_ns)
        if trail.answer == "port_closed":
            # Now, while the target still answers: many limit how often they do.
            search = PathMtuSearch(feeler, address, attempt.clock, tracing.wait_seconds, until_ns)
            found.mtu = await search.run()
            found.more_packets = search.sent
        ladder.ask_again(tracing.tries)
        await trail.walk(until_ns)
        if found.mtu is not None and found.mtu.vanished_bytes and _loses_on_the_way(tracing, found):
            found.mtu = None
        attempt.expires_as = None
        if ladder.target_ttl is None:
            raise _unreached(tracing, found)
        lap.took(statistics.median(ladder.target_seconds()), ladder.target_stamp())


def _loses_on_the_way(tracing: Tracing, found: Found) -> bool:
    """Tell whether small packets get lost too, so that silence tells nothing of size; a target may limit its answers."""
    trace = tracing.evidence(found)
    begins = loss_begins(trace)
    return begins is not None and begins != trace.target_ttl


def _keep(tracing: Tracing, found: Found, trail: UdpTrail) -> None:
    found.answer, found.unattributed = trail.answer, trail.unattributed
    tracing.attempt.trace = tracing.evidence(found)


def _unreached(tracing: Tracing, found: Found) -> ProbeFailed:
    error = tracing.ladder.refusal
    if error is not None:
        failure = refusal(
            tracing.attempt, error, "icmp.unreachable", target=tracing.place[0], source=found.source
        )
        proves_nothing = meaning(error.sender, error.type, error.code) in _PROVE_NOTHING
        if not proves_nothing or failure.cause.startswith("local."):
            return failure
        return ProbeFailed("meta.insufficient", f"{failure.detail}, which tells nothing of other ports")
    if tracing.ladder.circle:
        return ProbeFailed("icmp.unreachable.loop", tracing.circling())
    last_words = tracing.last_words(found)
    return ProbeFailed("meta.insufficient", f"the target is silent to datagrams, as many are; {last_words}")
