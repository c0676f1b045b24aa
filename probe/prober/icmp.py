"""Ask whether a hop answers pings, how fast, and how many are lost."""

import errno
import os
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from probe.abc import Echoes
from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed
from probe.model import Cost, Hop, Layer, Phase, Ping
from probe.model.cost import resolving
from probe.steps.pings import TOKEN_BYTES, Pings, Volley
from probe.steps.refusal import refusal
from probe.steps.resolve import resolve
from probe.units import Duration
from probe.wire.errors import WireError

_DENIED = frozenset({errno.EACCES, errno.EPERM})
_HEADERS_BYTES = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Icmp:
    """Send several echo requests by a ping socket, which needs no privilege where the system allows it."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    layers: ClassVar[tuple[Layer, ...]] = (Layer.DNS, Layer.ICMP)
    by_proxy: ClassVar[bool] = False

    count: Annotated[int, Field(ge=1, le=100, description="how many echo requests a probe sends")] = 5
    spacing: Annotated[Duration, Field(ge=0.01, le=60, description="how far apart they are sent")] = 0.2
    size: Annotated[
        int,
        Field(ge=TOKEN_BYTES + 2, le=8972, description="bytes of payload in each; none is sent in fragments"),
    ] = 56
    wait: Annotated[
        Duration,
        Field(
            ge=0.05,
            le=60,
            description="how long to wait for a reply before it counts as lost; cut to what the timeout leaves",
        ),
    ] = 2.0
    max_loss: Annotated[
        float | None,
        Field(ge=0, lt=100, description="the most percent that may be lost; by default one reply is enough"),
    ] = None
    raw: Annotated[
        bool,
        Field(description="use a raw socket, which needs CAP_NET_RAW, where the system forbids ping sockets"),
    ] = False

    async def __call__(self, attempt: Attempt) -> None:
        """Ping, and judge what came back."""
        address = await resolve(attempt, attempt.hop.host)
        with attempt.phase(Phase.ECHO) as lap:
            echoes = self._opened(attempt, address)
            pings = Pings(attempt, echoes, self._volley())
            attempt.at_end(lambda: self._keep(attempt, pings, address))
            await self._run(pings)
            if pings.median_seconds is None:
                raise _unanswered(attempt, pings, echoes.source, pings.evidence(address, raw=self.raw))
            lap.took(pings.median_seconds, pings.stamp)
        self._judge(pings, address)

    def cost(self, hop: Hop) -> Cost:
        """Estimate a question and the echoes."""
        size = self.count * (self.size + _HEADERS_BYTES)
        return resolving(hop) + Cost(sent_bytes=size, received_bytes=size)

    def _volley(self) -> Volley:
        return Volley(
            count=self.count, spacing_seconds=self.spacing, size_bytes=self.size, wait_seconds=self.wait
        )

    def _opened(self, attempt: Attempt, address: str) -> Echoes:
        try:
            echoes = attempt.dialer.echo(address, raw=self.raw)
        except WireError as error:
            if error.cause is None and error.errno in _DENIED:
                raise ProbeFailed("local.ping_refused", _how_to_allow(raw=self.raw)) from error
            raise
        attempt.keep_feeler(echoes)
        return echoes

    async def _run(self, pings: Pings) -> None:
        try:
            await pings.run()
        except WireError as error:
            if error.errno != errno.EMSGSIZE:
                raise
            raise ProbeFailed(
                "local.unsupported", "the vantage's link takes no packet of that size"
            ) from error

    def _keep(self, attempt: Attempt, pings: Pings, address: str) -> None:
        attempt.ping = pings.evidence(address, raw=self.raw)

    def _judge(self, pings: Pings, address: str) -> None:
        ping = pings.evidence(address, raw=self.raw)
        settled = ping.sent - ping.in_flight
        if self.max_loss is not None and settled and 100 * ping.lost / settled > self.max_loss:
            raise ProbeFailed("icmp.loss", f"{ping.lost} of {settled} echo requests were lost")


def _unanswered(attempt: Attempt, pings: Pings, source: str, ping: Ping) -> ProbeFailed:
    error = pings.last_error
    if error is None:
        strays = f"; {ping.mismatched} packets came that answer none" if ping.mismatched else ""
        return ProbeFailed("icmp.timeout", f"no reply to any echo request{strays}")
    return refusal(attempt, error, "icmp.unreachable", target=ping.address, source=source)


def _how_to_allow(*, raw: bool) -> str:
    if raw:
        return "a raw socket needs CAP_NET_RAW; without `raw` none is needed where the system allows ping sockets"
    group = os.getgid()
    return (
        f"the system allows group {group} no ping sockets; "
        f'allow them by: sysctl -w net.ipv4.ping_group_range="{group} {group}"'
    )
