"""Open one fresh TCP connection to one address."""

from probe.abc import Connection, SocketOptions
from probe.attempt import Attempt
from probe.model import Phase


async def connect(attempt: Attempt, address: str, port: int) -> Connection:
    """Connect from the attempt's vantage, as the phase `connect`."""
    overrides = attempt.request.overrides
    options = SocketOptions(mss_bytes=overrides.mss_bytes, ttl=overrides.ttl)
    with attempt.phase(Phase.CONNECT) as lap:
        connection = attempt.dialer.connection(address, options)
        attempt.keep(connection, address, port)
        connected = await connection.connect(address, port)
        lap.took(connected.seconds, connected.stamp)
    return connection
