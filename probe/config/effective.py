"""What a configuration means where it says nothing."""

from probe.config.models import Check, Route, Vantage, Written


def resolvers(written: Written, vantage: Vantage) -> tuple[str, ...]:
    """Return the resolvers that a vantage uses."""
    if vantage.resolvers is not None:
        return vantage.resolvers
    return vantage.way()[1].usual_resolvers if written.resolvers is None else written.resolvers


def vantages(written: Written, route: Route) -> tuple[str, ...]:
    """Return the vantages that look at a route."""
    return tuple(written.vantages) if route.vantages is None else route.vantages


def hop(route: Route, check: Check) -> str:
    """Return the hop that a check asks."""
    return route.hops[0] if check.hop is None else check.hop


def through(route: Route, check: Check) -> str:
    """Return the hop that answers a check."""
    return hop(route, check) if check.through is None else check.through


def interval(written: Written, check: Check) -> float:
    """Return how often a check asks, in seconds."""
    return written.defaults.interval if check.interval is None else check.interval


def timeout(written: Written, check: Check) -> float:
    """Return how long a probe may take, in seconds; the default gives way to a shorter interval."""
    if check.timeout is not None:
        return check.timeout
    return min(written.defaults.timeout, interval(written, check))
