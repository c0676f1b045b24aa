"""Ask whether a port accepts a connection."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from probe.abc import Stream
from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed
from probe.cause.naming import RESET
from probe.model import Cost, Hop, Layer, Phase
from probe.model.cost import connecting
from probe.steps.connect import connect
from probe.steps.resolve import resolve
from probe.wire.errors import PeerClosed, WireError


@dataclass(frozen=True, slots=True, kw_only=True)
class Tcp:
    """Resolve and connect; nothing is sent unless an extra probe asks for it."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    layers: ClassVar[tuple[Layer, ...]] = (Layer.DNS, Layer.TCP)
    by_proxy: ClassVar[bool] = True

    port: Annotated[int | None, Field(ge=1, le=65535, description="another port than the hop's own")] = None

    async def __call__(self, attempt: Attempt) -> None:
        """Connect, and for an extra probe with first bytes send them and wait for any answer."""
        overrides = attempt.request.overrides
        address = await resolve(attempt, attempt.hop.host)
        connection = await connect(attempt, address, overrides.port or self.port or attempt.hop.port)
        if overrides.first_bytes is not None:
            await _say(attempt, connection, overrides.first_bytes)

    def cost(self, hop: Hop) -> Cost:
        """Estimate a question and a connection."""
        return connecting(hop)


async def _say(attempt: Attempt, connection: Stream, first_bytes: bytes) -> None:
    """Send bytes of no protocol and wait for any answer; what fails here is TCP's, because nothing above is asked."""
    with attempt.phase(Phase.PROCESSING) as lap:
        attempt.expires_as = "tcp.silent"
        try:
            sent = await connection.send(first_bytes)
            received = await connection.receive(4096)
        except PeerClosed as closed:
            raise ProbeFailed("tcp.closed", str(closed)) from closed
        except WireError as error:
            if error.errno in RESET:
                raise ProbeFailed(
                    "tcp.reset_on_data", "the connection was reset after the first bytes"
                ) from error
            raise
        lap.took((received.at_ns - sent.before_ns) / 1e9, received.stamp)
