"""Connect where a proxy of this machine answers every handshake itself, unasked (the TUN mode of Clash or sing-box).

The kernel's handshake is then with that proxy and never leaves the machine, so its time is the proxy's.
"""

from probe.abc import SocketOptions, Stream
from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed
from probe.cause.naming import name
from probe.cause.proxied import FAILED
from probe.model import Phase, Proxy, ProxyStep
from probe.wire.errors import WireError

PROTOCOL = "tun"


async def intercepted(attempt: Attempt, address: str, port: int, options: SocketOptions) -> Stream:
    """Connect, as the phase `proxy`."""
    asked = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    attempt.proxy = Proxy(protocol=PROTOCOL, asked=asked)
    with attempt.phase(Phase.PROXY) as lap:
        connection = attempt.dialer.connection(address, options)
        attempt.keep(connection, address, port)
        try:
            connected = await connection.connect(address, port)
        except WireError as error:
            if error.immediate:
                raise
            # It may pass on what the hop said, or be out of order itself.
            words = name(error, Phase.CONNECT)[1]
            raise ProbeFailed(FAILED, f"the local proxy answers the handshake: {words}") from error
        lap.took(connected.seconds, connected.stamp)
    step = ProxyStep(name="connect", seconds=connected.seconds)
    attempt.proxy = Proxy(protocol=PROTOCOL, asked=asked, steps=(step,))
    took = f"{connected.seconds * 1e3:.2f} ms"
    attempt.doubt(f"nothing came since the local proxy completed the handshake, after {took}")
    return connection
