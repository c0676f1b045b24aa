"""What is said to a proxy before it has made the connection: messages out, and how many bytes of a reply are missing."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Protocol

# The last step of every talk: what happens after it was sent may be the hop's doing as well as the proxy's.
REQUEST = "request"


@dataclass(frozen=True, slots=True)
class Ask:
    """One message, and a function that tells from the reply so far how many bytes of it are surely still to come.

    Nothing beyond the reply is ever read, because what follows it is the hop's.
    """

    step: str
    message: bytes
    missing: Callable[[bytes], int]


class Talk(Protocol):
    """One protocol's way to ask for a connection; it does no I/O."""

    @property
    def reply(self) -> int | None:
        """The code of the last reply, once it is there: a reply code of SOCKS5, or a status."""

    @property
    def proxy_status(self) -> str | None:
        """What the reply says by RFC 9209, if anything."""

    def steps(self) -> Generator[Ask, bytes, None]:
        """Yield what to say, and take each reply; it ends when the proxy says connected. Raises ProbeFailed."""
