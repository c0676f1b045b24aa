"""Records, clocks and stores for the tests of the store."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from probe.model import (
    Ailment,
    Change,
    Disturbance,
    Evidence,
    Failure,
    Finding,
    Health,
    Http,
    Identity,
    Incident,
    Level,
    Miss,
    MissReason,
    Observation,
    Outcome,
    Phase,
    Purpose,
    Record,
    Series,
    Stamp,
    Timing,
    Uplink,
    Verdict,
)
from probe.store import Store
from probe.store.reading import read

NOW_NS = 1_767_225_600 * 10**9
SERIES = Series(vantage="wifi", route="main", hop="vercel", check="http")
MIB = 1 << 20


class ManualClock:
    """Time that stands still until the test moves it; sleepers wake when their moment has come."""

    def __init__(self, wall_ns: int = NOW_NS) -> None:
        self._wall_ns = wall_ns
        self._boot_ns = 0
        self._moved = asyncio.Event()

    def monotonic_ns(self) -> int:
        return self._boot_ns

    def boot_ns(self) -> int:
        return self._boot_ns

    def wall_ns(self) -> int:
        return self._wall_ns + self._boot_ns

    async def sleep_until(self, boot_ns: int) -> None:
        while self._boot_ns < boot_ns:
            await self._moved.wait()

    def advance(self, seconds: float) -> None:
        self._boot_ns += int(seconds * 1e9)
        self._moved.set()
        self._moved = asyncio.Event()


def identity(seq: int = 1, agent: str = "agent", epoch: str = "0123456789abcdef") -> Identity:
    return Identity(agent=agent, epoch=epoch, seq=seq)


def observation(seq: int | Identity = 1, **changes: Any) -> Observation:
    values: dict[str, Any] = {
        "identity": seq if isinstance(seq, Identity) else identity(seq),
        "series": SERIES,
        "kind": "http",
        "through": "direct",
        "crossed": ("access[wifi]", "path[isp>vercel]", "host[vercel]"),
        "purpose": Purpose.ROUTINE,
        "slot": 7,
        "parent": None,
        "intended_at_ns": NOW_NS,
        "started_at_ns": NOW_NS,
        "outcome": Outcome.OK,
        "timings": (
            Timing(phase=Phase.CONNECT, seconds=0.25, stamp=Stamp.KERNEL),
            Timing(phase=Phase.TLS, seconds=0.5, stamp=Stamp.USER),
        ),
        "elapsed_seconds": 0.75,
    }
    return Observation(**values | changes)


def failed(seq: int | Identity = 1, **changes: Any) -> Observation:
    failure = Failure(
        cause="tls.cert.date_invalid", detail="expired yesterday", phase=Phase.TLS, after_seconds=0.1
    )
    return observation(seq, **{"outcome": Outcome.FAILED, "failure": failure} | changes)


def bulky(seq: int | Identity, body_bytes: int = 2000, **changes: Any) -> Observation:
    evidence = Evidence(http=Http(url="https://example.net/", excerpt="x" * body_bytes))
    return observation(seq, **{"evidence": evidence} | changes)


def miss(seq: int = 1, **changes: Any) -> Miss:
    values: dict[str, Any] = {
        "identity": identity(seq),
        "series": SERIES,
        "first_slot": 3,
        "slots": 2,
        "reason": MissReason.SUSPENDED,
        "intended_at_ns": NOW_NS,
        "recorded_at_ns": NOW_NS,
    }
    return Miss(**values | changes)


def finding(seq: int = 1, parents: Sequence[Identity] = (), **changes: Any) -> Finding:
    values: dict[str, Any] = {
        "identity": identity(seq),
        "series": SERIES,
        "causes": ("tcp.refused",),
        "rule": "silent_hop",
        "level": Level.SCORED,
        "verdict": Verdict.DOWN,
        "detail": "the port is closed",
        "element": "host[vercel]",
        "parents": tuple(parents),
        "recorded_at_ns": NOW_NS,
    }
    return Finding(**values | changes)


def incident(seq: int = 1, parents: Sequence[Identity] = (), **changes: Any) -> Incident:
    values: dict[str, Any] = {
        "identity": identity(seq),
        "element": "host[vercel]",
        "cause": "tcp.refused",
        "rule": "silent_hop",
        "vantages": ("wifi", "mobile"),
        "parents": tuple(parents),
        "opened_at_ns": NOW_NS,
        "last_seen_at_ns": NOW_NS,
    }
    return Incident(**values | changes)


def change(seq: int = 1, **changes: Any) -> Change:
    values: dict[str, Any] = {
        "identity": identity(seq),
        "vantage": "mobile",
        "what": Disturbance.LINK,
        "detail": "wwan0 has no link",
        "lost_at_ns": NOW_NS,
        "before": Uplink(interfaces=("wwan0",), addresses=("100.64.4.2",), gateways=("100.64.4.1",)),
        "after": Uplink(),
        "was_down": True,
    }
    return Change(**values | changes)


def health(seq: int = 1, parents: Sequence[Identity] = (), **changes: Any) -> Health:
    ailment = Ailment(
        cause="local.captive_portal",
        element="access[mobile]",
        detail="a sign-in page answers",
        since_ns=NOW_NS,
        parents=tuple(parents),
    )
    values: dict[str, Any] = {
        "identity": identity(seq),
        "vantage": "mobile",
        "ailments": (ailment,),
        "recorded_at_ns": NOW_NS,
    }
    return Health(**values | changes)


def open_store(path: Path, **changes: Any) -> Store:
    """Open a store; it reads the disk, so not on an event loop."""
    options: dict[str, Any] = {
        "max_bytes": 64 * MIB,
        "max_age_seconds": 7 * 86_400,
        "clock": ManualClock(),
        "agent": "agent",
    }
    return Store.open(path, **options | changes)


async def opened(path: Path, **changes: Any) -> Store:
    """Open a store from a coroutine."""
    return await asyncio.to_thread(open_store, path, **changes)


async def stored(path: Path) -> list[Record]:
    """Read all records from a coroutine."""
    return await asyncio.to_thread(lambda: list(read(path)))
