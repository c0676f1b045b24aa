"""What is told of a local proxy."""

from dataclasses import dataclass
from enum import StrEnum


class Sign(StrEnum):
    """What gives a local proxy away."""

    TUN = "tun"
    RESOLVER = "resolver"
    PORT = "port"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalProxy:
    """One sign of a proxy, in a sentence that is as sure as its evidence.

    `url` is where one may go by it on purpose; it holds no password, and `needs_password` says that one is set.
    `is_dead` when it should be on this machine and nothing listens there.
    `is_in_the_way` when traffic that asks for no proxy passes it all the same, as that of the vantage `system` would.
    """

    sign: Sign
    name: str
    sentence: str
    evidence: tuple[str, ...]
    url: str | None = None
    needs_password: bool = False
    is_dead: bool = False
    is_in_the_way: bool = False
