"""A request to probe once: the schedule's own, a user's, or an extra probe that answers a question about another."""

from dataclasses import dataclass

from probe.model.record import Identity
from probe.model.vocabulary import Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What an extra probe does otherwise than the check says; None leaves the check's own way."""

    address: str | None = None
    port: int | None = None
    # An empty name asks for none (RFC 6066, 3).
    server_name: str | None = None
    host: str | None = None
    resolver: str | None = None
    name: str | None = None
    record_type: str | None = None
    edns: bool | None = None
    checking_disabled: bool | None = None
    mss_bytes: int | None = None
    ttl: int | None = None
    first_bytes: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one probe may spend; a hostile target can waste no more. Without bytes the check's own limits hold."""

    seconds: float
    received_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One probe to run, once."""

    purpose: Purpose
    budget: Budget
    intended_at_ns: int
    slot: int | None = None
    parent: Identity | None = None
    lateness_seconds: float = 0.0
    overrides: Overrides = Overrides()
