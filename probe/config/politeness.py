"""Refuse a configuration that would ask somebody else's host more often than once a second."""

from collections.abc import Iterator

from probe.config.document import Complaint, Document
from probe.courtesy import demand, is_asked_for
from probe.plan import Plan

# Intervals are floats, and ten checks every ten seconds are as often as is polite.
_MOST_PER_SECOND = 1.0 + 1e-9


def complaints(document: Document, plan: Plan) -> Iterator[Complaint]:
    """Yield a complaint per host that all checks and vantages together would ask too often, at its first hop."""
    for host, per_second in demand(plan).items():
        if per_second > _MOST_PER_SECOND:
            asking = [one for one in plan.probes if one.hop.host == host and is_asked_for(one)]
            count = f"{len(asking)} series" if len(asking) > 1 else "one check"
            yield document.at_value(
                ("hops", asking[0].hop.name, "url"),
                f"{count} would ask {host} {per_second:.3g} times a second, and a host that is not yours is asked at"
                " most once: ask less often (`interval`), from fewer vantages, or say `mine: true` if it is yours",
            )
