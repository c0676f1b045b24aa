"""Open one fresh connection to one hop, by the vantage's proxy where it has one."""

import ipaddress
from typing import assert_never

from probe.abc import Connected, Connection, Interceptor, ProxyServer, SocketOptions, Stream
from probe.attempt import Attempt
from probe.model import Phase, Stamp
from probe.steps.intercepted import intercepted
from probe.steps.proxy import through_proxy
from probe.steps.refusal import explained
from probe.wire.errors import WireError

# No host that is reached by a public address is so near that a device into this machine itself would be the way to it.
_NOBODY_IS_SO_NEAR_SECONDS = 0.001


async def connect(attempt: Attempt, address: str, port: int) -> Stream:
    """Connect from the attempt's vantage, as the phase `connect`, or `proxy` where a proxy does it.

    What is dialled is an address, or a name where the vantage's proxy resolves.
    """
    overrides = attempt.request.overrides
    options = SocketOptions(mss_bytes=overrides.mss_bytes, ttl=overrides.ttl)
    match attempt.dialer.proxy:
        case ProxyServer() as server:
            return await through_proxy(attempt, server, address, port)
        case Interceptor():
            return await intercepted(attempt, address, port, options)
        case None:
            return await _directly(attempt, address, port, options)
        case other:
            assert_never(other)


async def _directly(attempt: Attempt, address: str, port: int, options: SocketOptions) -> Connection:
    with attempt.phase(Phase.CONNECT) as lap:
        connection = attempt.dialer.connection(address, options)
        attempt.keep(connection, address, port)
        try:
            connected = await connection.connect(address, port)
        except WireError as error:
            said, source = connection.refusal(), connection.source
            raise explained(attempt, error, said, "tcp.unreachable", target=address, source=source) from error
        lap.took(connected.seconds, connected.stamp)
    attempt.is_intercepted |= is_by_proxy(attempt, connection.source, connected, address)
    return connection


def is_by_proxy(attempt: Attempt, source: str | None, connected: Connected, address: str) -> bool:
    """Tell a handshake that can only have been with a proxy of this machine, although nobody said there is one."""
    if connected.stamp is Stamp.USER or connected.seconds >= _NOBODY_IS_SO_NEAR_SECONDS:
        return False
    is_far = ipaddress.ip_address(address).is_global
    return is_far and source is not None and attempt.dialer.leaves_by_tun(source)
