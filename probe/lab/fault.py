"""The faults that the lab can show: one registry, made from two small tables."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from probe.lab.layout import HOPS, VANTAGES, UnknownNameError
from probe.text import clean


class Level(StrEnum):
    """Where on the way of a request the lab does it."""

    DNS = "dns"
    TCP = "tcp"
    TLS = "tls"
    HTTP = "http"


class Act(StrEnum):
    """What is done: the second word of a fault's id."""

    DNS_NXDOMAIN = "dns-nxdomain"
    DNS_SERVFAIL = "dns-servfail"
    DNS_SILENCE = "dns-silence"
    DNS_FORGED = "dns-forged"
    REFUSED = "refused"
    BLACKHOLE = "blackhole"
    HANG = "hang"
    RESET = "reset"
    NOT_TLS = "not-tls"
    CERT_EXPIRED = "cert-expired"
    CERT_WRONG_NAME = "cert-wrong-name"
    SLOW = "slow"
    TRUNCATED = "truncated"
    UPSTREAM_REFUSED = "upstream-refused"
    UPSTREAM_TIMEOUT = "upstream-timeout"
    FUNCTION_TIMEOUT = "function-timeout"
    FUNCTION_CRASH = "function-crash"
    QUOTA_REQUESTS = "429-requests"
    QUOTA_TOKENS = "429-tokens"
    QUEUE_FULL = "429-queue"
    KEY_REVOKED = "401"
    SERVER_ERROR = "500"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that can be broken, and its true cause, as deep as the taxonomy goes."""

    hop: str
    act: Act
    level: Level
    cause: str
    description: str

    @property
    def id(self) -> str:
        """Return the fault's name, HOP.ACT."""
        return f"{self.hop}.{self.act}"

    def is_named_by(self, cause: str) -> bool:
        """Say whether a probe that reports `cause` is right: a prefix is right too, only less deep."""
        return f"{self.cause}.".startswith(f"{cause}.")


# Act, level, cause, what happens; an earlier row hides a later one when both act on the same connection.
_EVERY_HOP = (
    (Act.DNS_NXDOMAIN, Level.DNS, "dns.nxdomain", "The name does not exist: NXDOMAIN with the zone's SOA."),
    (Act.DNS_SERVFAIL, Level.DNS, "dns.servfail", "The resolver answers SERVFAIL."),
    (
        Act.DNS_SILENCE,
        Level.DNS,
        "dns.timeout.name",
        "The resolver never answers for this name, by UDP or TCP.",
    ),
    (
        Act.DNS_FORGED,
        Level.DNS,
        "dns.injected",
        "A forged answer with the right id comes first, the true one shortly after; by TCP only the true one.",
    ),
    (Act.REFUSED, Level.TCP, "tcp.refused", "Nobody listens: the kernel refuses the connection."),
    (Act.BLACKHOLE, Level.TCP, "tcp.timeout.port", "The SYN is never answered."),
    (
        Act.HANG,
        Level.TCP,
        "tls.timeout.server_hung",
        "The connection is accepted, then nothing is read and nothing comes back.",
    ),
    (Act.RESET, Level.TCP, "tls.reset.other", "The connection is reset after the ClientHello."),
    (Act.NOT_TLS, Level.TLS, "tls.not_tls", "The ClientHello is answered in plain HTTP."),
    (Act.CERT_EXPIRED, Level.TLS, "tls.cert.expired", "The certificate expired in 2021."),
    (Act.CERT_WRONG_NAME, Level.TLS, "tls.cert.name_mismatch", "The certificate is for another name."),
    (
        Act.SLOW,
        Level.HTTP,
        "perf.slow_upstream",
        "The answer is right, but its first byte comes seconds late.",
    ),
    (
        Act.TRUNCATED,
        Level.HTTP,
        "http.truncated",
        "Fewer bytes than Content-Length says, then the connection closes.",
    ),
)

# Hop, act, cause, what happens; all of these act on HTTP.
_ONE_HOP = (
    (
        "hk-vps",
        Act.UPSTREAM_REFUSED,
        "relay.upstream.refused",
        "The port that nginx forwards to is closed: its own 502 page.",
    ),
    (
        "hk-vps",
        Act.UPSTREAM_TIMEOUT,
        "relay.upstream.connect_timeout",
        "What nginx forwards to never answers its SYN: its own 504 page after its time-out.",
    ),
    (
        "vercel",
        Act.FUNCTION_TIMEOUT,
        "vercel.function.timeout",
        "The function hangs on every call until the platform ends it: 504 FUNCTION_INVOCATION_TIMEOUT.",
    ),
    (
        "vercel",
        Act.FUNCTION_CRASH,
        "vercel.function.crash",
        "The function raises on every call: 500 FUNCTION_INVOCATION_FAILED.",
    ),
    ("direct", Act.KEY_REVOKED, "api.auth", "The key is revoked: 401 wrong_api_key also with it."),
    ("direct", Act.SERVER_ERROR, "api.server_error", "The API answers 500 to everybody."),
    (
        "direct",
        Act.QUOTA_REQUESTS,
        "api.quota.requests_day",
        "The day's requests of the key are used up: 429 request_quota_exceeded; without the key 401 as ever.",
    ),
    (
        "direct",
        Act.QUOTA_TOKENS,
        "api.quota.tokens_minute",
        "The minute's tokens of the key are used up: 429 token_quota_exceeded; without the key 401 as ever.",
    ),
    (
        "direct",
        Act.QUEUE_FULL,
        "api.overloaded",
        "The provider is full: 429 queue_exceeded with quota left; without the key 401 as ever.",
    ),
)


def _registry() -> Mapping[str, Fault]:
    faults = [
        Fault(hop=hop, act=act, level=level, cause=cause, description=text)
        for hop in HOPS
        for act, level, cause, text in _EVERY_HOP
    ]
    faults += [
        Fault(hop=hop, act=act, level=Level.HTTP, cause=cause, description=text)
        for hop, act, cause, text in _ONE_HOP
    ]
    return MappingProxyType({fault.id: fault for fault in faults})


FAULTS: Mapping[str, Fault] = _registry()


def find(fault_id: str) -> Fault:
    """Return the fault of that name, or say which one is near."""
    if fault := FAULTS.get(fault_id):
        return fault
    raise UnknownNameError(
        f"{_unknown('fault', fault_id, tuple(FAULTS))}; `hopwatch lab faults` lists them all"
    )


def known_vantage(vantage: str | None) -> str | None:
    """Return the vantage if the lab has it, or say which one is near."""
    if vantage is None or vantage in VANTAGES:
        return vantage
    raise UnknownNameError(f"{_unknown('vantage', vantage, VANTAGES)}; it has {', '.join(VANTAGES)}")


def _unknown(kind: str, given: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(given, known, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return f"the lab has no {kind} {clean(given, 64)!r}{hint}"


def markdown_table() -> str:
    """Render the registry as the table of docs/lab.md, a fault that every hop has as one row."""
    rows = [(f"HOP.{act}", level, cause, text) for act, level, cause, text in _EVERY_HOP]
    rows += [(f"{hop}.{act}", Level.HTTP, cause, text) for hop, act, cause, text in _ONE_HOP]
    lines = [f"| `{name}` | {level} | `{cause}` | {text} |" for name, level, cause, text in rows]
    return "\n".join(["| fault | acts on | cause | what happens |", "| --- | --- | --- | --- |", *lines])
