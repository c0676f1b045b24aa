"""What a configuration means where it says nothing."""

from pathlib import Path

from probe.attempt import Slow
from probe.config.models import Check, Route, Vantage, Written
from probe.model import AddressFamily


def resolvers(written: Written, vantage: Vantage) -> tuple[str, ...]:
    """Return the resolvers that a vantage uses."""
    if vantage.resolvers is not None:
        return vantage.resolvers
    return vantage.way()[1].usual_resolvers if written.resolvers is None else written.resolvers


def resolver_ca_file(written: Written, vantage: Vantage, folder: Path) -> str | None:
    """Return the certificates that a vantage's encrypted resolvers are trusted by; None for the machine's own."""
    chosen = vantage.resolver_ca_file or written.resolver_ca_file
    return None if chosen is None else str(folder / chosen)


def vantages(written: Written, route: Route) -> tuple[str, ...]:
    """Return the vantages that look at a route."""
    return tuple(written.vantages) if route.vantages is None else route.vantages


def hop(route: Route, check: Check) -> str:
    """Return the hop that a check asks."""
    return route.hops[0] if check.hop is None else check.hop


def through(route: Route, check: Check) -> str:
    """Return the hop that answers a check."""
    return hop(route, check) if check.through is None else check.through


def family(written: Written, route: Route, check: Check) -> AddressFamily:
    """Return by which kind of address a check reaches its hop; one that dials nothing has no say in it."""
    families = written.hops[hop(route, check)].families
    if check.prober()[0] == "dns":
        return AddressFamily.ANY
    if check.family == "any" and len(set(families)) == 1:
        return AddressFamily(families[0])
    return AddressFamily(check.family)


def interval(written: Written, check: Check) -> float:
    """Return how often a check asks, in seconds; some kinds are slower than others when it does not say."""
    if check.interval is not None:
        return check.interval
    prober = check.prober()[1]
    usual = prober.usual_interval if isinstance(prober, Slow) else 0.0
    return max(written.defaults.interval, usual)


def metered_interval(written: Written, check: Check) -> float:
    """Return how often a check asks from a metered vantage, in seconds: more slowly, unless it says itself."""
    usual = interval(written, check)
    return usual if check.interval is not None else max(usual, written.defaults.metered_interval)


def one_interval(written: Written, route: Route, check: Check) -> float | None:
    """Return how often a check asks from all its vantages; None where it asks more slowly from the metered ones."""
    usual = interval(written, check)
    metered = any(written.vantages[one].metered for one in vantages(written, route))
    return None if metered and metered_interval(written, check) != usual else usual


def timeout(written: Written, check: Check) -> float:
    """Return how long a probe may take, in seconds; the default gives way to a shorter interval."""
    if check.timeout is not None:
        return check.timeout
    return min(written.defaults.timeout, interval(written, check))
