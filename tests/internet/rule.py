"""What a host's servers do instead of their honest work, as plain data that travels as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network
from random import random
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """For which clients a rule is meant, and for what share of their requests."""

    clients: tuple[str, ...] = ()
    share: float = 1.0

    def concerns(self, client: str) -> bool:
        """Say whether the rule fires for a request from that address."""
        address = ip_address(client)
        is_named = not self.clients or any(address in ip_network(each) for each in self.clients)
        return is_named and random() < self.share


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsRule(Whom):
    """Answer these names otherwise: other records (`A 192.0.2.1`), another rcode, later, or never.

    `forged` records go out at once and the answer proper after `delay_ms`, as when somebody on the way races it.
    """

    names: tuple[str, ...] = ("*",)
    types: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    rcode: str | None = None
    answers: tuple[str, ...] | None = None
    forged: tuple[str, ...] = ()
    extended: tuple[int, ...] = ()
    ttl: int = 60
    delay_ms: float = 0.0
    is_silent: bool = False
    is_truncated: bool = False
    has_soa: bool = False

    def fires(self, client: str, name: str, kind: str, over: str) -> bool:
        """Say whether this query is to be answered by this rule."""
        return (
            any(fnmatchcase(name, pattern) for pattern in self.names)
            and (not self.types or kind in self.types)
            and (not self.over or over in self.over)
            and self.concerns(client)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WebRule(Whom):
    """Answer these paths otherwise, or later; a body can end, be reset or stand still after some bytes."""

    paths: tuple[str, ...] = ("*",)
    names: tuple[str, ...] = ("*",)
    methods: tuple[str, ...] = ()
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    delay_ms: float = 0.0
    end_after: int | None = None
    stall_after: int | None = None
    is_silent: bool = False
    is_reset: bool = False
    is_chunked: bool = False

    @property
    def is_honest(self) -> bool:
        """Say whether the answer itself is the usual one."""
        return (
            self.status is None and self.body is None and self.end_after is None and self.stall_after is None
        )

    def fires(self, client: str, method: str, name: str, path: str) -> bool:
        """Say whether this request is to be answered by this rule."""
        return (
            any(fnmatchcase(path, pattern) for pattern in self.paths)
            and any(fnmatchcase(name, pattern) for pattern in self.names)
            and (not self.methods or method in self.methods)
            and self.concerns(client)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorRule(Whom):
    """Treat connections otherwise once they are accepted.

    `hang` reads nothing; after the first bytes `reset`, `close` and `stall` do that, `plain` answers with `text`,
    `alert` with the TLS alert of that number; `certificate` shows that of another file, or speaks an old TLS.
    """

    act: Literal["hang", "reset", "close", "stall", "plain", "alert", "certificate"]
    ports: tuple[int, ...] = ()
    text: str = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
    number: int = 40
    certificate: str = "good"
    newest: Literal["1.1", "1.2", "1.3"] = "1.3"

    def fires(self, client: str, port: int) -> bool:
        """Say whether this connection is to be treated so."""
        return (not self.ports or port in self.ports) and self.concerns(client)


RULES = {"dns": DnsRule, "web": WebRule, "door": DoorRule}
