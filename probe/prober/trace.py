"""Find the path to a hop: who forwards, where it ends, how large a packet it takes; no privilege needed."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from probe.attempt import Attempt
from probe.model import Cost, Hop, Layer
from probe.model.cost import resolving
from probe.steps.ladder import Ladder
from probe.steps.path_mtu import DATAGRAMS
from probe.steps.resolve import resolve
from probe.steps.trace_tcp import trace_by_tcp
from probe.steps.trace_udp import trace_by_udp
from probe.steps.tracing import Tracing
from probe.units import Duration

# A port on which nobody is expected to listen (RFC 1393 calls it traceroute's).
_UDP_PORT = 33_434
_GIVE_UP_AFTER = {"tcp": 5, "udp": 8}
_PACKET = Cost(sent_bytes=60, received_bytes=70)
_USUAL_PACKETS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Find the routers on the way to a hop, by connection attempts with its port or by datagrams, all of one flow."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    layers: ClassVar[tuple[Layer, ...]] = (Layer.DNS, Layer.ICMP, Layer.TCP)
    by_proxy: ClassVar[bool] = False
    # A path seldom changes, and each look at it is some dozens of packets.
    usual_interval: ClassVar[float] = 600.0

    protocol: Annotated[
        Literal["tcp", "udp"],
        Field(
            description="tcp asks for connections with the hop's own port, udp sends datagrams to a high one"
        ),
    ] = "tcp"
    port: Annotated[
        int | None,
        Field(ge=1, le=65535, description="another port than the hop's own, or than 33434 for udp"),
    ] = None
    max_hops: Annotated[int, Field(ge=1, le=64, description="how far to go")] = 30
    tries: Annotated[
        int, Field(ge=1, le=10, description="how often to ask each distance, as far as the packets last")
    ] = 3
    packets: Annotated[
        int, Field(ge=10, le=500, description="how many packets a trace may send, whatever else it is told")
    ] = 36
    give_up_after: Annotated[
        int | None,
        Field(
            ge=1,
            le=30,
            description="how many silent hops in a row end the trace of a silent target; by default 5, and 8 for udp,"
            " which asks several at once",
        ),
    ] = None
    wait: Annotated[Duration, Field(ge=0.05, le=5, description="how long to wait for an answer at most")] = (
        1.0
    )
    duration: Annotated[
        Duration,
        Field(ge=0.2, le=60, description="how long a trace may take; the check's timeout bounds it too"),
    ] = 5.0

    async def __call__(self, attempt: Attempt) -> None:
        """Resolve, trace, and judge how it ended."""
        await self.follow(await self.begin(attempt))

    async def begin(self, attempt: Attempt) -> Tracing:
        """Resolve, and return what is to be traced; its ladder shows how far it has come."""
        address = await resolve(attempt, attempt.hop.host)
        port = attempt.request.overrides.port or self.port
        is_udp = self.protocol == "udp"
        # The search for the largest packet has its share of the packets.
        packets = self.packets - DATAGRAMS if is_udp else self.packets
        return Tracing(
            attempt=attempt,
            place=(address, port or (_UDP_PORT if is_udp else attempt.hop.port)),
            ladder=Ladder(
                max_hops=self.max_hops,
                give_up_after=self.give_up_after or _GIVE_UP_AFTER[self.protocol],
                packets=packets,
            ),
            tries=self.tries,
            wait_seconds=self.wait,
            seconds=self.duration,
        )

    async def follow(self, tracing: Tracing) -> None:
        """Trace, and judge how it ended."""
        await (trace_by_udp if self.protocol == "udp" else trace_by_tcp)(tracing)

    def cost(self, hop: Hop) -> Cost:
        """Estimate a question and the packets of a path of usual length."""
        cost = resolving(hop)
        for _ in range(min(self.packets, _USUAL_PACKETS)):
            cost += _PACKET
        return cost
