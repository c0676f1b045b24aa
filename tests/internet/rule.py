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

    `forged` records go out at once and the answer proper after `delay_ms`, as when somebody on the way races it. A rule
    may be for queries with EDNS alone, or for those without it (`with_edns`), and give of several records so many only,
    others each time (`picks`).
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
    with_edns: bool | None = None
    picks: int = 0

    def fires(self, client: str, name: str, kind: str, over: str, *, has_edns: bool = False) -> bool:
        """Say whether this query is to be answered by this rule."""
        return (
            any(fnmatchcase(name, pattern) for pattern in self.names)
            and self.with_edns in {None, has_edns}
            and (not self.types or kind in self.types)
            and (not self.over or over in self.over)
            and self.concerns(client)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WebRule(Whom):
    """Answer these paths otherwise, or later; a body can end, be reset or stand still after some bytes.

    Without status and body it is the usual answer, with these headers instead of its own and without those in `without`.
    After `after_idle_s` without any such request it is for the first one only.
    """

    paths: tuple[str, ...] = ("*",)
    names: tuple[str, ...] = ("*",)
    methods: tuple[str, ...] = ()
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    body: str | None = None
    delay_ms: float = 0.0
    end_after: int | None = None
    stall_after: int | None = None
    is_silent: bool = False
    is_reset: bool = False
    is_chunked: bool = False
    after_idle_s: float = 0.0

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
    `alert` with the TLS alert of that number; `certificate` shows that of another file, speaks TLS up to `newest` only,
    with these `ciphers` of OpenSSL up to TLS 1.2, by a Diffie-Hellman group of 1024 bits when `has_weak_group` (that is
    TLS 1.2), or asks for a client's certificate, which it can do without or not (`needs_certificate`). Asked for
    another name than `names`, or for none, it can refuse or show another certificate.
    """

    act: Literal["hang", "reset", "close", "stall", "plain", "alert", "certificate"]
    ports: tuple[int, ...] = ()
    text: str = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
    number: int = 40
    certificate: str = "good"
    newest: Literal["1.1", "1.2", "1.3"] = "1.3"
    ciphers: str = ""
    has_weak_group: bool = False
    wants_certificate: bool = False
    needs_certificate: bool = False
    names: tuple[str, ...] = ()
    rejects_unknown_names: bool = False
    requires_name: bool = False
    default_certificate: str = ""

    @property
    def minds_names(self) -> bool:
        """Say whether it matters which name is asked for."""
        return self.rejects_unknown_names or self.requires_name or bool(self.default_certificate)

    def fires(self, client: str, port: int) -> bool:
        """Say whether this connection is to be treated so."""
        return (not self.ports or port in self.ports) and self.concerns(client)


RULES = {"dns": DnsRule, "web": WebRule, "door": DoorRule}
