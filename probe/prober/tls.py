"""Ask whether a hop completes a verified TLS handshake."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import AfterValidator, ConfigDict, Field

from probe.attempt import Attempt
from probe.host import is_host
from probe.model import Cost, Hop, Layer
from probe.model.cost import HANDSHAKE, connecting
from probe.steps.connect import connect
from probe.steps.handshake import handshake
from probe.steps.resolve import resolve


def _server_name(value: str) -> str:
    # RFC 6066, 3: the name goes without the dot at its end; letters count the same in either case.
    name = value.lower().removesuffix(".")
    if not is_host(name):
        raise ValueError(f"{value!r} is no host name in ASCII letters and no IP address")
    return name


ServerName = Annotated[str, AfterValidator(_server_name)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Resolve, connect, and run one full handshake against the trust store."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    layers: ClassVar[tuple[Layer, ...]] = (Layer.DNS, Layer.TCP, Layer.TLS)
    by_proxy: ClassVar[bool] = True

    port: Annotated[int | None, Field(ge=1, le=65535, description="another port than the hop's own")] = None
    server_name: Annotated[
        ServerName | None,
        Field(description="the name to ask for and to verify, when it is not the hop's host"),
    ] = None
    alpn: Annotated[
        tuple[str, ...], Field(description="the application protocols to offer, such as h2 and http/1.1")
    ] = ()

    async def __call__(self, attempt: Attempt) -> None:
        """Handshake, our Finished included, so that the peer sees it complete."""
        address = await resolve(attempt, attempt.hop.host)
        connection = await connect(
            attempt, address, attempt.request.overrides.port or self.port or attempt.hop.port
        )
        name = self.server_name or attempt.hop.host
        await handshake(attempt, connection, server_name=name, alpn=self.alpn, alone=True)

    def cost(self, hop: Hop) -> Cost:
        """Estimate a question, a connection and a handshake."""
        return connecting(hop) + HANDSHAKE
