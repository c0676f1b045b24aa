"""Refuse a configuration whose probes would use up what a hop's plan or a metered vantage includes."""

from collections.abc import Iterator, Mapping

from probe.budget import PLANS, Budget, Standing, budget, standings
from probe.config.document import Complaint, Document
from probe.config.models import Hop, Vantage, Written
from probe.plan import Plan


def complaints(document: Document, written: Written, plan: Plan) -> Iterator[Complaint]:
    """Yield a complaint per limit of which probes would use more than their share."""
    used = budget(plan)
    for name, hop in written.hops.items():
        for one in hop_standings(used, name, hop):
            if one.percent > hop.share:
                key = "plan" if getattr(hop.limits, one.limit) is None else "limits"
                yield document.at_key(("hops", name, key), _too_much(one, f"`share` allows {hop.share:g} %"))
    for name, vantage in written.vantages.items():
        for one in vantage_standings(used, name, vantage):
            if one.percent > 100:
                yield document.at_key(
                    ("vantages", name, "traffic_per_month"), _too_much(one, "that is all there is")
                )


def hop_standings(used: Budget, name: str, hop: Hop) -> tuple[Standing, ...]:
    """Return how each limit of a hop stands."""
    return tuple(standings(used.reached[name], limits(hop))) if name in used.reached else ()


def vantage_standings(used: Budget, name: str, vantage: Vantage) -> tuple[Standing, ...]:
    """Return how the limit of a vantage stands, when it has one."""
    if vantage.traffic_per_month is None or name not in used.vantages:
        return ()
    return tuple(standings(used.vantages[name], {"traffic_per_month": vantage.traffic_per_month}))


def limits(hop: Hop) -> Mapping[str, int]:
    """Return the limits of a hop: those of its plan, and before them its own."""
    return {**PLANS.get(hop.plan or "", {}), **hop.limits.model_dump(exclude_none=True)}


def _too_much(standing: Standing, allowed: str) -> str:
    return (
        f"probes would use {standing}, and {allowed};"
        " ask less often (`interval`), from fewer vantages, or switch checks off"
    )
