"""Trace by connection attempts with the target's own port, and judge how it ended.

The target is asked first, as by any connection attempt: that is the answer to the check. How far the routers on the way
let packets come is then found out, and is what a failure is explained by.
"""

import asyncio
import errno
import statistics

from probe.abc import Connected
from probe.cause.failed import ProbeFailed
from probe.model import Phase, Stamp
from probe.steps.connect import is_by_proxy
from probe.steps.refusal import refusal
from probe.steps.tcp_trail import TcpTrail
from probe.steps.tracing import Found, Tracing
from probe.wire.errors import WireError

# How much of the time goes to the target itself before its path is looked at: the first SYN may be lost, and the
# kernel sends the second after a second (RFC 6298, 2.1).
_FOR_TARGET = 0.3
_REFUSED = frozenset({errno.ECONNREFUSED, errno.ECONNRESET})


async def trace_by_tcp(tracing: Tracing) -> None:
    """Ask the target, then find the path to it. Raises ProbeFailed, WireError."""
    attempt, ladder = tracing.attempt, tracing.ladder
    until_ns = tracing.until_ns()
    trail = TcpTrail(attempt, ladder, tracing.place, tracing.wait_seconds)
    found = Found(protocol="tcp")
    attempt.at_end(lambda: _keep(tracing, found, trail))
    failure = await _reach(tracing, trail, until_ns)
    await trail.walk(until_ns)
    ladder.ask_again(tracing.tries)
    await trail.walk(until_ns)
    if failure is None:
        return
    if ladder.target_ttl is None:
        raise _unreached(tracing, trail, failure, tracing.last_words(found)) from failure
    with attempt.phase(Phase.CONNECT) as lap:
        lap.took(statistics.median(ladder.target_seconds()), ladder.target_stamp())


async def _reach(tracing: Tracing, trail: TcpTrail, until_ns: int) -> OSError | None:
    """Ask the target itself; return why it did not answer."""
    clock = tracing.attempt.clock
    began_ns = clock.monotonic_ns()
    try:
        with tracing.attempt.phase(Phase.CONNECT) as lap:
            async with asyncio.timeout(_FOR_TARGET * (until_ns - began_ns) / 1e9):
                connected = await _answer(trail, began_ns)
            lap.took(connected.seconds, connected.stamp)
    except TimeoutError as silence:
        return silence
    except WireError as error:
        if error.immediate:
            raise
        return error
    attempt = tracing.attempt
    attempt.is_intercepted |= is_by_proxy(attempt, trail.source, connected, tracing.place[0])
    trail.target_answered(connected.seconds)
    return None


async def _answer(trail: TcpTrail, began_ns: int) -> Connected:
    """Return how long the target took to answer; a closed port is an answer, as the path is what is asked for."""
    try:
        connected = await trail.reach()
    except WireError as error:
        if error.errno not in _REFUSED or trail.is_refused_by_another:
            raise
        trail.answer = "refused"
        return Connected(trail.seconds_since(began_ns), Stamp.USER)
    trail.answer = "connected"
    return connected


def _keep(tracing: Tracing, found: Found, trail: TcpTrail) -> None:
    found.flow, found.source, found.source_port = trail.flow, trail.source, trail.source_port
    found.answer = trail.answer
    tracing.attempt.trace = tracing.evidence(found)


def _unreached(tracing: Tracing, trail: TcpTrail, failure: OSError, last_words: str) -> ProbeFailed:
    if tracing.ladder.circle:
        return ProbeFailed("tcp.unreachable.loop", tracing.circling())
    error = trail.first_refusal or tracing.ladder.refusal
    if error is not None:
        target = tracing.place[0]
        return refusal(tracing.attempt, error, "tcp.unreachable", target=target, source=trail.source)
    said = f"{failure.strerror.lower()}; " if failure.strerror else ""
    return ProbeFailed("tcp.timeout", f"{said}no answer to the connection attempts; {last_words}")
