"""A time in which a route may fail, and nobody is told; pure."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """From when until when a route is worked on."""

    route: str
    from_ns: int
    until_ns: int


def at_work(times: Collection[Maintenance], wall_ns: int) -> frozenset[str]:
    """Return the routes that are worked on now."""
    return frozenset(one.route for one in times if one.from_ns <= wall_ns < one.until_ns)
